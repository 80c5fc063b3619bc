import { describe, expect, it } from 'vitest'
import { leaderChanges } from '../../lib/cluster/leader-changes.ts'
import { Topology } from '../../lib/cluster/topology.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'

const brokers = [1, 2, 3].map((id) => ({ id, host: 'h', port: id }))
const nothing = Topology.bootstrap([{ host: 'h', port: 1 }])

function told(topology: Topology, epoch: number, topics: Readonly<Record<string, number[]>>) {
  return topology.with({
    brokers,
    topics: Object.entries(topics).map(([name, leaders]) => ({
      name,
      id: zeroUuid,
      error: 0,
      partitions: leaders.map((leader) => ({ leader, leaderEpoch: epoch })),
    })),
  })
}

function changes(before: Topology, after: Topology): unknown[] {
  const found: unknown[] = []
  leaderChanges(before, after, (...change) => found.push(change))
  return found
}

describe('leaderChanges', () => {
  it('finds each partition whose leader is another one, or is gone, or is back', () => {
    const first = told(nothing, 1, { a: [1, 2, 3, -1], b: [1] })
    const second = told(first, 2, { a: [1, 3, -1, 2], b: [2] })
    expect(changes(first, second)).toEqual([
      ['a', 1, 2, 3],
      ['a', 2, 3, -1],
      ['a', 3, -1, 2],
      ['b', 0, 1, 2],
    ])
  })

  it('takes a first leader for no news: of a topic, or of a partition that was added', () => {
    const first = told(nothing, 1, { a: [1] })
    expect(changes(nothing, first)).toEqual([])
    expect(changes(first, told(first, 2, { a: [1, 2], b: [3] }))).toEqual([])
  })

  it('is about what brokers say, not about whom we can reach', () => {
    const first = told(nothing, 1, { a: [1] })
    const again = first.rebootstrapped([{ host: 'h', port: 9 }])
    expect(changes(first, again)).toEqual([])
    expect(changes(again, told(again, 2, { a: [2] }))).toEqual([['a', 0, 1, 2]])
  })

  it('finds what a broker hints at', () => {
    const first = told(nothing, 1, { a: [1, 1] })
    const hint = { topic: 'a', partition: 1, leader: 2, leaderEpoch: 5 }
    expect(changes(first, first.hinted([hint], []))).toEqual([['a', 1, 1, 2]])
  })
})
