// What Writer makes of values: bytes that Reader reads back, in chunks that are not copied.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader } from '../../lib/bytes/reader.ts'
import { Writer } from '../../lib/bytes/writer.ts'

interface Step {
  readonly value: unknown
  readonly write: (writer: Writer) => void
  readonly read: (reader: Reader) => unknown
}

function step<T>(
  values: fc.Arbitrary<T>,
  write: (writer: Writer, value: T) => void,
  read: (reader: Reader, value: T) => T,
): fc.Arbitrary<Step> {
  return values.map((value) => ({
    value,
    write: (writer) => write(writer, value),
    read: (reader) => read(reader, value),
  }))
}

const byteLength = (text: string) => Buffer.byteLength(text, 'utf8')
const blobs: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 })
const uuids = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'))
const int = (min: number, max: number) => fc.integer({ min, max })
const int64s = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

const steps = fc.oneof(
  step(
    fc.boolean(),
    (w, v) => w.boolean(v),
    (r) => r.boolean(),
  ),
  step(
    int(-0x80, 0x7f),
    (w, v) => w.int8(v),
    (r) => r.int8(),
  ),
  step(
    int(-0x8000, 0x7fff),
    (w, v) => w.int16(v),
    (r) => r.int16(),
  ),
  step(
    int(0, 0xffff),
    (w, v) => w.uint16(v),
    (r) => r.uint16(),
  ),
  step(
    fc.integer(),
    (w, v) => w.int32(v),
    (r) => r.int32(),
  ),
  step(
    int(0, 0xffffffff),
    (w, v) => w.uint32(v),
    (r) => r.uint32(),
  ),
  step(
    int(0, 0xffffffff),
    (w, v) => w.uvarint(v),
    (r) => r.uvarint(),
  ),
  step(
    int64s,
    (w, v) => w.int64(v),
    (r) => r.int64(),
  ),
  step(
    fc.double(),
    (w, v) => w.float64(v),
    (r) => r.float64(),
  ),
  step(
    uuids,
    (w, v) => w.uuid(v),
    (r) => r.uuid(),
  ),
  step(
    blobs,
    (w, v) => w.bytes(v),
    (r, v) => r.bytes(v.length),
  ),
  step(
    blobs,
    (w, v) => w.reference([v], v.length),
    (r, v) => r.bytes(v.length),
  ),
  step(
    fc.string({ unit: 'binary' }),
    (w, v) => w.utf8(v, byteLength(v)),
    (r, v) => r.utf8(byteLength(v)),
  ),
)

describe('Writer', () => {
  it('writes what Reader reads, in any order and with any initial room', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), fc.nat(64), (list, capacity) => {
        const writer = new Writer(capacity)
        for (const { write } of list) write(writer)
        const bytes = Buffer.concat(writer.chunks())
        expect(bytes.length).toBe(writer.byteLength)
        const reader = new Reader(bytes)
        expect(list.map(({ read }) => read(reader))).toEqual(list.map(({ value }) => value))
        expect(reader.remaining).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('refers to large foreign chunks between its own bytes', () => {
    const foreign = [Buffer.alloc(3000, 1), Buffer.alloc(3000, 2)]
    const writer = new Writer()
    writer.int8(1)
    writer.reference(foreign, 6000)
    writer.int8(2)
    const chunks = writer.chunks()
    expect(chunks.map((chunk) => chunk.length)).toEqual([1, 3000, 3000, 1])
    expect(chunks[1]).toBe(foreign[0])
    expect(chunks[2]).toBe(foreign[1])
    expect(writer.byteLength).toBe(6002)
  })

  it('copies foreign chunks of 4 KiB or less in total, so that they do not become chunks', () => {
    const foreign = [Buffer.alloc(4000, 1), Buffer.alloc(96, 2)]
    const writer = new Writer()
    writer.int8(3)
    writer.reference(foreign, 4096)
    expect(writer.chunks()).toEqual([Buffer.concat([Buffer.from([3]), ...foreign])])
    expect(writer.byteLength).toBe(4097)
  })

  it('returns no empty chunk', () => {
    const writer = new Writer()
    writer.reference([new Uint8Array(0)], 0)
    expect(writer.chunks()).toEqual([])
  })

  const refusals: [string, (writer: Writer) => void][] = [
    ['128 as an int8', (w) => w.int8(128)],
    ['32768 as an int16', (w) => w.int16(0x8000)],
    ['-1 as a uint16', (w) => w.uint16(-1)],
    ['2^31 as an int32', (w) => w.int32(2 ** 31)],
    ['1.5 as an int32', (w) => w.int32(1.5)],
    ['NaN as an int32', (w) => w.int32(Number.NaN)],
    ['-1 as a uint32', (w) => w.uint32(-1)],
    ['-1 as an unsigned varint', (w) => w.uvarint(-1)],
    ['2^63 as an int64', (w) => w.int64(2n ** 63n)],
    ['a short id', (w) => w.uuid('AAAA')],
    ['an id that is not base64url', (w) => w.uuid('!'.repeat(22))],
  ]
  it.each(refusals)('refuses %s', (_, write) => {
    const refused = expect.objectContaining({ code: 'INVALID_VALUE' })
    expect(() => write(new Writer())).toThrow(refused)
  })
})
