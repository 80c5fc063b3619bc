import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes, Header } from '../../lib/model.ts'
import { checkBatch } from '../../lib/records/batch-reader.ts'
import { type Stamp, writeHeader, writeStamp } from '../../lib/records/batch-seal.ts'
import { BatchWriter } from '../../lib/records/batch-writer.ts'
import { batchOverhead, sizeOfRecord } from '../../lib/records/record-fields.ts'
import { batch as plainly } from '../support/batches.ts'

interface Given {
  readonly timestamp: number
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[] | null
}

// Strings of every kind: ASCII, all of Unicode, and single code units, including lone surrogates.
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
)
const bytes: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.uint8Array({ maxLength: 40 }),
  fc.constant(null),
)
const given: fc.Arbitrary<Given> = fc.record({
  timestamp: fc.oneof(fc.nat(), fc.maxSafeNat()),
  key: bytes,
  value: fc.oneof(bytes, fc.uint8Array({ minLength: 60, maxLength: 300 })),
  headers: fc.option(fc.array(fc.record({ key: text, value: bytes }), { maxLength: 3 }), {
    nil: null,
  }),
})
const stamp: Stamp = { producerId: 81n, producerEpoch: 3, baseSequence: 2 ** 31 - 1 }

/** The whole batch, as it goes on the wire. */
function finished(writer: BatchWriter, by: Stamp = stamp): Buffer {
  writer.finish()
  writeHeader(writer.buffer, writer, 0, writer.length - batchOverhead)
  const whole = writer.buffer.subarray(0, writer.length)
  writeStamp([whole], by)
  return whole
}

function append(writer: BatchWriter, { timestamp, key, value, headers }: Given): boolean {
  return writer.append(timestamp, key, value, headers)
}

function encoded(value: Bytes): Buffer | null {
  return value === null ? null : Buffer.from(value as string)
}

/** The same batch, written by the plain builder of the specs. */
function byTheBook(records: readonly Given[]): Buffer {
  return plainly({
    producerId: stamp.producerId,
    producerEpoch: stamp.producerEpoch,
    baseSequence: stamp.baseSequence,
    records: records.map(({ timestamp, key, value, headers }) => ({
      timestamp,
      key,
      value,
      headers: (headers ?? []).map((header) => [header.key, encoded(header.value)] as const),
    })),
  })
}

/** The number of bytes that these records take in a batch. */
function sizeOf(records: readonly Given[]): number {
  const base = records[0]?.timestamp ?? 0
  return records.reduce(
    (size, { timestamp, key, value, headers }, index) =>
      size + sizeOfRecord(index, timestamp - base, key, value, headers),
    batchOverhead,
  )
}

const records = fc.array(given, { minLength: 1, maxLength: 12 })

