import fc from 'fast-check'
import lz4 from 'lz4js'
import { describe, expect, it } from 'vitest'
import { decompressBlock } from '../../lib/records/lz4-block.ts'
import { lz4Package } from '../../lib/records/lz4-package.ts'
import { payloads } from '../support/payloads.ts'

const compressBlock = lz4Package().compressBlock!

/** The contents of a block, decompressed into `room` bytes. */
function read(block: readonly number[] | Uint8Array, room = 1000): Buffer {
  const out = Buffer.alloc(room)
  return out.subarray(0, decompressBlock(Uint8Array.from(block), out))
}

const literals = (text: string) => [text.length << 4, ...Buffer.from(text)]

describe('decompressBlock', () => {
  it('copies literals and earlier matches, which may overlap their own output', () => {
    const apart = [0x40, ...Buffer.from('abcd'), 4, 0, ...literals('!')]
    const overlapping = [0x23, ...Buffer.from('ab'), 2, 0, ...literals('!')]

    expect(read(apart).toString()).toBe('abcdabcd!')
    expect(read(overlapping).toString()).toBe(`ab${'ababababa'.slice(0, 7)}!`)
  })

  it.each([14, 15, 16, 269, 270, 271, 525])('reads a length of %i', (length) => {
    const more = length < 15 ? [] : [...Array(Math.floor((length - 15) / 255)).fill(255)]
    if (length >= 15) more.push((length - 15) % 255)
    const text = Buffer.alloc(length, 'x')
    const token = Math.min(length, 15)

    expect(read([token << 4, ...more, ...text])).toEqual(text)
    const matched = read([0x10 | token, 0x78, 1, 0, ...more, ...literals('!')])
    expect(matched.toString()).toBe(`${'x'.repeat(1 + length + 4)}!`)
  })

  it('reads an empty block', () => {
    expect(read([0])).toHaveLength(0)
  })

  it.each([
    ['nothing', [], 'cut off'],
    ['literals that are not there', [0x30, 1, 2], 'ends within literals'],
    ['no offset', [0x10, 1, 1], 'cut off'],
    ['an offset of 0', [0x10, 1, 0, 0, 0], 'refers to 0 bytes'],
    ['an offset before the start', [0x10, 1, 2, 0, 0], 'refers to 2 bytes before byte 1'],
    ['no end', [0x10, 1, 1, 0], 'cut off'],
    ['a length without end', [0xf0, 255, 255], 'cut off'],
  ])('refuses %s', (_, block, why) => {
    expect(() => read(block)).toThrow(why)
  })

  it('never writes more than fits', () => {
    expect(() => read(literals('abc'), 2)).toThrow('holds more than 2 bytes')
    expect(() => read([0x10, 1, 1, 0, ...literals('!')], 4)).toThrow('holds more than 4 bytes')
    expect(read([0x10, 1, 1, 0, ...literals('!')], 6)).toHaveLength(6)
  })

  it('returns what the package or another compressor has compressed', () => {
    fc.assert(
      fc.property(payloads, (bytes) => {
        fc.pre(bytes.length > 0)
        expect(read(compressBlock(bytes), bytes.length).equals(bytes)).toBe(true)
        const other = compressedByLz4js(bytes)
        if (other !== null) expect(read(other, bytes.length).equals(bytes)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('throws or ends for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (block) => {
        try {
          expect(read(block, 100).length).toBeLessThanOrEqual(100)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

// A block ends with five literals, and no match begins in its last twelve bytes. Java refuses a
// full block that breaks this, and lz4js writes such blocks.
describe('blocks of the package', () => {
  it('end as the format requires', () => {
    const repetitive = fc.uint8Array({ min: 0, max: 2, minLength: 13, maxLength: 300 })
    fc.assert(
      fc.property(repetitive, (bytes) => {
        const end = endOf(compressBlock(bytes))
        if (end.lastMatchAt === null) return
        expect(end.literals).toBeGreaterThanOrEqual(5)
        expect(end.lastMatchAt).toBeLessThanOrEqual(bytes.length - 12)
      }),
      { numRuns: 1000 },
    )
  })
})

function compressedByLz4js(bytes: Uint8Array): Uint8Array | null {
  const out = new Uint8Array(lz4.compressBound(bytes.length))
  const length = lz4.compressBlock(bytes, out, 0, bytes.length, new Uint32Array(1 << 16))
  return length === 0 ? null : out.subarray(0, length)
}

/**
 * The position in the contents of a block at which its last match begins, and the number of
 * literals after it.
 */
function endOf(block: Uint8Array) {
  let [at, held] = [0, 0]
  let lastMatchAt: number | null = null
  const length = (start: number) => {
    let sum = start
    if (start === 15)
      do sum += block[at]!
      while (block[at++] === 255)
    return sum
  }
  for (;;) {
    const token = block[at++]!
    const literals = length(token >> 4)
    at += literals
    held += literals
    if (at >= block.length) return { lastMatchAt, literals }
    lastMatchAt = held
    at += 2
    held += length(token & 15) + 4
  }
}
