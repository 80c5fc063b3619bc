import { describe, expect, it } from 'vitest'
import { GrowingBytes } from '../../lib/records/growing-bytes.ts'

const text = (bytes: GrowingBytes) => Buffer.from(bytes.finish()).toString()

describe('GrowingBytes', () => {
  it('holds what was appended and what was written into its room, in that order', () => {
    const bytes = new GrowingBytes(100)
    bytes.append(Buffer.from('abc'))
    bytes.room(10).set(Buffer.from('defgh'))
    bytes.advance(5)
    bytes.append(Buffer.from('!'))
    expect(text(bytes)).toBe('abcdefgh!')
  })

  it('is empty at first', () => {
    expect(new GrowingBytes(0).finish()).toHaveLength(0)
  })

  it('gives as much room as was asked for, and no more than its limit leaves', () => {
    const bytes = new GrowingBytes(10)
    expect(bytes.room(7)).toHaveLength(7)
    bytes.advance(7)
    expect(bytes.room(7)).toHaveLength(3)
  })

  it('refuses what is beyond its limit, and takes what reaches it', () => {
    const bytes = new GrowingBytes(4)
    bytes.append(Buffer.from('abcd'))
    expect(() => bytes.append(Buffer.from('e'))).toThrow('more than 4 bytes')
    expect(() => bytes.expect(1)).toThrow(RangeError)
    expect(text(bytes)).toBe('abcd')
  })

  it('keeps no buffer that is more than twice as large as what it holds', () => {
    const bytes = new GrowingBytes(1 << 20)
    bytes.room(1 << 20)[0] = 7
    bytes.advance(1)
    expect(bytes.finish().buffer.byteLength).toBeLessThanOrEqual(2)
  })

  it('asks for no more, for many small pieces, than four times what they come to', () => {
    const bytes = new GrowingBytes(1 << 20)
    let taken = 0
    let last: ArrayBufferLike | null = null
    for (let piece = 0; piece < 10_000; piece += 1) {
      const { buffer } = bytes.room(510)
      if (buffer !== last) taken += buffer.byteLength
      last = buffer
      bytes.advance(10)
    }
    expect(taken).toBeLessThan(4 * 100_000)
  })
})
