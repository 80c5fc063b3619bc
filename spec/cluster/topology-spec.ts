import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Partition, Topic } from '../../lib/cluster/told.ts'
import { Topology } from '../../lib/cluster/topology.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'

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
  partitions: partitions.map(([leaderId, leaderEpoch]): Partition => ({ leaderId, leaderEpoch })),
})
const failed = (name: string, error: number): Topic => ({
  name,
  id: zeroUuid,
  error,
  partitions: [],
})

const start = () => new Topology(seeds, new TopicTable({ now: () => 0 }))
/** What an answer changes. */
const tell = (topology: Topology, ...topics: Topic[]) => topology.tell({ brokers, topics }, 0)
/** The topology after an answer. */
const told = (topology: Topology, ...topics: Topic[]) => {
  tell(topology, ...topics)
  return topology
}
const known = (...topics: Topic[]) => told(start(), ...topics)
const namesOf = (places: readonly { topic: string; partition: number }[]) =>
  places.map(({ topic, partition }) => `${topic}-${partition}`)

describe('a bootstrap topology', () => {
  it('gives its servers the ids -1, -2, … and knows no topic', () => {
    const topology = start()
    expect([...topology.brokers.values()]).toEqual([
      { id: -1, host: 's1', port: 9092 },
      { id: -2, host: 's2', port: 9093 },
    ])
    expect(topology.hasBootstrap).toBe(true)
    expect(topology.topics.size).toBe(0)
    expect(topology.leaderOf('t', 0)).toBe(-1)
  })

  it('is replaced by the real brokers at the first answer', () => {
    const next = known()
    expect([...next.brokers.keys()]).toEqual([1, 2, 3])
    expect(next.hasBootstrap).toBe(false)
  })

  it('can be restored, which leaves topics without leaders', () => {
    const again = known(topic('t', idA, [1, 5]))
    expect(namesOf(again.rebootstrap(seeds).moved)).toEqual(['t-0'])
    expect(again.hasBootstrap).toBe(true)
    expect(again.topics.get('t')?.partitions).toHaveLength(1)
    expect(again.leaderOf('t', 0)).toBe(-1)
  })
})

describe('bootstrap servers alongside the brokers', () => {
  it('leave leaders unchanged, and are removed by the next answer', () => {
    const wide = known(topic('t', idA, [1, 5]))
    expect(wide.askBootstrapToo(seeds)).toMatchObject({ brokers: true, moved: [] })
    expect([...wide.brokers.keys()]).toEqual([1, 2, 3, -1, -2])
    expect([wide.hasBootstrap, wide.leaderOf('t', 0)]).toEqual([true, 1])
    expect(told(wide).hasBootstrap).toBe(false)
  })
})

