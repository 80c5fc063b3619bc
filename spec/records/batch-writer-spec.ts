import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bytes, Header } from '../../lib/model.ts'
import { checkBatch } from '../../lib/records/batch-reader.ts'
import {
  BatchWriter,
  batchOverhead,
  recordOverheadMax,
  type Stamp,
  sizeOfRecord,
  sizeUpperBound,
  writeHeader,
  writeStamp,
} from '../../lib/records/batch-writer.ts'
import { batch as plainly } from '../support/batches.ts'

interface Given {
  readonly timestamp: number
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[] | null
}

// Strings of every kind: ASCII, all of unicode, and code units alone, halves of pairs among them.
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

/** Bytes that these records take in a batch. */
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
  it('writes any records as the format says, in exactly as many bytes as they take', () => {
    fc.assert(
      fc.property(records, (list) => {
        const writer = new BatchWriter(Buffer.alloc(sizeOf(list), 0xee))
        for (const record of list) expect(append(writer, record)).toBe(true)
        expect(writer.length).toBe(writer.buffer.length)
        expect(finished(writer)).toEqual(byTheBook(list))
      }),
    )
  })

  it('gives what the reader reads back', () => {
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

  it('refuses what does not fit by a single byte, and is as it was', () => {
    fc.assert(
      fc.property(records, given, (list, more) => {
        const room = sizeOf([...list, more]) - 1
        const writer = new BatchWriter(Buffer.alloc(room, 0xee))
        for (const record of list) append(writer, record)
        const before = { length: writer.length, count: writer.count, max: writer.maxTimestamp }
        expect(append(writer, more)).toBe(false)
        expect({ length: writer.length, count: writer.count, max: writer.maxTimestamp }).toEqual(
          before,
        )
        expect(finished(writer)).toEqual(byTheBook(list))
      }),
    )
  })

  it('goes on in a larger buffer as if it had been there from the beginning', () => {
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

  it('needs at most the bound that is told for one record, and not much less', () => {
    fc.assert(
      fc.property(given, (record) => {
        const { key, value, headers } = record
        const bound = sizeUpperBound(key, value, headers)
        const size = sizeOf([record])
        expect(size).toBeLessThanOrEqual(bound)
        expect(size).toBeGreaterThanOrEqual(bound - recordOverheadMax)
      }),
    )
  })

  it('says how large key and value of the last record were', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    const sizes = (key: Bytes, value: Bytes) => {
      writer.append(0, key, value, null)
      return [writer.keySize, writer.valueSize]
    }
    expect(sizes('abc', 'für')).toEqual([3, 4])
    expect(sizes('für', 'abc')).toEqual([4, 3])
    expect(sizes(null, Buffer.alloc(5))).toEqual([-1, 5])
    expect(sizes('', null)).toEqual([0, -1])
    expect(sizes('\ud83d', '\ud83d\ude00')).toEqual([3, 4]) // a lone half becomes U+FFFD
  })

  it('counts timestamps from the first record, which need be neither least nor greatest', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    for (const timestamp of [5000, 3000, 9000]) writer.append(timestamp, null, 'v', null)
    const { header, records: read } = checkBatch(finished(writer))
    expect(header).toMatchObject({ baseTimestamp: 5000, maxTimestamp: 9000 })
    expect(read.map(({ timestamp }) => timestamp)).toEqual([5000, 3000, 9000])
  })

  it('counts on when its buffer is gone', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, null, 'v', null)
    const { length } = writer
    writer.forget()
    expect([writer.length, writer.count, writer.buffer.length]).toEqual([length, 1, 0])
  })
})

describe('writeStamp', () => {
  it('changes who sends a batch, and nothing else, as often as it has to', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, 'k', 'v', null)
    const first = Buffer.from(finished(writer))
    finished(writer, { producerId: -1n, producerEpoch: -1, baseSequence: -1 })
    expect(finished(writer)).toEqual(first)
  })

  it('has the checksum of all chunks', () => {
    const writer = new BatchWriter(Buffer.alloc(200))
    writer.append(0, 'k', 'v', null)
    const whole = Buffer.from(finished(writer))
    const header = Buffer.from(whole.subarray(0, batchOverhead))
    writeStamp([header, whole.subarray(batchOverhead)], stamp)
    expect(header).toEqual(whole.subarray(0, batchOverhead))
  })
})
