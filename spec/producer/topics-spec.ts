import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../lib/cluster/cluster.ts'
import { Topology } from '../../lib/cluster/topology.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { Topics } from '../../lib/producer/topics.ts'
import { zeroUuid } from '../../lib/protocol/defaults.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'

/** The few things that it needs from a cluster. */
class FakeCluster {
  readonly topics = new TopicTable({ now: () => 0 })
  readonly topology = new Topology([], this.topics)
  readonly used: string[] = []
  lastError: unknown = null
  updates = 0
  /** Whether the metadata is too old. */
  isAged = false

  use(topic: string) {
    this.used.push(topic)
    return this.topics.of(topic)
  }

  topicOf(name: string) {
    const topic = this.topics.get(name)
    return topic?.error === null ? undefined : topic
  }

  usable(name: string) {
    const topic = this.topics.get(name)
    return topic === undefined || topic.partitions.length === 0 || this.isAged ? undefined : topic
  }

  requestUpdate(): void {
    this.updates += 1
  }
}

const brokers = [1, 2].map((id) => ({ id, host: 'h', port: id }))
const options = { batchSize: 100, random: () => 0 } as ConstructorParameters<typeof Topics>[1]

function stage() {
  const cluster = new FakeCluster()
  const topics = new Topics(cluster as unknown as Cluster, options)
  /** Applies an answer that names the leaders of a topic's partitions. */
  const learn = (name: string, leaders: readonly number[], error = 0) => {
    const partitions = leaders.map((leaderId) => ({ leaderId, leaderEpoch: 0 }))
    const told = [{ name, id: zeroUuid, error, partitions }]
    topics.changed(cluster.topology.tell({ brokers, topics: told }, 0))
  }
  return { cluster, topics, learn }
}

describe('Topics', () => {
  it('requests unknown topics, and finds them when they are known', () => {
    const { cluster, topics, learn } = stage()
    expect(topics.find('t')).toBeNull()
    expect(cluster.used).toEqual(['t'])
    learn('t', [1, -1, 2])
    expect(topics.find('t')!.info).toEqual({
      name: 't',
      partitionCount: 3,
      availablePartitions: [0, 2],
    })
  })

  it('keeps the state of a topic, and its sticky choice, in every refresh', () => {
    const { topics, learn } = stage()
    learn('t', [1, 1])
    const place = topics.find('t')!
    expect(place.sticky.partition()).toBe(0)
    learn('t', [1, 1, 1])
    expect(topics.find('t')).toBe(place)
    expect(place.info.partitionCount).toBe(3)
    expect(place.sticky.partition()).toBe(0)
  })

  it('finds no partition in a topic with an error, and the same as before when the error has passed', () => {
    const { cluster, topics, learn } = stage()
    learn('t', [1])
    const place = topics.find('t')
    learn('t', [], 3)
    expect(topics.find('t')).toBeNull()
    learn('t', [1])
    topics.served()
    expect(topics.find('t')).toBe(place)
    expect(cluster.used).toEqual(['t', 't'])
  })

  it('finds no partition in a topic whose metadata is too old, and requests it', () => {
    const { cluster, topics, learn } = stage()
    learn('t', [1])
    cluster.isAged = true
    expect(topics.find('t')).toBeNull()
    expect(cluster.used).toEqual(['t'])
  })

  it('marks a topic as used once for each burst', () => {
    const { cluster, topics, learn } = stage()
    learn('t', [1])
    for (let record = 0; record < 3; record += 1) topics.find('t')
    expect(cluster.used).toEqual(['t'])
    topics.burstEnded()
    topics.find('t')
    expect(cluster.used).toEqual(['t', 't'])
  })

  it('never requests an impossible topic name, and says why', () => {
    const { cluster, topics } = stage()
    for (const name of ['', '.', '..', 'a b', 'ä', 'x'.repeat(250)]) {
      expect(topics.find(name)).toBeNull()
      expect(topics.refusal(name)).toMatchObject({
        code: 'INVALID_TOPIC_EXCEPTION',
        cause: { code: 'INVALID_TOPIC_EXCEPTION' },
      })
    }
    expect(cluster.used).toEqual([])
    expect(topics.refusal('x'.repeat(249))).toBeNull()
    expect(topics.refusal('a.B_c-9')).toBeNull()
  })

  it('refuses for good only for permanent errors', () => {
    const { topics, learn } = stage()
    learn('t', [], 29)
    expect(topics.find('t')).toBeNull()
    expect(topics.refusal('t')).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
    learn('u', [], 3)
    expect(topics.find('u')).toBeNull()
    expect(topics.refusal('u')).toBeNull()
  })

  it('refuses an unauthorized topic for waiting records, and requests it again for the next', () => {
    const { cluster, topics, learn } = stage()
    learn('t', [], 29)
    expect([topics.find('t'), cluster.used]).toEqual([null, []])
    expect(topics.refusal('t')).not.toBeNull()
    topics.served()
    expect([topics.find('t'), cluster.used]).toEqual([null, ['t']])
    expect(topics.refusal('t')).toBeNull()
    expect(topics.lastError('t')).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
  })

  it('refuses a name that brokers call invalid for good', () => {
    const { topics, learn } = stage()
    learn('t', [], 17)
    topics.served()
    expect(topics.refusal('t')).toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION' })
  })

  it('names why a topic was not found: its own error rather than that of a connection', () => {
    const { cluster, topics, learn } = stage()
    expect(topics.lastError('t')).toBeUndefined()
    cluster.lastError = new ConnectionError('CONNECT_FAILED', 'refused')
    expect(topics.lastError('t')).toBe(cluster.lastError)
    learn('t', [], 5)
    expect(topics.lastError('t')).toMatchObject({ code: 'LEADER_NOT_AVAILABLE' })
  })

  it('refreshes all metadata if a partition number is beyond the known ones', () => {
    const { cluster, topics } = stage()
    topics.outgrown()
    expect(cluster.updates).toBe(1)
  })

  it('tells all observers of every change', () => {
    const { topics, learn } = stage()
    const told: string[] = []
    topics.watch((changed) => told.push(`one of ${changed?.map(({ name }) => name)}`))
    topics.watch(() => told.push('other'))
    learn('t', [1])
    expect(told).toEqual(['one of t', 'other'])
    topics.end()
    expect(told.slice(2)).toEqual(['one of undefined', 'other'])
  })
})
