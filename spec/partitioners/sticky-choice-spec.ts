import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopicInfo } from '../../lib/partitioners/partitioner.ts'
import { StickyChoice } from '../../lib/partitioners/sticky-choice.ts'

function topic(partitionCount: number, availablePartitions?: readonly number[]): TopicInfo {
  const all = Array.from({ length: partitionCount }, (_, partition) => partition)
  return { name: 'orders', partitionCount, availablePartitions: availablePartitions ?? all }
}

/** Random numbers that choose the first of `count`, then the second, and so on, in a cycle. */
function inTurn(count: number) {
  const turns = { taken: 0, random: () => ((turns.taken++ % count) + 0.5) / count }
  return turns
}

describe('StickyChoice', () => {
  it('stays until a batch is full, and changes with the next record', () => {
    const choice = new StickyChoice(3, inTurn(3).random)
    const partitions = Array.from({ length: 9 }, () => {
      const partition = choice.partition(topic(3))
      choice.appended(1, true)
      return partition
    })
    expect(partitions).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2])
  })

  it('is always 0 if there is one partition', () => {
    const choice = new StickyChoice(1, Math.random)
    for (let draw = 0; draw < 20; draw++) {
      expect(choice.partition(topic(1))).toBe(0)
      choice.appended(5, true)
    }
  })

  it('stays beyond one fill while the batch is not closed, but not beyond two', () => {
    const choice = new StickyChoice(100, inTurn(2).random)
    const then = (bytes: number, batchDone: boolean) => {
      choice.appended(bytes, batchDone)
      return choice.partition(topic(2))
    }
    expect(choice.partition(topic(2))).toBe(0)
    expect(then(150, false)).toBe(0)
    expect(then(49, false)).toBe(0)
    expect(then(1, false)).toBe(1)
    expect(then(99, true)).toBe(1)
    expect(then(1, true)).toBe(0)
  })

  it('draws one random number for each change', () => {
    const turns = inTurn(3)
    const choice = new StickyChoice(1024, turns.random)
    // a small record; a large one joins its batch; each later large one has its own batch
    const partitions = [100, 1000, 1000, 1100, 1100].map((bytes, index) => {
      const partition = choice.partition(topic(3))
      choice.appended(bytes, index > 0)
      return partition
    })
    expect(partitions).toEqual([0, 0, 1, 1, 2])
    expect(turns.taken).toBe(3)
  })

  it('fills batches to more than half while they linger, and leaves no fragments', () => {
    // given: records of two thirds of a batch in each linger time, so a batch is sent before it is
    // full, and nothing is queued when the next record arrives
    const batchSize = 3000
    const choice = new StickyChoice(batchSize, inTurn(4).random)
    const batches: { partition: number; bytes: number }[] = []
    for (let round = 0; round < 40; round++) {
      for (let part = 0; part < 20; part++) {
        const partition = choice.partition(topic(4))
        const open = batches.at(-1)
        const joins = part > 0 && open?.partition === partition
        if (joins) open.bytes += 100
        else batches.push({ partition, bytes: 100 })
        choice.appended(100, false)
      }
      // the batch is sent: from now on nothing is queued
      choice.appended(0, true)
    }
    for (const { bytes } of batches) {
      expect(bytes).toBeGreaterThan(batchSize / 2)
      expect(bytes).toBeLessThan(batchSize)
    }
  })

  it('never chooses a partition without a leader while another has one', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((count) => fc.tuple(fc.constant(count), fc.subarray([...Array(count).keys()]))),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 100 }),
        ([count, available], draws) => {
          const info = topic(count, available)
          const allowed = available.length > 0 ? available : topic(count).availablePartitions
          for (const draw of draws) {
            expect(allowed).toContain(new StickyChoice(1, () => draw).partition(info))
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('chooses all partitions equally often', () => {
    const counts = [0, 0, 0, 0, 0]
    const choice = new StickyChoice(1, inTurn(1000).random)
    for (let draw = 0; draw < 1000; draw++) {
      counts[choice.partition(topic(5))]!++
      choice.appended(1, true)
    }
    expect(counts).toEqual([200, 200, 200, 200, 200])
  })

  it('follows the given weights, and is even without weights', () => {
    let told: number | null = 3
    const turns = inTurn(5)
    const choice = new StickyChoice(1, turns.random, () => told)
    const next = () => {
      const partition = choice.partition(topic(5))
      choice.appended(1, true)
      return partition
    }
    expect([next(), next()]).toEqual([3, 3])
    expect(turns.taken).toBe(0)
    told = null
    expect([next(), next()]).toEqual([0, 1])
  })

  it('survives the loss of its leader, but not of its partition', () => {
    const choice = new StickyChoice(100, () => 0.9)
    expect(choice.partition(topic(4))).toBe(3)
    expect(choice.partition(topic(4, [0, 1]))).toBe(3)
    expect(choice.partition(topic(2))).toBe(1)
  })

  it('counts from 0 again after each change', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.tuple(fc.nat(300), fc.boolean()), { maxLength: 200 }),
        (fill, appends) => {
          const turns = inTurn(7)
          const choice = new StickyChoice(fill, turns.random)
          choice.partition(topic(7))
          let bytes = 0
          let switches = 0
          for (const [size, done] of appends) {
            bytes += size
            if (bytes >= 2 * fill || (done && bytes >= fill)) {
              switches++
              bytes = 0
            }
            choice.appended(size, done)
            expect(choice.partition(topic(7))).toBe(switches % 7)
          }
          expect(turns.taken).toBe(switches + 1)
        },
      ),
    )
  })

  it('refuses a fill of less than one byte', () => {
    expect(() => new StickyChoice(0, Math.random)).toThrow(RangeError)
    expect(() => new StickyChoice(Number.NaN, Math.random)).toThrow(RangeError)
    expect(() => new StickyChoice(1, Math.random)).not.toThrow()
  })
})
