import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../lib/records/checksum.ts'
import { crcBitByBit } from '../support/batches.ts'

describe('crc32c', () => {
  it.each([
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 255', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, byte) => byte), 0x46dd794e],
    ['nothing', new Uint8Array(0), 0],
  ])('gives %s the value of RFC 3720', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum)
  })

  it('follows the definition, for any part of any array', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1200, size: 'max' }),
        fc.nat(1200),
        fc.nat(1200),
        (bytes, a, b) => {
          const [start, end] = [a, b].map((at) => Math.min(at, bytes.length)).sort((x, y) => x - y)
          expect(crc32c(bytes, start, end)).toBe(crcBitByBit(bytes.subarray(start, end)))
        },
      ),
    )
  })

  it('follows it at any boundary of blocks of sixteen', () => {
    const bytes = Uint8Array.from({ length: 460 }, (_, index) => (index * 89) & 255)
    for (let start = 0; start < 20; start += 1) {
      for (let end = 380; end <= bytes.length; end += 1) {
        expect(crc32c(bytes, start, end)).toBe(crcBitByBit(bytes.subarray(start, end)))
      }
    }
  })

  it('continues from a seed as if the parts were one', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (left, right) => {
        const whole = crc32c(Buffer.concat([left, right]))
        expect(crc32c(right, 0, right.length, crc32c(left))).toBe(whole)
      }),
    )
  })
})
