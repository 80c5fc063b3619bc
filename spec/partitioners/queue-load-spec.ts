import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QueueLoad } from '../../lib/partitioners/queue-load.ts'
import { loadTable, weighted } from '../support/java-load-table.ts'

/**
 * A topic with a number of batches on each partition; each has had one. `null`: not to be chosen.
 */
function loadOf(lengths: readonly (number | null)[]): QueueLoad {
  const load = new QueueLoad()
  lengths.forEach((length, partition) => {
    for (let batch = 0; batch <= (length ?? 0); batch += 1) load.changed(partition, 1)
    load.changed(partition, -1)
  })
  load.arrange(lengths.length, eligible(lengths))
  return load
}

function eligible(lengths: readonly (number | null)[]): number[] {
  return [...lengths.keys()].filter((partition) => lengths[partition] !== null)
}

/** How often each partition is chosen when every share of `total` is drawn once. */
function frequencies(load: QueueLoad, partitions: number, total: number): number[] {
  const counts = new Array(partitions).fill(0)
  for (let share = 0; share < total; share += 1)
    counts[load.choose(() => (share + 0.5) / total)!] += 1
  return counts
}

const length = fc.option(fc.nat(12), { freq: 4 })
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('QueueLoad', () => {
  it.each([
    { lengths: [0, 3, 1], weights: [4, 1, 3] },
    { lengths: [5, 0, 3, 0, 1], weights: [1, 6, 3, 6, 5] },
    { lengths: [1, 7, 2], weights: [7, 1, 6] },
    { lengths: [0, null, 2, null], weights: [3, 0, 1, 0] },
    { lengths: [2, null, 2], weights: [1, 0, 1] },
  ])('weighs queues of $lengths as Java does', ({ lengths, weights }) => {
    const total = weights.reduce((sum, weight) => sum + weight)
    expect(frequencies(loadOf(lengths), lengths.length, total)).toEqual(weights)
    const table = loadTable(lengths)!
    expect(table.sums.at(-1)).toBe(total)
  })

  it("chooses the same as Java's table for every draw", () => {
    fc.assert(
      fc.property(fc.array(length, { maxLength: 40 }), fc.array(draw), (lengths, draws) => {
        const table = loadTable(lengths)
        const load = loadOf(lengths)
        for (const one of [0, ...draws]) {
          const expected = table === null ? null : weighted(table, () => one)
          expect(load.choose(() => one)).toBe(expected)
        }
      }),
    )
  })

  it('gives the same result whether it is updated batch by batch or built again', () => {
    const change = fc.record({ partition: fc.nat(9), comes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change), fc.subarray([...Array(10).keys()]), (changes, some) => {
        const [told, arranged] = [new QueueLoad(), new QueueLoad()]
        told.arrange(10, some)
        const lengths = new Array(10).fill(0)
        for (const load of [told, arranged]) {
          for (let partition = 0; partition < 10; partition += 1) load.changed(partition, 1)
        }
        lengths.fill(1)
        for (const { partition, comes } of changes) {
          if (!comes && lengths[partition] === 0) continue
          lengths[partition] += comes ? 1 : -1
          told.changed(partition, comes ? 1 : -1)
          arranged.changed(partition, comes ? 1 : -1)
        }
        arranged.arrange(10, some)
        const seen = lengths.map((one, partition) => (some.includes(partition) ? one : null))
        const table = loadTable(seen)
        for (let share = 0; share < 50; share += 1) {
          const expected = table === null ? null : weighted(table, () => share / 50)
          expect(told.choose(() => share / 50)).toBe(expected)
          expect(arranged.choose(() => share / 50)).toBe(expected)
        }
      }),
    )
  })

  it.each([
    { why: 'all queues are alike', lengths: [2, 2, 2] },
    { why: 'no partition is to be chosen', lengths: [null, null] },
    { why: 'the topic has one partition', lengths: [7] },
    { why: 'there is no partition', lengths: [] },
  ])('leaves the choice even if $why, and draws no random number', ({ lengths }) => {
    const load = loadOf(lengths)
    const random = () => {
      throw new Error('drawn')
    }
    expect(load.choose(random)).toBeNull()
  })

  it('leaves the choice even until every partition has had a batch', () => {
    const load = new QueueLoad()
    load.arrange(3, [0, 1, 2])
    load.changed(0, 1)
    load.changed(2, 1)
    expect(load.choose(() => 0)).toBeNull()
    load.changed(1, 1)
    load.changed(1, -1)
    expect(load.choose(() => 0.5)).toBe(1)
  })

  it('waits for batches on new partitions of a topic', () => {
    const load = loadOf([0, 3])
    expect(load.choose(() => 0)).toBe(0)
    load.arrange(3, [0, 1, 2])
    expect(load.choose(() => 0)).toBeNull()
  })

  it('never chooses a partition that is left out, and may choose all others', () => {
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 12 }), (lengths) => {
        const table = loadTable(lengths)
        if (table === null) return
        const counts = frequencies(loadOf(lengths), lengths.length, table.sums.at(-1)!)
        counts.forEach((count, partition) => {
          expect(count > 0).toBe(lengths[partition] !== null)
        })
      }),
    )
  })

  it('does not walk over ten thousand partitions for a choice or a batch', () => {
    const load = loadOf(new Array(10_000).fill(0))
    load.changed(9_999, 1)
    let random = 1
    let found = 0
    for (let round = 0; round < 200_000; round += 1) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      const partition = load.choose(() => random / 2 ** 32)!
      load.changed(partition, 1)
      load.changed(partition, -1)
      found += partition
    }
    // A walk would take two thousand million steps, which is minutes; without one this is fast.
    expect(found / 200_000).toBeGreaterThan(4_800)
    expect(found / 200_000).toBeLessThan(5_200)
  })
})
