import { describe, expect, it } from 'vitest'
import { ClusterState } from '../../lib/testing/cluster-state.ts'

function cluster(partitions = 4) {
  const state = new ClusterState(3)
  state.createTopic('t', { partitions })
  return state
}

function leaders(state: ClusterState) {
  return state.topic('t')!.partitions.map(({ leader }) => leader)
}

describe('ClusterState', () => {
  it('spreads leaders over the brokers, whose ids begin at 1', () => {
    expect(leaders(cluster())).toEqual([1, 2, 3, 1])
  })

  it('gives every topic its own id, also a recreated one', () => {
    const state = cluster()
    const first = state.topic('t')!.id
    state.deleteTopic('t')
    const second = state.createTopic('t').id

    expect(first).toHaveLength(22)
    expect(Buffer.from(first, 'base64url')).toHaveLength(16)
    expect(second).not.toBe(first)
    expect([state.topicById(first), state.topicById(second)]).toEqual([undefined, state.topic('t')])
  })

  it('begins a new leader epoch whenever the leader changes', () => {
    const state = cluster()
    state.moveLeader('t', 0, 3)
    state.moveLeader('t', 0, -1)
    expect(state.partition('t', 0)).toMatchObject({ leader: -1, leaderEpoch: 2 })
  })

  it('moves the partitions of a stopped broker to others, and does not move them back', () => {
    const state = cluster()
    state.stopBroker(1, true)
    expect(leaders(state)).toEqual([2, 2, 3, 3])
    state.startBroker(1)
    expect(leaders(state)).toEqual([2, 2, 3, 3])
  })

  it('leaves partitions without a leader until the last one is back', () => {
    const state = cluster()
    state.stopBroker(1, false)
    state.stopBroker(2, false)
    expect(leaders(state)).toEqual([-1, -1, 3, -1])
    state.startBroker(2)
    expect(leaders(state)).toEqual([-1, 2, 3, -1])
    state.startBroker(1)
    expect(leaders(state)).toEqual([1, 2, 3, 1])
  })

  it('adds partitions after those of a topic, which do not change', () => {
    const state = cluster(2)
    const [first, second] = state.topic('t')!.partitions
    state.moveLeader('t', 0, 3)
    state.addPartitions('t', 3)

    expect(leaders(state)).toEqual([3, 2, 3, 1, 2])
    expect(state.topic('t')!.partitions.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    expect([state.partition('t', 0), state.partition('t', 1)]).toEqual([first, second])
  })

  it('has no leaders when the last broker stops', () => {
    const state = cluster()
    for (const id of [1, 2, 3]) state.stopBroker(id, true)
    expect(leaders(state)).toEqual([-1, -1, -1, -1])
  })

  it.each([
    ['a topic twice', (state: ClusterState) => state.createTopic('t')],
    ['an impossible topic', (state: ClusterState) => state.createTopic('a b')],
    ['a topic without a name', (state: ClusterState) => state.createTopic(undefined as never)],
    ['an unknown topic setting', (s: ClusterState) => s.createTopic('x', { size: 1 } as never)],
    ['no partitions', (state: ClusterState) => state.createTopic('x', { partitions: 0 })],
    ['an unknown topic', (state: ClusterState) => state.moveLeader('x', 0, 1)],
    ['an unknown partition', (state: ClusterState) => state.moveLeader('t', 4, 1)],
    ['an unknown broker', (state: ClusterState) => state.moveLeader('t', 0, 4)],
    ['adding partitions to an unknown topic', (state: ClusterState) => state.addPartitions('x', 1)],
    ['adding no partitions', (state: ClusterState) => state.addPartitions('t', 0)],
    ['deleting a missing topic', (state: ClusterState) => state.deleteTopic('x')],
  ])('throws at %s', (_, act) => {
    expect(() => act(cluster())).toThrow(RangeError)
  })
})
