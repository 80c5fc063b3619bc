import { describe, expect, it } from 'vitest'
import { GrowingBytes } from '../../lib/records/growing-bytes.ts'

const text = (bytes: GrowingBytes) => Buffer.from(bytes.finish()).toString()

describe('GrowingBytes', () => {
  it('contains what was appended and what was written into its free space, in that order', () => {
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

  it('provides the requested space, up to its limit', () => {
    const bytes = new GrowingBytes(10)
    expect(bytes.room(7)).toHaveLength(7)
    bytes.advance(7)
    expect(bytes.room(7)).toHaveLength(3)
  })

  it('refuses bytes beyond its limit, and accepts bytes up to it', () => {
    const bytes = new GrowingBytes(4)
    bytes.append(Buffer.from('abcd'))
    expect(() => bytes.append(Buffer.from('e'))).toThrow('more than 4 bytes')
    expect(() => bytes.expect(1)).toThrow(RangeError)
    expect(text(bytes)).toBe('abcd')
  })

  it('keeps no buffer that is more than twice as large as its contents', () => {
    const bytes = new GrowingBytes(1 << 20)
    bytes.room(1 << 20)[0] = 7
    bytes.advance(1)
    expect(bytes.finish().buffer.byteLength).toBeLessThanOrEqual(2)
  })

  it('allocates for many small pieces at most four times their total size', () => {
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