describe('merging an answer', () => {
  it('replaces the topics in it and keeps the others', () => {
    const next = told(
      known(topic('a', idA, [1, 0]), topic('b', idB, [2, 0])),
      topic('a', idA, [3, 1]),
    )
    expect([next.leaderOf('a', 0), next.leaderOf('b', 0)]).toEqual([3, 2])
  })

  it('adds partitions to a topic', () => {
    const next = told(known(topic('t', idA, [1, 4])), topic('t', idA, [1, 4], [2, 0]))
    expect([0, 1].map((partition) => next.leaderOf('t', partition))).toEqual([1, 2])
  })

  it('ignores a leader that is not among the brokers', () => {
    expect(known(topic('t', idA, [9, 0], [-1, 0])).leaderOf('t', 0)).toBe(-1)
  })

  it('never replaces a leader epoch by an older one', () => {
    const next = told(known(topic('t', idA, [1, 100])), topic('t', idA, [2, 99]))
    expect(next.topics.get('t')?.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 100 })
  })

  it('accepts an equal or newer leader epoch', () => {
    const topology = known(topic('t', idA, [1, 100]))
    expect(told(topology, topic('t', idA, [2, 100])).leaderOf('t', 0)).toBe(2)
    expect(told(topology, topic('t', idA, [3, 101])).leaderOf('t', 0)).toBe(3)
  })

  it('accepts an answer without epochs, and then any epoch', () => {
    const without = told(known(topic('t', idA, [1, 100])), topic('t', idA, [2, -1]))
    expect(without.leaderOf('t', 0)).toBe(2)
    expect(told(without, topic('t', idA, [3, 5])).leaderOf('t', 0)).toBe(3)
  })

  it('starts again with the epochs of a topic that was recreated', () => {
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
    expect(told(stale, topic('t', idB, [3, 5])).leaderOf('t', 0)).toBe(3)
  })

  it('does not take a topic for another one if a broker gives no topic ids', () => {
    const old = told(known(topic('t', idA, [1, 10])), topic('t', zeroUuid, [2, 9]))
    expect(old.leaderOf('t', 0)).toBe(1)
    expect(told(old, topic('t', idA, [2, 9])).leaderOf('t', 0)).toBe(1)
  })

  it('never lowers an epoch while the topic keeps its id, in any order of answers', () => {
    const answers = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 20 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(answers, (sequence) => {
        const topology = start()
        let newest = -1
        for (const [leader, epoch] of sequence) {
          told(topology, topic('t', idA, [leader, epoch]))
          newest = Math.max(newest, epoch)
          expect(topology.topics.get('t')?.partitions[0]?.leaderEpoch).toBe(newest)
        }
      }),
    )
  })

  it('accepts an older epoch in the end if there are no ids, because the topic was recreated', () => {
    const topology = known(topic('t', zeroUuid, [1, 100]))
    const answers = [1, 2, 3, 4, 5].map(() =>
      told(topology, topic('t', zeroUuid, [2, 3])).leaderOf('t', 0),
    )
    expect(answers).toEqual([1, 1, 1, 1, 2])
    const withIds = known(topic('t', idA, [1, 100]))
    for (let answer = 0; answer < 20; answer += 1) told(withIds, topic('t', idA, [2, 3]))
    expect(withIds.leaderOf('t', 0)).toBe(1)
  })

  it('counts older epochs from 0 again after each answer that is not older', () => {
    const topology = known(topic('t', zeroUuid, [1, 100]))
    for (let answer = 0; answer < 20; answer += 1) {
      told(topology, topic('t', zeroUuid, answer % 4 === 3 ? [1, 100] : [2, 3]))
    }
    expect(topology.leaderOf('t', 0)).toBe(1)
  })
})

describe('a topic and its partitions', () => {
  it('stay the same objects in every answer, also while the topic is missing or has shrunk', () => {
    const topology = known(topic('t', idA, [1, 1], [2, 1]))
    const state = topology.topics.get('t')!
    const [first, second] = state.partitions
    told(topology, failed('t', 3))
    expect(state.partitions).toEqual([])
    expect([first!.node, second!.node]).toEqual([-1, -1])
    told(topology, topic('t', idB, [3, 0]))
    expect(topology.topics.get('t')).toBe(state)
    expect([state.partitions.length, state.at(0), state.at(1)]).toEqual([1, first, second])
    expect([first!.node, second!.node]).toEqual([3, -1])
  })

  it('are gone when the topic is forgotten, and are new objects when it comes back', () => {
    const topology = known(topic('a', idA, [1, 0]), topic('b', idB, [2, 0]))
    const before = topology.topics.get('a')!
    topology.forget(before)
    expect([...topology.topics].map(({ name }) => name)).toEqual(['b'])
    told(topology, topic('a', idA, [1, 0]))
    expect(topology.topics.get('a')).not.toBe(before)
  })

  it('have another version if a partition gains or loses its leader, or their number changes', () => {
    const topology = known(topic('t', idA, [1, 1], [2, 1]))
    const state = topology.topics.get('t')!
    const versions = [state.version]
    for (const partitions of [
      [
        [2, 2],
        [1, 2],
      ], // another leader
      [
        [-1, 3],
        [1, 2],
      ], // none
      [
        [1, 4],
        [1, 2],
        [1, 0],
      ], // back, and one more
    ] as const) {
      told(
        topology,
        topic(
          't',
          idA,
          ...partitions.map(([leader, epoch]) => [leader, epoch] as [number, number]),
        ),
      )
      versions.push(state.version)
    }
    expect(versions[1]).toBe(versions[0])
    expect(versions[2]).toBeGreaterThan(versions[1]!)
    expect(versions[3]).toBeGreaterThan(versions[2]!)
  })
})

