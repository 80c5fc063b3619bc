import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactNumber } from '../../lib/sender/exact-number.ts'

describe('exactNumber', () => {
  it('is the number if it is exact', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (number) => {
        expect(exactNumber(BigInt(number))).toBe(number)
      }),
    )
  })

  it('is null beyond, where numbers are only approximate', () => {
    for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 63n)]) {
      expect(exactNumber(value)).toBeNull()
    }
    expect(exactNumber(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER)
  })
})
