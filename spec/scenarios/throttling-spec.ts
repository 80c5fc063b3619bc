// Broker quotas (KIP-219): the answer comes at once and says for how long the client must wait; the
// broker does not read the connection for the same time. The pauses are measured in virtual time.

import { describe, expect, it } from 'vitest'
import { logOf, producerFor, singly, startCluster } from '../support/scenario.ts'
import { numbers, sendAll } from './numbers.ts'
import { gaps, VirtualStage } from './virtual-stage.ts'

const records = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ topic: 't', partition: 0, value: `${index}` }))

const oneByOne = {
  'linger.ms': 0,
  'batch.size': 1,
  'max.in.flight.requests.per.connection': 1,
} as const

describe('a client that is throttled', () => {
  it('loses nothing and keeps the order, over TCP', async () => {
    const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })
    cluster.on('Produce').throttle(3)
    const producer = producerFor(cluster, singly)

    const results = await Promise.all(
      [0, 1].map((partition) => sendAll(producer, numbers(0, 20, { partition }))),
    )

    for (const partition of [0, 1]) {
      expect(results[partition]?.map(({ offset }) => offset)).toEqual(
        numbers(0, 20).map(({ number }) => number),
      )
      expect((await logOf(cluster, 't', partition)).map(Number)).toEqual(
        numbers(0, 20).map(({ number }) => number),
      )
    }
  })

  it('sends nothing to that broker before the time is over, and then sends at once', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce').throttle(700)
    const arrivals = stage.arrivals('Produce')

    const results = stage.deliver(records(4), oneByOne)
    stage.clock.runUntil(10_000)

    expect(results).toHaveLength(4)
    expect(gaps(arrivals)).toEqual([702, 702, 702])
  })

  it('waits equally long, whichever answer requested it', () => {
    const stage = new VirtualStage({ topics: { t: {}, later: {} } })
    const producer = stage.producer(oneByOne)
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)
    stage.cluster.on('Metadata').throttle(500)
    const questions = stage.arrivals('Metadata')
    const arrivals = stage.arrivals('Produce')

    stage.deliverOn(producer, [{ topic: 'later', value: 'x' }])
    stage.clock.runUntil(10_000)

    expect([questions.length, arrivals.length]).toEqual([1, 1])
    expect(arrivals[0]! - questions[0]!).toBe(502)
  })

  it('continues with the other brokers meanwhile', () => {
    const stage = new VirtualStage({ brokers: 2, topics: { t: { partitions: 2 } } })
    stage.cluster.on('Produce', { broker: 1 }).throttle(60_000)
    const both = records(10).flatMap((record) => [record, { ...record, partition: 1 }])

    const results = stage.deliver(both, oneByOne)
    stage.clock.runUntil(1_000)

    const partitions = results.map((result) =>
      result.status === 'fulfilled' ? result.metadata.partition : -1,
    )
    expect(partitions.filter((partition) => partition === 1)).toHaveLength(10)
    expect(partitions.filter((partition) => partition === 0)).toHaveLength(1)
  })

  it('gives requests in flight the same time more before they time out', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 2 }).throttle(5_000)
    const config = { 'linger.ms': 0, 'batch.size': 1, 'request.timeout.ms': 1_000 }
    const attempts = stage.arrivals('Produce')

    const results = stage.deliver(records(4), { ...config, 'delivery.timeout.ms': 60_000 })
    stage.clock.runUntil(30_000)

    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
    expect(attempts).toHaveLength(4)
  })

  it('still times out after delivery.timeout.ms', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Produce', { nth: 1 }).throttle(60_000)
    const config = { ...oneByOne, 'request.timeout.ms': 1_000, 'delivery.timeout.ms': 5_000 }

    const results = stage.deliver(records(3), config)
    stage.clock.runUntil(10_000)

    expect(
      results.map((result) => (result.status === 'rejected' ? result.error.code : 'ok')),
    ).toEqual(['ok', 'DELIVERY_TIMEOUT', 'DELIVERY_TIMEOUT'])
  })
})