describe('how many partitions each broker leads', () => {
  it('equals a count of them, after any answers, hints and loss of all brokers', () => {
    const partitions = fc.array(
      fc.tuple(fc.integer({ min: -1, max: 4 }), fc.nat({ max: 9 })) as fc.Arbitrary<
        [number, number]
      >,
      { maxLength: 4 },
    )
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('tell' as const),
        name: fc.constantFrom('a', 'b'),
        id: fc.constantFrom(idA, idB),
        partitions,
      }),
      fc.record({ kind: fc.constantFrom('forget' as const, 'lose' as const, 'away' as const) }),
      fc.record({
        kind: fc.constant('hint' as const),
        leader: fc.nat({ max: 4 }),
        epoch: fc.nat({ max: 12 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const topology = start()
        for (const one of steps) {
          const a = topology.topics.get('a')
          if (one.kind === 'tell') told(topology, topic(one.name, one.id, ...one.partitions))
          else if (one.kind === 'away') told(topology, failed('a', 3))
          else if (one.kind === 'lose') topology.rebootstrap(seeds)
          else if (one.kind === 'forget' && a !== undefined) topology.forget(a)
          else if (one.kind === 'hint') {
            topology.hint(
              [{ topic: 'b', partition: 0, leader: one.leader, leaderEpoch: one.epoch }],
              [],
            )
          }
          const counted = new Map<number, number>()
          for (const { all } of topology.topics) {
            for (const { node } of all)
              if (node >= 0) counted.set(node, (counted.get(node) ?? 0) + 1)
          }
          expect(new Map(topology.led)).toEqual(counted)
        }
      }),
    )
  })
})

describe('what an answer changes', () => {
  it('is the partitions that have another node or a newer leader, and no others', () => {
    const topology = known(topic('t', idA, [1, 1], [2, 1], [3, 1]), topic('u', idB, [1, 0]))
    const { moved, topics } = tell(topology, topic('t', idA, [1, 1], [1, 2], [3, 2]))
    expect(namesOf(moved)).toEqual(['t-1', 't-2'])
    expect(topics.map(({ name }) => name)).toEqual(['t'])
    expect(namesOf(tell(topology, failed('t', 3)).moved)).toEqual(['t-0', 't-1', 't-2'])
  })

  it('is every partition of a broker that is gone, whether its topic is in the answer or not', () => {
    const topology = known(topic('t', idA, [1, 1], [2, 1]))
    const { moved } = topology.tell({ brokers: brokers.slice(1), topics: [] }, 0)
    expect(namesOf(moved)).toEqual(['t-0'])
    expect(namesOf(tell(topology).moved)).toEqual(['t-0'])
  })

  it('names a recreated topic, recognized by its id', () => {
    const topology = known(topic('t', idA, [1, 1]))
    expect(tell(topology, topic('t', idA, [1, 1])).remade).toEqual([])
    expect(tell(topology, topic('t', zeroUuid, [1, 1])).remade).toEqual([])
    expect(tell(topology, failed('t', 3)).remade).toEqual([])
    expect(tell(topology, topic('t', idB, [1, 0])).remade.map(({ name }) => name)).toEqual(['t'])
  })

  it('has each partition whose leader changed, disappeared or returned', () => {
    const topology = known(
      topic('t', idA, [1, 1], [2, 1], [3, 1], [-1, 1]),
      topic('u', idB, [1, 1]),
    )
    const { led } = tell(
      topology,
      topic('t', idA, [1, 2], [3, 2], [-1, 2], [2, 2]),
      topic('u', idB, [2, 2]),
    )
    expect(
      led.map(({ partition, from }) => [
        partition.topic,
        partition.partition,
        from,
        partition.leader,
      ]),
    ).toEqual([
      ['t', 1, 2, 3],
      ['t', 2, 3, -1],
      ['t', 3, -1, 2],
      ['u', 0, 1, 2],
    ])
  })

  it('does not count the first leader of a topic or of a new partition as a changed leader', () => {
    const topology = start()
    expect(tell(topology, topic('t', idA, [1, 1])).led).toEqual([])
    expect(tell(topology, topic('t', idA, [1, 2], [2, 2]), topic('u', idB, [3, 1])).led).toEqual([])
  })

  it('has the leaders that brokers name, whether they can be reached or not', () => {
    const topology = known(topic('t', idA, [1, 1]))
    expect(topology.rebootstrap(seeds).led).toEqual([])
    expect(tell(topology, topic('t', idA, [2, 2])).led).toMatchObject([{ from: 1 }])
  })
})

