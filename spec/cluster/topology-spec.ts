import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Partition, type Topic, Topology } from '../../lib/cluster/topology.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'

const idA = 'AAAAAAAAAAAAAAAAAAAAAQ'
const idB = 'AAAAAAAAAAAAAAAAAAAAAg'
const brokers = [1, 2, 3].map((id) => ({ id, host: `b${id}`, port: 9092 }))
const seeds = [
  { host: 's1', port: 9092 },
  { host: 's2', port: 9093 },
]

const topic = (
  name: string,
  id: string,
  ...partitions: [leader: number, epoch: number][]
): Topic => ({
  name,
  id,
  error: 0,
  partitions: partitions.map(([leader, leaderEpoch]): Partition => ({ leader, leaderEpoch })),
})
const failed = (name: string, error: number): Topic => ({
  name,
  id: zeroUuid,
  error,
  partitions: [],
})

const start = Topology.bootstrap(seeds)
const told = (topology: Topology, ...topics: Topic[]) => topology.with({ brokers, topics })
const known = (...topics: Topic[]) => told(start, ...topics)

describe('a bootstrap topology', () => {
  it('names its servers -1, -2, … and knows no topic', () => {
    expect([...start.brokers.values()]).toEqual([
      { id: -1, host: 's1', port: 9092 },
      { id: -2, host: 's2', port: 9093 },
    ])
    expect(start.hasBootstrap).toBe(true)
    expect(start.topics.size).toBe(0)
    expect(start.leaderOf('t', 0)).toBe(-1)
  })

  it('gives way to the real brokers at the first answer', () => {
    const next = known()
    expect([...next.brokers.keys()]).toEqual([1, 2, 3])
    expect(next.hasBootstrap).toBe(false)
    expect(next.version).toBe(start.version + 1)
  })

  it('can be gone back to, which leaves topics without leaders', () => {
    const again = known(topic('t', idA, [1, 5])).rebootstrapped(seeds)
    expect(again.hasBootstrap).toBe(true)
    expect(again.topics.get('t')?.partitions).toHaveLength(1)
    expect(again.leaderOf('t', 0)).toBe(-1)
  })
})

describe('bootstrap servers beside the brokers', () => {
  it('leave leaders as they are, and go with the next answer', () => {
    const wide = known(topic('t', idA, [1, 5])).withBootstrap(seeds)
    expect([...wide.brokers.keys()]).toEqual([1, 2, 3, -1, -2])
    expect([wide.hasBootstrap, wide.leaderOf('t', 0)]).toEqual([true, 1])
    expect(told(wide).hasBootstrap).toBe(false)
  })
})

describe('merging an answer', () => {
  it('replaces the topics it speaks of and keeps the others', () => {
    const next = told(
      known(topic('a', idA, [1, 0]), topic('b', idB, [2, 0])),
      topic('a', idA, [3, 1]),
    )
    expect([next.leaderOf('a', 0), next.leaderOf('b', 0)]).toEqual([3, 2])
  })

  it('lets a topic grow', () => {
    const next = told(known(topic('t', idA, [1, 4])), topic('t', idA, [1, 4], [2, 0]))
    expect([0, 1].map((partition) => next.leaderOf('t', partition))).toEqual([1, 2])
  })

  it('knows no leader that is not among the brokers', () => {
    expect(known(topic('t', idA, [9, 0], [-1, 0])).leaderOf('t', 0)).toBe(-1)
  })

  it('never lets an older leader epoch replace a newer', () => {
    const next = told(known(topic('t', idA, [1, 100])), topic('t', idA, [2, 99]))
    expect(next.topics.get('t')?.partitions[0]).toEqual({ leader: 1, leaderEpoch: 100 })
  })

  it('takes an equal or newer leader epoch', () => {
    const before = known(topic('t', idA, [1, 100]))
    expect(told(before, topic('t', idA, [2, 100])).leaderOf('t', 0)).toBe(2)
    expect(told(before, topic('t', idA, [2, 101])).leaderOf('t', 0)).toBe(2)
  })

  it('takes an answer without epochs, and then any epoch', () => {
    const without = told(known(topic('t', idA, [1, 100])), topic('t', idA, [2, -1]))
    expect(without.leaderOf('t', 0)).toBe(2)
    expect(told(without, topic('t', idA, [3, 5])).leaderOf('t', 0)).toBe(3)
  })

  it('starts anew with the epochs of a topic that was made again under its name', () => {
    const next = told(known(topic('t', idA, [1, 100])), topic('t', idB, [2, 5]))
    expect(next.topics.get('t')).toMatchObject({
      id: idB,
      partitions: [{ leader: 2, leaderEpoch: 5 }],
    })
  })

  it('remembers the epochs of a topic while it is away', () => {
    const away = told(known(topic('t', idA, [1, 10])), failed('t', 3))
    expect(away.topics.get('t')).toMatchObject({ error: 3, partitions: [] })

    const stale = told(away, topic('t', idA, [1, 9]))
    expect(stale.leaderOf('t', 0)).toBe(-1)
    expect(told(stale, topic('t', idA, [2, 10])).leaderOf('t', 0)).toBe(2)
    expect(told(away, topic('t', idB, [2, 5])).leaderOf('t', 0)).toBe(2)
  })

  it('takes a broker that tells no topic ids for no other topic', () => {
    const old = told(known(topic('t', idA, [1, 10])), topic('t', zeroUuid, [2, 9]))
    expect(old.leaderOf('t', 0)).toBe(1)
    expect(told(old, topic('t', idA, [2, 9])).leaderOf('t', 0)).toBe(1)
  })

  it('never lets an epoch go back while the topic keeps its id, in whatever order answers come', () => {
    const answers = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 20 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(answers, (sequence) => {
        let topology = start
        let newest = -1
        for (const [leader, epoch] of sequence) {
          topology = told(topology, topic('t', idA, [leader, epoch]))
          newest = Math.max(newest, epoch)
          expect(topology.topics.get('t')?.partitions[0]?.leaderEpoch).toBe(newest)
        }
      }),
    )
  })

  it('leaves the snapshot before it as it was', () => {
    const before = known(topic('t', idA, [1, 0]))
    told(before, topic('t', idA, [2, 1]), topic('u', idB, [1, 0]))
    expect(before.leaderOf('t', 0)).toBe(1)
    expect(before.topics.has('u')).toBe(false)
  })
})

