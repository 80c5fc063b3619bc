import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bits } from '../../lib/collections/bits.ts'

describe('Bits', () => {
  it('has what was added, and nothing else', () => {
    const integer = fc.nat(5000)
    fc.assert(
      fc.property(fc.array(integer), fc.array(integer), (added, asked) => {
        const bits = new Bits()
        for (const one of added) bits.add(one)
        const set = new Set(added)
        for (const one of [...added, ...asked]) expect(bits.has(one)).toBe(set.has(one))
      }),
    )
  })
})
