// A leader moves while a stream runs. Brokers with Produce v10 or newer name the new one (KIP-951);
// with older brokers, the client has to request it.

import { from, lastValueFrom, toArray } from 'rxjs'
import { toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { isNewest } from '../support/kafka-version.ts'
import {
  configFor,
  logOf,
  producerFor,
  requestsOf,
  singly,
  startCluster,
} from '../support/scenario.ts'
import { type Numbered, numbers, producedBatches, sendAll, sendEach, texts } from './numbers.ts'

describe('a leader that moves', () => {
  it.runIf(isNewest)(
    'is followed by the hint in the refusal, even if all metadata is older',
    async () => {
      const cluster = await startCluster({ brokers: 3 })
      const producer = producerFor(cluster)
      await sendEach(producer, numbers(0, 1))
      for (const id of [1, 2, 3]) cluster.freezeView(id)
      cluster.moveLeader('t', 0, 3)

      await sendEach(producer, numbers(1, 3))

      expect(producedBatches(cluster).map(({ broker, first }) => [broker, first])).toEqual([
        [1, '0'],
        [1, '1'],
        [3, '1'],
        [3, '2'],
      ])
    },
  )

  it('is found once metadata is current if brokers give no hints', async () => {
    const cluster = await startCluster({ brokers: 3, versions: { Produce: [0, 9] } })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    for (const id of [1, 2, 3]) cluster.freezeView(id)
    cluster.moveLeader('t', 0, 3)
    cluster.on('Produce', { nth: 4 }).call(() => {
      for (const id of [1, 2, 3]) cluster.thawView(id)
    })

    await sendEach(producer, numbers(1, 3))

    const brokers = producedBatches(cluster).map(({ broker }) => broker)
    expect(brokers.slice(0, 5)).toEqual([1, 1, 1, 1, 1])
    expect(brokers.slice(-2)).toEqual([3, 3])
    expect(await logOf(cluster)).toEqual(texts(0, 3))
  })

  it('is requested if brokers give no hints', async () => {
    const cluster = await startCluster({ brokers: 3, versions: { Produce: [0, 9] } })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    const asked = requestsOf(cluster, 'Metadata').length
    cluster.moveLeader('t', 0, 3)

    await sendEach(producer, numbers(1, 3))

    expect(await logOf(cluster)).toEqual(texts(0, 3))
    expect(producedBatches(cluster).at(-1)?.broker).toBe(3)
    expect(requestsOf(cluster, 'Metadata').length).toBeGreaterThan(asked)
  })

  it.each([7, 9, 12, 13])('does not change the order of records (Produce v%i)', async (version) => {
    const topics = { t: { partitions: 3 } }
    const cluster = await startCluster({ brokers: 3, topics, versions: { Produce: [0, version] } })
    for (const [nth, partition, leader] of [
      [3, 0, 2],
      [6, 1, 3],
      [9, 0, 3],
      [12, 2, 1],
      [15, 0, 1],
    ] as const) {
      cluster.on('Produce', { nth }).call(() => cluster.moveLeader('t', partition, leader))
    }
    const records = numbers(0, 3_000).map(
      (record): Numbered => ({ ...record, partition: record.number % 3 }),
    )
    const config = configFor(cluster, { 'batch.size': 500 })

    const results = await lastValueFrom(from(records).pipe(toKafka(config), toArray()))

    expect(results).toHaveLength(3_000)
    expect(requestsOf(cluster, 'Produce').length).toBeGreaterThan(15)
    for (const partition of [0, 1, 2]) {
      const log = (await logOf(cluster, 't', partition)).map(Number)
      expect(log).toEqual(Array.from({ length: 1_000 }, (_, index) => index * 3 + partition))
    }
    for (const { partition, offset, record } of results) {
      expect([partition, offset]).toEqual([record.number % 3, Math.floor(record.number / 3)])
    }
  })

  it('away and back, with five batches in flight, leaves them in order', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster, singly)
    await sendEach(producer, numbers(0, 1))
    cluster.on('Produce', { broker: 1, nth: 2 }).call(() => cluster.moveLeader('t', 0, 2))
    cluster.on('Produce', { broker: 2, nth: 2 }).call(() => cluster.moveLeader('t', 0, 1))

    const results = await sendAll(producer, numbers(1, 11))

    expect(results.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(await logOf(cluster)).toEqual(texts(0, 11))
  })

  it('to no broker holds its records until there is a leader', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    cluster.moveLeader('t', 0, -1)
    const asked = requestsOf(cluster, 'Metadata').length
    cluster.on('Metadata', { nth: 5 }).call(() => cluster.moveLeader('t', 0, 2))

    await sendEach(producer, numbers(1, 3))

    expect(await logOf(cluster)).toEqual(texts(0, 3))
    expect(requestsOf(cluster, 'Metadata').length).toBeGreaterThanOrEqual(asked + 5)
  })

  it('twice gets records only at the last leader', async () => {
    const cluster = await startCluster({ brokers: 3 })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    cluster.moveLeader('t', 0, 2)
    cluster.moveLeader('t', 0, 3)

    await sendEach(producer, numbers(1, 2))

    const brokers = producedBatches(cluster).map(({ broker }) => broker)
    // Without a hint, the first leader may be tried again before metadata names another.
    expect(isNewest ? brokers : [...new Set(brokers)]).toEqual(isNewest ? [1, 1, 3] : [1, 3])
  })
})