describe('forgetting topics', () => {
  it('keeps those that are wanted', () => {
    const next = known(topic('a', idA, [1, 0]), topic('b', idB, [2, 0])).retain(
      (name) => name === 'a',
    )
    expect([...next.topics.keys()]).toEqual(['a'])
  })
})

describe('leader hints', () => {
  const before = known(topic('t', idA, [1, 5], [2, 5]))
  const hint = (leader: number, leaderEpoch: number, partition = 0, name = 't') => ({
    topic: name,
    partition,
    leader,
    leaderEpoch,
  })

  it('move a leader where they are newer', () => {
    const next = before.hinted([hint(3, 6)], [])
    expect([next.leaderOf('t', 0), next.leaderOf('t', 1)]).toEqual([3, 2])
    expect(told(next, topic('t', idA, [1, 5], [2, 5])).leaderOf('t', 0)).toBe(3)
  })

  it('may bring the broker along', () => {
    const next = before.hinted([hint(7, 6)], [{ id: 7, host: 'b7', port: 1 }])
    expect(next.leaderOf('t', 0)).toBe(7)
    expect(next.brokers.get(7)).toEqual({ id: 7, host: 'b7', port: 1 })
  })

  it.each([
    ['of the same epoch', hint(3, 5)],
    ['of an older epoch', hint(3, 4)],
    ['of nobody', hint(-1, -1)],
    ['to a broker nobody knows', hint(9, 6)],
    ['for a partition nobody knows', hint(3, 6, 2)],
    ['for a topic nobody knows', hint(3, 6, 0, 'u')],
  ])('%s are not taken', (_, unusable) => {
    expect(before.hinted([unusable], [])).toBe(before)
  })
})

describe('comparing topologies', () => {
  const before = known(topic('t', idA, [1, 5]))

  it('finds an answer that repeats what is known equal', () => {
    expect(before.equals(told(before, topic('t', idA, [1, 5])))).toBe(true)
  })

  it.each([
    ['a leader', told(before, topic('t', idA, [2, 6]))],
    ['an epoch', told(before, topic('t', idA, [1, 6]))],
    ['an id', told(before, topic('t', idB, [1, 5]))],
    ['a count', told(before, topic('t', idA, [1, 5], [1, 0]))],
    ['an error', told(before, failed('t', 3))],
    ['a topic', told(before, topic('u', idB, [1, 5]))],
    ['a broker', before.with({ brokers: brokers.slice(1), topics: [] })],
    ['an address', before.with({ brokers: brokers.map((b) => ({ ...b, port: 1 })), topics: [] })],
  ])('notices %s that changed', (_, after) => {
    expect(before.equals(after)).toBe(false)
  })
})

describe('staleness', () => {
  it.each([
    ['that is unknown', known(), true],
    ['with an error that passes', known(failed('t', 5)), true],
    ['with an error that stays', known(failed('t', 29)), false],
    ['with a partition without leader', known(topic('t', idA, [1, 0], [-1, 0])), true],
    ['whose leader is no broker', known(topic('t', idA, [9, 0])), true],
    ['that is well', known(topic('t', idA, [1, 0], [2, 0])), false],
  ])('of a topic %s', (_, topology, stale) => {
    expect(topology.isStale('t')).toBe(stale)
  })
})
