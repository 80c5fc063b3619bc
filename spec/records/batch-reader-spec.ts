import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkBatch,
  checkFrame,
  foreignItemsMax,
  openBatch,
  readBatches,
} from '../../lib/records/batch-reader.ts'
import { type BatchSpec, batch, type RecordSpec } from '../support/batches.ts'

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null })
const record = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(fc.string(), bytes), { maxLength: 3 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
})
const compression = fc.constantFrom('none', 'gzip', 'snappy', 'raw-snappy')
const batches = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 9 }),
  compression,
})

const ab = [{ key: 'k', value: 'a' }, { value: 'b' }]
const abc = [...ab, { value: 'a value that has room for another record' }]

describe('readBatches', () => {
  it('reads back what was written, batch by batch', () => {
    fc.assert(
      fc.property(fc.array(batches, { maxLength: 3 }), (specs) => {
        const read = readBatches(Buffer.concat(specs.map(batch)))

        expect(read.map(({ records }) => records.map(plain))).toEqual(
          specs.map(({ records }) => records.map(expected)),
        )
      }),
    )
  })

  it("gives every record the broker's time if the batch says so", () => {
    const [stamped] = readBatches(batch({ records: ab, attributes: 8, maxTimestamp: 5555 }))
    expect(stamped?.records.map(({ timestamp }) => timestamp)).toEqual([5555, 5555])
  })

  it.each([-1, -2, -(2 ** 31)])('reads a length of %i as null, as Kafka does', (nullLength) => {
    const headers = [['h', null] as const]
    const [read] = readBatches(batch({ records: [{ nullLength, headers }] }))
    expect(read!.records.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual([
      { key: null, value: null, headers: [{ key: 'h', value: null }] },
    ])
    const nameless = batch({ records: [{ nullLength, headers: [[null, 'x']] }] })
    expect(() => readBatches(nameless)).toThrow('the name of header 0 is null')
  })

  it('accepts other decoders instead of its own', () => {
    const bytes = batch({ records: ab, attributes: 4 })
    expect(() => readBatches(bytes)).toThrow('zstd')
    expect(readBatches(bytes, { zstd: (stream) => stream })[0]?.records).toHaveLength(2)
    expect(checkBatch(bytes, { zstd: (stream) => stream }).records).toHaveLength(2)
  })

  it('refuses a batch with more records and headers, in total, than it may read', () => {
    const headers = [['h', null] as const, ['i', null] as const]
    const five = batch({ records: [{ headers }, { headers: [] }, {}] })
    expect(readBatches(five, {}, 5)[0]?.records).toHaveLength(3)
    expect(() => readBatches(five, {}, 4)).toThrow('record 2 of 3: with the headers before it')
    expect(() => readBatches(five, {}, 2)).toThrow('it counts 3 records, where 2 are read')
    const many = batch({ records: [{ headers: Array(9).fill(headers[0]) }] })
    expect(() => readBatches(many, {}, 9)).toThrow('it counts 9 headers, where 0 to 8 are read')
  })

  it('says where a batch is truncated', () => {
    const whole = batch({ records: ab })
    for (let length = 1; length < whole.length; length++) {
      expect(() => readBatches(whole.subarray(0, length))).toThrow(/header|length/)
    }
  })
})

describe('openBatch', () => {
  it('reads one record at a time, and no more than requested', () => {
    const whole = batch({ records: abc, lastOffsetDelta: 2 })
    whole[whole.length - 1] = 1 // the last record counts -1 headers
    const records = openBatch(whole).walk()
    expect(records.next().value?.offset).toBe(0)
    expect(records.next().value?.offset).toBe(1)
    expect(() => records.next()).toThrow('record 2 of 3: it counts -1 headers')
    expect(() => openBatch(whole).records).toThrow('record 2 of 3')
  })

  it('decompresses nothing of a batch that counts too many records', () => {
    const decompress = () => expect.fail('it was decompressed')
    const bomb = batch({ records: ab, recordCount: foreignItemsMax + 1, compression: 'gzip' })
    expect(() => openBatch(bomb, { gzip: decompress }, foreignItemsMax)).toThrow(
      'it counts 2097153',
    )
  })
})

describe('checkBatch', () => {
  it('accepts any valid batch', () => {
    fc.assert(
      fc.property(batches, (spec) => {
        expect(checkBatch(batch(spec)).records).toHaveLength(spec.records.length)
      }),
    )
  })

  it('notices damage in any byte, except in the fields that a broker sets', () => {
    const whole = batch({ records: ab })
    for (let at = 8; at < whole.length; at++) {
      if (at >= 12 && at < 16) continue // the leader epoch, outside of the checksum
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x10
      expect(() => checkBatch(damaged), `byte ${at}`).toThrow(/its (magic|length|checksum)|it says/)
    }
  })

  it.each<[string, BatchSpec, string]>([
    ['an old magic', { records: ab, magic: 1 }, 'its magic is 1, not 2'],
    ['a length too large', { records: ab, batchLength: 9999 }, 'its length is 9999'],
    ['a length too small', { records: ab, batchLength: 60 }, 'it announces 72 bytes'],
    ['a wrong checksum', { records: ab, crc: 1 }, 'its checksum is 1, its bytes give'],
    ['no records', { records: [], maxTimestamp: 0 }, 'it counts 0 records'],
    ['a count too large', { records: abc, recordCount: 4, lastOffsetDelta: 3 }, 'record 3 of 4'],
    [
      'a count beyond its bytes',
      { records: ab, recordCount: 9, lastOffsetDelta: 8 },
      'it counts 9 records, and its bytes can hold 2',
    ],
    ['a count too small', { records: ab, recordCount: 1, lastOffsetDelta: 0 }, '8 bytes follow'],
    ['a wrong last delta', { records: ab, lastOffsetDelta: 2 }, 'its last offset delta is 2'],
    [
      'a hole in its offsets',
      { records: [{}, { offsetDelta: 5 }] },
      'record 1 has the offset delta 5',
    ],
    ['trailing bytes', { records: ab, trailing: Uint8Array.of(0) }, '1 bytes follow its 2 records'],
    [
      'a wrong maximum',
      { records: ab, maxTimestamp: 9 },
      "timestamp is 9, its newest record's 1001",
    ],
    ['an unknown codec', { records: ab, attributes: 6 }, 'no codec has the id 6'],
    ['a codec it does not use', { records: ab, attributes: 1 }, "gzip can't be decompressed"],
    [
      'a nameless header',
      { records: [{ headers: [[null, 'x']] }] },
      'the name of header 0 is null',
    ],
  ])('refuses %s with a clear error', (_, spec, why) => {
    expect(() => checkBatch(batch(spec))).toThrow(why)
  })

  it('refuses a record whose length does not match its fields', () => {
    const short = batch({ records: [{ value: 'abc' }] })
    short[61]! -= 2 // the record's length, zigzag: one less
    expect(() => readBatches(short)).toThrow('record 0 of 1: its length is 8, its fields take 9')
  })

  it('refuses a small batch of millions of records', () => {
    const count = foreignItemsMax + 1
    const bomb = { records: ab, recordCount: count, lastOffsetDelta: count - 1 }
    expect(() => checkBatch(batch(bomb))).toThrow(
      'it counts 2097153 records, where 2097152 are read',
    )
  })

  it('does not read bytes outside of the batch', () => {
    const two = Buffer.concat([batch({ records: ab }), batch({ records: ab })])
    expect(() => checkFrame(two)).toThrow(`but has ${two.length}`)
  })
})

function plain(read: ReturnType<typeof readBatches>[number]['records'][number]) {
  const { key, value, timestamp } = read
  const headers = read.headers.map((header) => [header.key, copy(header.value)])
  return { offset: read.offset, timestamp, key: copy(key), value: copy(value), headers }
}

function expected(spec: RecordSpec, offset: number) {
  const { key, value, timestamp, headers } = spec
  return { offset, timestamp, key, value, headers }
}

function copy(view: Uint8Array | null) {
  return view === null ? null : new Uint8Array(view)
}