describe('BatchWriter', () => {
  it('writes any records in the right format, with exactly the computed number of bytes', () => {
    fc.assert(
      fc.property(records, (list) => {
        const writer = new BatchWriter(Buffer.alloc(sizeOf(list), 0xee))
        for (const record of list) expect(append(writer, record)).toBe(true)
        writer.finish()
        expect(writer.length).toBe(writer.buffer.length)
        expect(finished(writer)).toEqual(byTheBook(list))
      }),
    )
  })

  it('writes what the reader reads back', () => {
    fc.assert(
      fc.property(records, (list) => {
        const writer = new BatchWriter(Buffer.alloc(sizeOf(list)))
        for (const record of list) append(writer, record)
        const read = checkBatch(finished(writer))
        const plain = read.records.map(({ timestamp, key, value, headers }) => ({
          timestamp,
          key: key && Buffer.from(key),
          value: value && Buffer.from(value),
          headers: headers.map((header) => [header.key, header.value && Buffer.from(header.value)]),
        }))
        expect(plain).toEqual(
          list.map(({ timestamp, key, value, headers }) => ({
            timestamp,
            key: encoded(key),
            value: encoded(value),
            headers: (headers ?? []).map((header) => [
              Buffer.from(header.key).toString(),
              encoded(header.value),
            ]),
          })),
        )
        expect(read.header).toMatchObject(stamp)
      }),
    )
  })

  it('refuses a record that is one byte too large, and is unchanged', () => {
    fc.assert(
      fc.property(records, given, (list, more) => {
        const room = sizeOf([...list, more]) - 1
        const writer = new BatchWriter(Buffer.alloc(room, 0xee))
        for (const record of list) append(writer, record)
        writer.finish()
        const before = { length: writer.length, count: writer.count, max: writer.maxTimestamp }
        expect(append(writer, more)).toBe(false)
        expect({ length: writer.length, count: writer.count, max: writer.maxTimestamp }).toEqual(
          before,
        )
        expect(finished(writer)).toEqual(byTheBook(list))
      }),
    )
  })

  it('continues in a larger buffer as if it had always been there', () => {
    fc.assert(
      fc.property(records, records, (list, more) => {
        const writer = new BatchWriter(Buffer.alloc(sizeOf(list)))
        for (const record of list) append(writer, record)
        const small = writer.buffer
        expect(writer.moveTo(Buffer.alloc(sizeOf([...list, ...more]), 0xee))).toBe(small)
        for (const record of more) expect(append(writer, record)).toBe(true)
        expect(finished(writer)).toEqual(byTheBook([...list, ...more]))
      }),
    )
  })

  // In a buffer with enough free space, up to 32 strings of records wait as text.
  it('writes records that wait as text like others, however many there are', () => {
    const many = fc.array(given, { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(many, fc.nat(3000), (list, spare) => {
        const writer = new BatchWriter(Buffer.alloc(sizeOf(list) + spare, 0xee))
        for (const record of list) expect(append(writer, record)).toBe(true)
        expect(finished(writer)).toEqual(byTheBook(list))
        expect(writer.length).toBe(sizeOf(list))
      }),
    )
  })

  it('stays within its limit, whatever the size of its strings', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 100 }), fc.nat(2000), (values, spare) => {
        const writer = new BatchWriter(Buffer.alloc(8000))
        writer.limit = batchOverhead + spare
        const taken = values.filter((value) => writer.append(7, null, value, null))
        fc.pre(taken.length > 0)
        const whole = finished(writer)
        expect(writer.length).toBeLessThanOrEqual(writer.limit)
        const read = checkBatch(whole).records.map(({ value }) => Buffer.from(value!))
        expect(read).toEqual(taken.map(encoded))
      }),
    )
  })

  it('has the sizes of key and value of each record once it is finished', () => {
    const writer = new BatchWriter(Buffer.alloc(2000))
    const pairs: [Bytes, Bytes][] = [
      ['abc', 'abc'],
      ['abc', 'für'],
      ['für', 'abc'],
      [null, Buffer.alloc(5)],
      ['', null],
      ['\ud83d', '\ud83d\ude00'], // a lone surrogate becomes U+FFFD
    ]
    for (const [key, value] of pairs) writer.append(0, key, value, null)
    writer.finish()
    const sizes = pairs.map((_, index) => [
      writer.facts.keySizeOf(index),
      writer.facts.valueSizeOf(index),
    ])
    expect(sizes).toEqual([[3, 3], [3, 4], [4, 3], [-1, 5], [0, -1], [3, 4]]) // biome-ignore format: a table
    expect(writer.largestRecord).toBe(14)
  })

  it('keeps the time of each record exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 50 }), (timestamps) => {
        const writer = new BatchWriter(Buffer.alloc(4000))
        for (const timestamp of timestamps) writer.append(timestamp, null, 'v', null)
        expect(
          timestamps.map((_, index) => writer.baseTimestamp + writer.facts.deltaOf(index)),
        ).toEqual(timestamps)
      }),
    )
  })

  it('counts timestamps from the first record, which need be neither the lowest nor the highest', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    for (const timestamp of [5000, 3000, 9000]) writer.append(timestamp, null, 'v', null)
    const { header, records: read } = checkBatch(finished(writer))
    expect(header).toMatchObject({ baseTimestamp: 5000, maxTimestamp: 9000 })
    expect(read.map(({ timestamp }) => timestamp)).toEqual([5000, 3000, 9000])
  })

  it('still has its counts when its buffer is gone', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, null, 'v', null)
    const { length } = writer
    writer.forget()
    expect([writer.length, writer.count, writer.buffer.length]).toEqual([length, 1, 0])
  })
})
