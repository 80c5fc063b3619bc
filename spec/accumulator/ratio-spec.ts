import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ratio } from '../../lib/accumulator/ratio.ts'

function having(...observed: readonly number[]): Ratio {
  const ratio = new Ratio()
  for (const one of observed) ratio.observe(one)
  return ratio
}

/** A ratio that has fallen to `value`. */
function at(value: number): Ratio {
  const ratio = new Ratio()
  while (ratio.value > value) ratio.observe(value)
  return ratio
}

describe('Ratio', () => {
  it('falls slowly and rises quickly, as in Java', () => {
    expect(having(0.5).value).toBeCloseTo(0.995, 10)
    const high = at(0.5)
    high.observe(0.9)
    expect(high.value).toBe(0.9)
    const low = at(0.5)
    low.observe(0.52)
    expect(low.value).toBeCloseTo(0.55, 10)
  })

  it('never falls below what was observed', () => {
    expect(having(0.999).value).toBe(0.999)
    expect(at(0.3).value).toBe(0.3)
  })

  it('starts again when a batch was too large', () => {
    const ratio = at(0.1)
    ratio.reset()
    expect(ratio.value).toBe(1)
  })

  it('is never above 1, whatever the size of small batches', () => {
    expect(having(3.5).value).toBe(1)
    expect(having(0.5, 3.5, 3.5).value).toBe(1)
  })

  it('stays between the extremes of what it has observed, except for the step upwards', () => {
    const observed = fc.array(fc.double({ min: 0.01, max: 1.3, noNaN: true }), { maxLength: 200 })
    fc.assert(
      fc.property(observed, (list) => {
        const { value } = having(...list)
        expect(value).toBeGreaterThanOrEqual(Math.min(1, ...list))
        expect(value).toBeLessThanOrEqual(1)
      }),
    )
  })
})
