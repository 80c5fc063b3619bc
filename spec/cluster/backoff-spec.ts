import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exponential } from '../../lib/cluster/backoff.ts'

const least = () => 0
const most = () => 0.999_999

describe('exponential backoff', () => {
  const backoff = exponential({ initialMs: 100, maxMs: 1_000 })

  it.each([
    [0, 80, 119],
    [1, 160, 239],
    [2, 320, 479],
    [3, 640, 959],
    [4, 800, 1_000],
    [400, 800, 1_000],
  ])('after attempt %i is from %i to %i ms', (attempt, from, to) => {
    expect(backoff(attempt, least)).toBe(from)
    expect(backoff(attempt, most)).toBe(to)
  })

  it('is constant if the maximum is not above the initial wait', () => {
    for (const [initialMs, maxMs] of [
      [100, 100],
      [100, 40],
    ] as const) {
      const constant = exponential({ initialMs, maxMs })
      expect([0, 1, 9].map((attempt) => constant(attempt, most))).toEqual([maxMs, maxMs, maxMs])
    }
  })

  it('never waits if the initial wait is 0', () => {
    const none = exponential({ initialMs: 0, maxMs: 1_000 })
    expect([0, 1, 99].map((attempt) => none(attempt, most))).toEqual([0, 0, 0])
  })

  it('is an integer within its limit, whatever the settings', () => {
    const ms = fc.integer({ min: 0, max: 2 ** 31 - 1 })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(ms, ms, fc.nat(), random, (initialMs, maxMs, attempt, chance) => {
        const wait = exponential({ initialMs, maxMs })(attempt, () => chance)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(maxMs)
      }),
    )
  })
})
