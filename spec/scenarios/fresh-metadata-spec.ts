// After librdkafka's 0146-metadata_mock: what makes the client request metadata, what it does with
// the answer, and when it sends no requests.

import { describe, expect, it } from 'vitest'
import { isNewest } from '../support/kafka-version.ts'
import { logOf, producerFor, startCluster } from '../support/scenario.ts'
import { numbers, producedBatches, sendEach } from './numbers.ts'
import { VirtualStage } from './virtual-stage.ts'

describe('a leader that changes while records are produced', () => {
  it.each([
    ['of one partition', [[0, 3]]],
    [
      'of two partitions',
      [
        [0, 3],
        [1, 4],
      ],
    ],
  ] as const)('%s is followed, and the queue moves to the new leader', async (_, moves) => {
    const cluster = await startCluster({ brokers: 4, topics: { t: { partitions: 2 } } })
    const producer = producerFor(cluster)
    const both = (from: number, to: number) =>
      [0, 1].map((partition) => sendEach(producer, numbers(from, to, { partition })))
    await Promise.all(both(0, 2))
    for (const [partition, leader] of moves) cluster.moveLeader('t', partition, leader)
    const before = producedBatches(cluster).length

    await Promise.all(both(2, 5))

    for (const partition of [0, 1]) {
      expect(await logOf(cluster, 't', partition)).toEqual(['0', '1', '2', '3', '4'])
    }
    const last = (partition: number) =>
      producedBatches(cluster)
        .slice(before)
        .findLast((batch) => batch.partition === partition)?.broker
    for (const [partition, leader] of moves) expect(last(partition)).toBe(leader)
  })
})

const record = { topic: 't', value: 'x' }
const hour = 3_600_000
/** Age alone causes a metadata request only after this time. */
const ageless = { 'metadata.max.age.ms': 10 * hour, 'linger.ms': 0 } as const

describe('a refresh', () => {
  it('that names the same leader is not repeated', () => {
    const stage = new VirtualStage({ brokers: 3 })
    const questions = stage.arrivals('Metadata')
    stage.cluster.on('Produce', { nth: 1 }).reply('KAFKA_STORAGE_ERROR')

    const results = stage.deliver([record], ageless)
    stage.clock.runUntil(hour)

    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
    expect(questions).toHaveLength(2)
  })

  it('that still finds an error of the topic is repeated until the error has passed', () => {
    const stage = new VirtualStage({ brokers: 3 })
    const questions = stage.arrivals('Metadata')
    stage.cluster.on('Produce', { nth: 1 }).reply('KAFKA_STORAGE_ERROR')
    const trouble = stage.cluster.on('Metadata', { nth: 2, times: 6 }).reply('KAFKA_STORAGE_ERROR')

    const results = stage.deliver([record], ageless)
    stage.clock.runUntil(hour)

    expect(trouble.hits).toBe(6)
    expect(questions).toHaveLength(8)
    expect(results).toMatchObject([{ status: 'fulfilled', metadata: { offset: 0 } }])
  })

  it('that finds a temporary error of the topic fails no record, old or new', () => {
    const stage = new VirtualStage({ brokers: 3 })
    stage.cluster.on('Produce', { nth: 1 }).reply('KAFKA_STORAGE_ERROR')
    const trouble = stage.cluster.on('Metadata', { nth: 2, times: 9 }).reply('KAFKA_STORAGE_ERROR')
    const producer = stage.producer(ageless)

    const results = stage.deliverOn(producer, [record, record])
    stage.clock.runUntil(500)
    const later = stage.deliverOn(producer, [record, record])
    stage.clock.runUntil(hour)

    expect(trouble.hits).toBe(9)
    const offsets = [...results, ...later].map((result) =>
      result.status === 'fulfilled' ? result.metadata.offset : result.error.code,
    )
    expect(offsets).toEqual([0, 1, 2, 3])
  })

  // Older brokers give no hint in an answer to Produce, and the metadata of all these brokers is
  // frozen.
  it.runIf(isNewest)('never restores a leader of an older epoch', () => {
    const stage = new VirtualStage({ brokers: 3 })
    const producer = stage.producer(ageless)
    stage.deliverOn(producer, [record])
    stage.clock.runUntil(1_000)
    stage.cluster.freezeView(1)
    stage.cluster.freezeView(2)
    stage.cluster.freezeView(3)
    stage.cluster.moveLeader('t', 0, 3)

    const results = stage.deliverOn(producer, [record])
    stage.clock.runUntil(2_000)
    const asked = stage.arrivals('Produce')
    stage.cluster.on('Produce', { times: 1 }).reply('KAFKA_STORAGE_ERROR')
    const again = stage.deliverOn(producer, [record])
    stage.clock.runUntil(10_000)

    expect([...results, ...again]).toMatchObject([
      { metadata: { offset: 1 } },
      { metadata: { offset: 2 } },
    ])
    expect(asked).toHaveLength(2)
    const brokers = stage.cluster.requests.filter(({ api }) => api === 'Produce')
    expect(brokers.map(({ broker }) => broker)).toEqual([1, 1, 3, 3, 3])
  })

  it('happens at the maximum age if everything works, and not sooner', () => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'metadata.max.age.ms': 60_000, 'linger.ms': 0 })
    const questions = stage.arrivals('Metadata')
    const askedAfter = (ms: number) => {
      stage.clock.runUntil(stage.clock.now() + ms)
      stage.deliverOn(producer, [record])
      stage.clock.runUntil(stage.clock.now() + 10)
      return questions.length
    }

    expect([0, 10_000, 20_000, 20_000].map(askedAfter)).toEqual([1, 1, 1, 1])
    expect([20_000, 70_000, 70_000].map(askedAfter)).toEqual([2, 3, 4])
  })
})