describe('leader hints', () => {
  const usual = () => known(topic('t', idA, [1, 5], [2, 5]))
  const hint = (leader: number, leaderEpoch: number, partition = 0, name = 't') => ({
    topic: name,
    partition,
    leader,
    leaderEpoch,
  })

  it('move a leader if they are newer', () => {
    const next = usual()
    const { moved, led } = next.hint([hint(3, 6)], [])
    expect([namesOf(moved), led]).toMatchObject([['t-0'], [{ from: 1 }]])
    expect([next.leaderOf('t', 0), next.leaderOf('t', 1)]).toEqual([3, 2])
    expect(told(next, topic('t', idA, [1, 5], [2, 5])).leaderOf('t', 0)).toBe(3)
  })

  it('may include the broker', () => {
    const next = usual()
    expect(next.hint([hint(7, 6)], [{ id: 7, host: 'b7', port: 1 }]).brokers).toBe(true)
    expect(next.leaderOf('t', 0)).toBe(7)
    expect(next.brokers.get(7)).toEqual({ id: 7, host: 'b7', port: 1 })
  })

  it.each([
    ['of the same epoch', hint(3, 5)],
    ['of an older epoch', hint(3, 4)],
    ['without a leader', hint(-1, -1)],
    ['to an unknown broker', hint(9, 6)],
    ['for an unknown partition', hint(3, 6, 2)],
    ['for an unknown topic', hint(3, 6, 0, 'u')],
  ])('%s are not applied', (_, unusable) => {
    const topology = usual()
    expect(topology.hint([unusable], [])).toMatchObject({ hasNews: false, moved: [] })
    expect([topology.leaderOf('t', 0), topology.leaderOf('t', 1)]).toEqual([1, 2])
  })
})

describe('news', () => {
  const t = topic('t', idA, [1, 5])

  it('are none if an answer repeats what is known', () => {
    expect(tell(known(t), t)).toMatchObject({ hasNews: false, moved: [], brokers: false })
  })

  it.each([
    ['a leader', [topic('t', idA, [2, 6])], brokers],
    ['an epoch', [topic('t', idA, [1, 6])], brokers],
    ['an id', [topic('t', idB, [1, 5])], brokers],
    ['a count', [topic('t', idA, [1, 5], [1, 0])], brokers],
    ['an error', [failed('t', 3)], brokers],
    ['a topic', [topic('u', idB, [1, 5])], brokers],
    ['a broker', [], brokers.slice(1)],
    ['an address', [], brokers.map((broker) => ({ ...broker, port: 1 }))],
  ])('are %s that changed', (_, topics, named) => {
    expect(known(t).tell({ brokers: named, topics }, 0).hasNews).toBe(true)
  })
})

describe('staleness', () => {
  it.each([
    ['with a temporary error', failed('t', 5), true],
    ['with a temporary error that is not about leaders', failed('t', 89), true],
    ['with a permanent error', failed('t', 29), false],
    ['with a partition without leader', topic('t', idA, [1, 0], [-1, 0]), true],
    ['whose leader is not a known broker', topic('t', idA, [9, 0]), true],
    ['without an error', topic('t', idA, [1, 0], [2, 0]), false],
  ])('of a topic %s', (_, spoken, stale) => {
    expect(tell(start(), spoken).isStale).toBe(stale)
  })
})
