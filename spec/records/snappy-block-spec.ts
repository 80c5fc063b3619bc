import fc from 'fast-check'
import { compress } from 'snappyjs'
import { describe, expect, it } from 'vitest'
import { decompressBlock, headOf } from '../../lib/records/snappy-block.ts'
import { payloads } from '../support/payloads.ts'

// Streams that are only invalid. None of them would keep another decoder busy.

/** The contents of a block. */
function read(block: readonly number[] | Uint8Array): Buffer {
  const bytes = Uint8Array.from(block)
  const { headBytes, length } = headOf(bytes)
  const out = Buffer.alloc(length)
  decompressBlock(bytes, headBytes, out)
  return out
}

const text = (block: readonly number[]) => read(block).toString()
const bytesOf = (string: string) => [...Buffer.from(string)]
const literal = (string: string) => [(string.length - 1) << 2, ...bytesOf(string)]

describe('decompressBlock', () => {
  it('copies literals and earlier bytes, which may overlap their own output', () => {
    expect(text([3, ...literal('abc')])).toBe('abc')
    expect(text([8, ...literal('abcd'), 0b000_000_01, 4])).toBe('abcdabcd')
    expect(text([9, ...literal('ab'), (6 << 2) | 2, 2, 0])).toBe('ababababa')
    expect(text([9, ...literal('ab'), (6 << 2) | 3, 2, 0, 0, 0])).toBe('ababababa')
  })

  it('reads the upper bits of a short offset from its tag', () => {
    const far = (offset: number) => [
      0xb0,
      0x02,
      61 << 2,
      43,
      1,
      ...bytesOf(held),
      tagOf(offset),
      offset & 0xff,
    ]
    const held = `abcd${'x'.repeat(296)}`
    const tagOf = (offset: number) => ((offset >> 8) << 5) | 1
    expect(text(far(300))).toBe(`${held}abcd`)
    expect(() => read(far(301))).toThrow('refers to 301 bytes before byte 300')
  })

  it.each([
    [60, 1],
    [61, 2],
    [62, 3],
    [63, 4],
  ])('reads a literal whose length follows its tag %i in %i bytes', (tag, lengthBytes) => {
    const length = [99, 0, 0, 0].slice(0, lengthBytes)
    expect(text([100, tag << 2, ...length, ...bytesOf('y'.repeat(100))])).toBe('y'.repeat(100))
  })

  it('reads an empty block', () => {
    expect(read([0])).toHaveLength(0)
  })

  it.each([
    ['nothing', [], 'cut off in its length'],
    ['a length without end', [0x80, 0x80], 'cut off in its length'],
    ['a length of six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 1], 'length of more than 5 bytes'],
    ['literals that are cut off', [4, 3 << 2, 1, 2, 3], 'ends within literals'],
    ['a literal without its length', [3, 60 << 2], 'is cut off'],
    ['a copy without its offset', [8, ...literal('abcd'), 1], 'is cut off'],
    ['half an offset', [8, ...literal('abcd'), (3 << 2) | 2, 4], 'is cut off'],
    ['an offset of 0', [8, ...literal('abcd'), 1, 0], 'refers to 0 bytes before byte 4'],
    ['an offset before its start', [8, ...literal('abcd'), 1, 5], 'refers to 5 bytes'],
    ['a copy at its start', [4, 1, 1], 'refers to 1 bytes before byte 0'],
    ['more bytes than it holds', [4, ...literal('abc')], 'holds 3 bytes, not 4'],
    ['fewer bytes than its literals', [2, ...literal('abc')], 'more than the 2 bytes of its head'],
    ['fewer bytes than its copies', [6, ...literal('abcd'), 1, 4], 'more than the 6 bytes'],
  ])('refuses a block with %s', (_, block, why) => {
    expect(() => read(block)).toThrow(why)
  })

  it('refuses a block that announces more than its bytes can contain, before it allocates memory', () => {
    expect(headOf(Uint8Array.of(85, 0, 0, 0, 0))).toEqual({ headBytes: 1, length: 85 })
    expect(() => headOf(Uint8Array.of(86, 0, 0, 0, 0))).toThrow(
      'of 5 bytes says that it holds 86, and can hold 85',
    )
  })

  it('returns what was compressed', () => {
    fc.assert(
      fc.property(payloads, (bytes) => {
        expect(read(compress(Uint8Array.from(bytes))).equals(bytes)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('throws a RangeError or fills its output, for any bytes', () => {
    const tags = fc.constantFrom(0, 1, 2, 3, 4, 9, 14, 0xf0, 0xf4, 0xf8, 0xfc)
    const elements = fc.array(fc.oneof(tags, fc.nat(255)), { maxLength: 64 })
    fc.assert(
      fc.property(fc.nat(127), elements, (length, block) => {
        try {
          expect(read([length, ...block])).toHaveLength(length)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('throws or returns a proportionate number of bytes, wherever a block of real data is damaged', () => {
    const source = Buffer.from('a record, and another record, and more of them. '.repeat(20))
    const block = Buffer.from(compress(source))
    fc.assert(
      fc.property(fc.nat(block.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(block)
        damaged[at]! ^= flip
        try {
          expect(read(damaged).length).toBeLessThanOrEqual(block.length * 22)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
