// Each rule of a field separately, on declarations made for this purpose: versions, defaults,
// nulls, tags. apis-spec.ts and apache-definitions-spec.ts check that the real messages follow
// them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reader } from '../../lib/bytes/reader.ts'
import { Writer } from '../../lib/bytes/writer.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { Schema } from '../../lib/protocol/schema.ts'
import {
  arrayOf,
  boolean,
  bytes,
  type Fields,
  float64,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../lib/protocol/types.ts'
import { arbitraryStruct } from '../support/arbitrary-message.ts'

/** The first flexible version of the declarations here. */
const flexible = 5

const encode = (fields: Fields, version: number, input: unknown): string => {
  const writer = new Writer()
  new Schema(fields, flexible).at(version).write(writer, input)
  return Buffer.concat(writer.chunks()).toString('hex')
}
const decode = (fields: Fields, version: number, hex: string): unknown =>
  new Schema(fields, flexible).at(version).read(new Reader(Buffer.from(hex, 'hex')))
const invalid = expect.objectContaining({ code: 'INVALID_VALUE' })

describe('a field of some versions', () => {
  const fields = { old: int8.until(1), always: int8, young: int8.since(2, -1) }

  it('is written in these versions and no others', () => {
    expect(encode(fields, 1, { old: 1, always: 2 })).toBe('0102')
    expect(encode(fields, 2, { always: 2, young: 3 })).toBe('0203')
  })

  it('has its default in a version without it', () => {
    expect(decode(fields, 1, '0102')).toEqual({ old: 1, always: 2, young: -1 })
    expect(decode(fields, 2, '0203')).toEqual({ old: 0, always: 2, young: 3 })
  })

  it('is refused in a version without it, unless it has its default', () => {
    expect(() => encode(fields, 1, { always: 2, young: 3 })).toThrow(invalid)
    expect(() => encode(fields, 2, { always: 2, old: 1 })).toThrow('old')
    expect(encode(fields, 1, { old: 1, always: 2, young: -1 })).toBe('0102')
  })

  it('is dropped in a version without it, if it is ignorable', () => {
    const ignorable = { always: int8, young: int8.since(2, -1).ignorable() }
    expect(encode(ignorable, 1, { always: 2, young: 3 })).toBe('02')
  })

  it.each([
    ['an array', arrayOf(int8), [], [1]],
    ['bytes', bytes, new Uint8Array(0), Uint8Array.of(1)],
    ['text', string, '', 'x'],
    ['an id', uuid, zeroUuid, 'ABEiM0RVZneImaq7zN3u_w'],
    ['a struct', struct({ a: int8.default(7) }), { a: 7 }, { a: 8 }],
    ['what may be null', nullable(string).default(null), null, ''],
  ])('is compared with its default by content: %s', (_, type, same, other) => {
    const young = { young: type.since(2) }
    expect(encode(young, 1, { young: same })).toBe('')
    expect(() => encode(young, 1, { young: other })).toThrow(invalid)
  })
})

describe('a field that is left out', () => {
  it('is written as its default', () => {
    expect(encode({ a: int8.default(7), b: int8 }, 0, { b: 1 })).toBe('0701')
  })

  it('is refused if it has no default, with its path', () => {
    const fields = { list: arrayOf(struct({ a: int8 })) }
    expect(() => encode(fields, 0, { list: [{}] })).toThrow('list.a is missing')
  })
})

describe('a null', () => {
  const fields = { text: string.nullableSince(1), more: nullable(arrayOf(int8)).default(null) }

  it('is a length of -1, or 0 with compact lengths', () => {
    expect(encode(fields, 1, { text: null })).toBe('ffffffffffff')
    expect(encode(fields, 5, { text: null })).toBe('000000')
    expect(decode(fields, 1, 'ffffffffffff')).toEqual({ text: null, more: null })
    expect(decode(fields, 5, '000000')).toEqual({ text: null, more: null })
  })

  it('is refused in versions that do not allow it, both ways', () => {
    expect(() => encode(fields, 0, { text: null })).toThrow('text')
    expect(() => decode(fields, 0, 'ffffffffffff')).toThrow('text is null')
  })

  it('instead of a struct is a byte of -1, and a struct has a byte of 1 before it', () => {
    const inner = { inner: nullable(struct({ a: int8 })) }
    expect(encode(inner, 0, { inner: null })).toBe('ff')
    expect(encode(inner, 0, { inner: { a: 2 } })).toBe('0102')
    expect(() => encode({ inner: struct({ a: int8 }) }, 0, { inner: null })).toThrow(invalid)
  })
})

describe('a tagged field', () => {
  const fields = { plain: int8, late: int16.tagged(4, 5), early: string.tagged(1, 5, 'x') }

  it('is written after the plain fields, in the order of tags, with its size', () => {
    expect(encode(fields, 5, { plain: 9, late: 2, early: 'yz' })).toBe(
      '09020103' + '03797a' + '04020002',
    )
  })

  it('is not sent if it has its default', () => {
    expect(encode(fields, 5, { plain: 9, late: 0, early: 'x' })).toBe('0900')
    expect(decode(fields, 5, '0900')).toEqual({ plain: 9, late: 0, early: 'x' })
  })

  it('with an unknown tag is skipped', () => {
    const hex = '09' + '03' + '0002aabb' + '0103' + '03797a' + '0700'
    expect(decode(fields, 5, hex)).toEqual({ plain: 9, late: 0, early: 'yz' })
  })

  it('is refused if its length is wrong', () => {
    expect(() => decode(fields, 5, '0901' + '0403000200')).toThrow('late')
    expect(() => decode(fields, 5, '0901' + '04010002')).toThrow(invalid)
  })

  it('that was a plain field before is read as such in those versions', () => {
    const moved = { a: int8.since(3).tagged(0, 5), b: int8 }
    expect(encode(moved, 4, { a: 1, b: 2 })).toBe('0102')
    expect(encode(moved, 5, { a: 1, b: 2 })).toBe('0201' + '000101')
  })
})

describe('a string', () => {
  it('of more than 32767 bytes is refused, both ways', () => {
    const long = { text: string }
    const text = 'ü'.repeat(0x4000)
    expect(() => encode(long, 5, { text })).toThrow(invalid)
    const body = Buffer.from(text).toString('hex')
    expect(() => decode(long, 5, `818002${body}00`)).toThrow(invalid)
  })
})

describe('every type', () => {
  const leaves = {
    boolean,
    int8,
    int16,
    int32,
    uint16,
    uint32,
    int64,
    float64,
    uuid,
    string,
    bytes,
    records: nullable(records),
  }
  const inner = struct({ ...leaves, young: int16.since(3, 5), nothing: nullable(bytes) })
  const fields: Fields = {
    ...leaves,
    inner,
    maybe: nullable(inner),
    list: nullable(arrayOf(inner)),
    matrix: arrayOf(arrayOf(int16)),
    tagged: nullable(inner).tagged(0, 5, null),
    batches: nullable(records).tagged(300, 5),
  }

  it.each([0, 3, 4, 5, 6])('round-trips in version %i', (version) => {
    fc.assert(
      fc.property(arbitraryStruct(fields, version), ({ input, output }) => {
        expect(decode(fields, version, encode(fields, version, input))).toEqual(output)
      }),
    )
  })
})
