// Topics are created, deleted, recreated and extended while records are sent to them.

import { KafkaProducer } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  logOf,
  producerFor,
  requestsOf,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'
import { numbers, producedBatches, sendAll, sendEach } from './numbers.ts'
import { VirtualStage } from './virtual-stage.ts'

const later = (from: number, to: number, partition = 0) =>
  numbers(from, to, { topic: 'later', partition })

describe('a topic that is created', () => {
  it('after its records were sent takes them in order', async () => {
    const cluster = await startCluster()
    const results = sendAll(producerFor(cluster), later(0, 5))
    await until(() => requestsOf(cluster, 'Metadata').length > 2)
    cluster.createTopic('later')

    expect((await results).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
    expect(await logOf(cluster, 'later')).toEqual(['0', '1', '2', '3', '4'])
  })

  it('does not hold up other topics', async () => {
    const { cluster, producer } = await startProducer()
    const waiting = sendAll(producer, later(0, 1))

    await sendEach(producer, numbers(0, 5))

    expect(await logOf(cluster)).toHaveLength(5)
    cluster.createTopic('later')
    await waiting
  })

  it('is created by brokers with auto.create.topics.enable', async () => {
    const cluster = await startCluster({ autoCreateTopics: true, defaultPartitions: 3 })

    const results = await sendEach(producerFor(cluster), later(0, 3, 2))

    expect(results.map(({ partition, offset }) => [partition, offset])).toEqual([
      [2, 0],
      [2, 1],
      [2, 2],
    ])
  })

  it('too late for its records, which fail with METADATA_TIMEOUT, takes the next ones', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'max.block.ms': 1000 })
    const early = stage.deliverOn(producer, later(0, 1))
    stage.clock.runUntil(2000)
    stage.cluster.createTopic('later')
    const next = stage.deliverOn(producer, later(1, 2))
    stage.clock.runUntil(3000)

    const error = { code: 'METADATA_TIMEOUT', persisted: 'no', topic: 'later' }
    const cause = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    expect(early).toMatchObject([{ status: 'rejected', error: { ...error, cause } }])
    expect(next).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
  })
})

describe('a topic that is deleted', () => {
  it('and recreated takes the records from then on', async () => {
    const { cluster, producer } = await startProducer()
    await sendEach(producer, numbers(0, 3))
    cluster.deleteTopic('t')
    const results = sendAll(producer, numbers(3, 6))
    const asked = requestsOf(cluster, 'Metadata').length
    await until(() => requestsOf(cluster, 'Metadata').length > asked + 1)
    cluster.createTopic('t')

    expect((await results).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(await logOf(cluster)).toEqual(['3', '4', '5'])
  })

  // Metadata before v10 has no topic ids, and before v9 no epochs that can be trusted.
  it.each([
    { produce: 9, metadata: 13 },
    { produce: 12, metadata: 13 },
    { produce: 13, metadata: 13 },
    { produce: 12, metadata: 9 },
    { produce: 8, metadata: 8 },
  ])(
    'and recreated at once takes records with lower leader epochs (Produce v$produce, Metadata v$metadata)',
    async ({ produce, metadata }) => {
      const versions = { Produce: [0, produce], Metadata: [0, metadata] } as const
      const cluster = await startCluster({ brokers: 2, versions })
      for (const leader of [2, 1, 2]) cluster.moveLeader('t', 0, leader)
      const producer = producerFor(cluster)
      await sendEach(producer, numbers(0, 3))
      cluster.deleteTopic('t')
      cluster.createTopic('t')

      const results = await sendEach(producer, numbers(3, 6))

      expect(results.map(({ offset }) => offset)).toEqual([0, 1, 2])
      expect(await logOf(cluster)).toEqual(['3', '4', '5'])
      expect(producedBatches(cluster).at(-1)?.broker).toBe(1)
    },
  )

  it('for good fails accepted records after delivery.timeout.ms', () => {
    const stage = new VirtualStage()
    const limits = { 'request.timeout.ms': 1000, 'delivery.timeout.ms': 3000 }
    const producer = stage.producer(limits)
    stage.deliverOn(producer, numbers(0, 1))
    stage.clock.runUntil(1000)
    stage.cluster.deleteTopic('t')
    const results = stage.deliverOn(producer, numbers(1, 2))
    stage.clock.runUntil(10_000)

    const error = { code: 'DELIVERY_TIMEOUT', topic: 't', partition: 0 }
    expect(results).toMatchObject([{ status: 'rejected', error }])
  })

  it('does not affect streams to other topics', async () => {
    const cluster = await startCluster({ topics: { t: {}, later: {} } })
    const producer = producerFor(cluster)
    await Promise.all([sendEach(producer, numbers(0, 2)), sendEach(producer, later(0, 2))])
    cluster.deleteTopic('later')
    const stuck = sendAll(producer, later(2, 3))

    await sendEach(producer, numbers(2, 20))

    expect(await logOf(cluster)).toHaveLength(20)
    cluster.createTopic('later')
    await stuck
  })
})

describe('a topic that grows', () => {
  it('is requested again for a record of a partition that did not exist', async () => {
    const cluster = await startCluster({ brokers: 3 })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    const results = sendAll(producer, numbers(1, 4, { partition: 2 }))
    const asked = requestsOf(cluster, 'Metadata').length
    await until(() => requestsOf(cluster, 'Metadata').length > asked)
    cluster.addPartitions('t', 2)

    expect((await results).map(({ partition, offset }) => [partition, offset])).toEqual([
      [2, 0],
      [2, 1],
      [2, 2],
    ])
    expect(producedBatches(cluster).at(-1)?.broker).toBe(3)
  })

  it('gets keyed records in its new partitions once metadata has listed them', async () => {
    const cluster = await startCluster({ brokers: 3 })
    const producer = new KafkaProducer<string, string>({
      'bootstrap.servers': cluster.bootstrapServers,
      'linger.ms': 0,
      'metadata.max.age.ms': 20,
    })
    const keyed = (key: string) => producer.send({ topic: 't', key, value: key })
    try {
      const before = await Promise.all(keys.map(keyed))
      cluster.addPartitions('t', 2)
      let after = await Promise.all(keys.map(keyed))
      while (new Set(partitionsOf(after)).size < 3) after = await Promise.all(keys.map(keyed))

      expect(new Set(partitionsOf(before))).toEqual(new Set([0]))
      // As in Java: murmur2 of the key, modulo three.
      expect(partitionsOf(after)).toEqual(partitionsOf(await Promise.all(keys.map(keyed))))
    } finally {
      await producer.close()
    }
  })

  it('does not move a record that already has its partition', async () => {
    const cluster = await startCluster({ brokers: 2 })
    cluster.on('Produce', { nth: 1 }).call(() => cluster.addPartitions('t', 3))
    cluster.on('Produce', { nth: 1 }).reply('NOT_LEADER_OR_FOLLOWER')
    const producer = producerFor(cluster)

    const results = await sendAll(producer, numbers(0, 10))

    expect(results.map(({ partition, offset }) => [partition, offset])).toEqual(
      numbers(0, 10).map(({ number }) => [0, number]),
    )
  })

  const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`)
  const partitionsOf = (list: readonly { readonly partition: number }[]) =>
    list.map(({ partition }) => partition)
})
