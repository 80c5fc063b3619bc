import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur2, toPartition } from '../../lib/partitioners/murmur2.ts'

describe('murmur2', () => {
  // The vectors of Apache's own test; java-murmur2-spec.ts has many more.
  it.each([
    ['', 275646681],
    ['21', -973932308],
    ['abc', 479470107],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('of %j is %i', (text, hash) => {
    expect(murmur2(text)).toBe(hash)
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it('of a string is that of its UTF-8, also with a lone surrogate', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', '\ud800', 'é'),
        (text, end) => {
          const key = text + end
          expect(murmur2(key)).toBe(murmur2(new TextEncoder().encode(key)))
        },
      ),
    )
  })

  it('does not depend on the position of the key in its buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(9), (bytes, offset) => {
        const larger = new Uint8Array(bytes.length + offset + 3).fill(0xff)
        larger.set(bytes, offset)
        expect(murmur2(larger.subarray(offset, offset + bytes.length))).toBe(murmur2(bytes))
      }),
    )
  })
})

describe('toPartition', () => {
  it('drops the sign bit, so that the result is always one of the partitions', () => {
    expect(toPartition(-1, 10)).toBe(0x7fffffff % 10)
    expect(toPartition(-0x80000000, 10)).toBe(0)
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 100_000 }), (hash, count) => {
        const partition = toPartition(hash, count)
        expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true)
      }),
    )
  })
})
