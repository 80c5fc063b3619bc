import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTooSlow, loadTable, weighted } from '../../lib/partitioners/load-table.ts'

/** How often each partition comes up when every share of the total is drawn once. */
function frequencies(lengths: readonly (number | null)[]): number[] {
  const table = loadTable(lengths)!
  const total = table.sums.at(-1)!
  const counts = lengths.map(() => 0)
  for (let share = 0; share < total; share++)
    counts[weighted(table, () => (share + 0.5) / total)]!++
  return counts
}

describe('loadTable', () => {
  it.each([
    { lengths: [0, 3, 1], sums: [4, 5, 8], weights: [4, 1, 3] },
    { lengths: [5, 0, 3, 0, 1], sums: [1, 7, 10, 16, 21], weights: [1, 6, 3, 6, 5] },
    { lengths: [1, 7, 2], sums: [7, 8, 14], weights: [7, 1, 6] },
  ])('weighs queues of $lengths as Java does', ({ lengths, sums, weights }) => {
    expect(loadTable(lengths)?.sums).toEqual(sums)
    expect(frequencies(lengths)).toEqual(weights)
  })

  it('leaves out a partition without a leader, or with one that is too slow', () => {
    expect(frequencies([0, null, 2, null])).toEqual([3, 0, 1, 0])
  })

  it('stays where all queues are alike but a partition is left out', () => {
    expect(frequencies([2, null, 2])).toEqual([1, 0, 1])
  })

  it.each([
    { why: 'all queues are alike', lengths: [2, 2, 2] },
    { why: 'no partition is to be chosen', lengths: [null, null] },
    { why: 'the topic has one partition', lengths: [7] },
    { why: 'there is no partition', lengths: [] },
  ])('is not there where $why', ({ lengths }) => {
    expect(loadTable(lengths)).toBe(null)
  })

  it('never chooses what was left out, and always may choose the rest', () => {
    const length = fc.option(fc.nat(50), { freq: 3 })
    fc.assert(
      fc.property(fc.array(length, { maxLength: 20 }), (lengths) => {
        if (loadTable(lengths) === null) return
        frequencies(lengths).forEach((count, partition) => {
          expect(count > 0).toBe(lengths[partition] !== null)
        })
      }),
    )
  })

  it('gives a longer queue never more than a shorter one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 20 }), (lengths) => {
        fc.pre(loadTable(lengths) !== null)
        const counts = frequencies(lengths)
        const byLength = lengths.map((_, index) => index).sort((a, b) => lengths[a]! - lengths[b]!)
        for (let at = 1; at < byLength.length; at++) {
          expect(counts[byLength[at]!]!).toBeLessThanOrEqual(counts[byLength[at - 1]!]!)
        }
      }),
    )
  })
})

describe('isTooSlow', () => {
  it.each([
    { readyAt: 1200, drainedAt: 1000, timeoutMs: 100, slow: true },
    { readyAt: 1100, drainedAt: 1000, timeoutMs: 100, slow: false },
    { readyAt: 9000, drainedAt: 1000, timeoutMs: 0, slow: false },
  ])('is $slow for $readyAt, $drainedAt and $timeoutMs', ({ slow, ...at }) => {
    expect(isTooSlow(at.readyAt, at.drainedAt, at.timeoutMs)).toBe(slow)
  })

  it('sends everything elsewhere while it holds', () => {
    // given: partition 0 is led by a broker that has had data ready for 200 ms and took none
    const slow = isTooSlow(1200, 1000, 100)
    const table = loadTable([slow ? null : 0, 0])!
    // then
    for (let draw = 0; draw < 10; draw++) expect(weighted(table, () => draw / 10)).toBe(1)
  })
})
