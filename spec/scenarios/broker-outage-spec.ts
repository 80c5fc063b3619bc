// A broker stops and returns: it is stopped and started, paused for longer than the request
// timeout, or left out of metadata although it works.

import { describe, expect, it } from 'vitest'
import { logOf, producerFor, requestsOf, startCluster, until } from '../support/scenario.ts'
import { numbers, producedBatches, sendAll, sendEach, texts } from './numbers.ts'

/** Short, so that specs need not wait; nothing is asserted about it. */
const shortPatience = {
  'request.timeout.ms': 100,
  'socket.connection.setup.timeout.ms': 100,
  'socket.connection.setup.timeout.max.ms': 100,
} as const

describe('a broker that stops', () => {
  it('is replaced by the brokers that take over its partitions', async () => {
    const cluster = await startCluster({ brokers: 3, topics: { t: { partitions: 3 } } })
    const producer = producerFor(cluster)
    const everywhere = (from: number, to: number) =>
      Promise.all(
        [0, 1, 2].map((partition) => sendEach(producer, numbers(from, to, { partition }))),
      )
    await everywhere(0, 3)
    await cluster.stopBroker(1)

    await everywhere(3, 6)

    for (const partition of [0, 1, 2]) {
      expect(await logOf(cluster, 't', partition)).toEqual(texts(0, 6))
    }
  })

  it('keeps its records waiting until it returns, if no other broker takes over', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 3))
    await cluster.stopBroker(1, { failover: false })
    const results = sendAll(producer, numbers(3, 6))
    const asked = requestsOf(cluster, 'Metadata').length
    await until(() => requestsOf(cluster, 'Metadata').length > asked + 3)
    await cluster.startBroker(1)

    expect((await results).map(({ offset }) => offset)).toEqual([3, 4, 5])
    expect(await logOf(cluster)).toEqual(texts(0, 6))
  })

  it('in the middle of a request loses no record, and stores none twice', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster)
    await sendEach(producer, numbers(0, 1))
    const stopped: Promise<void>[] = []
    cluster
      .on('Produce', { nth: 1 })
      .call(() => stopped.push(cluster.stopBroker(1)))
      .closeAfterAppend()

    const results = await sendEach(producer, numbers(1, 4))
    await Promise.all(stopped)

    expect(results.map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(await logOf(cluster)).toEqual(texts(0, 4))
  })

  it('and starts again and again leaves each record in the log once', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster, { 'batch.size': 100 })
    const results: ReturnType<typeof sendAll>[] = []
    for (let round = 0; round < 6; round++) {
      const produced = producedBatches(cluster).length
      // A hundred batches or more each time: some are in flight when the broker stops.
      results.push(sendAll(producer, numbers(round * 400, (round + 1) * 400)))
      await until(() => producedBatches(cluster).length > produced + 3)
      const leader = cluster.leaderOf('t', 0)
      await cluster.stopBroker(leader)
      await cluster.startBroker(leader)
    }

    expect((await Promise.all(results)).flat().map(({ offset }) => offset)).toEqual(
      numbers(0, 2_400).map((r) => r.number),
    )
    expect(await logOf(cluster)).toEqual(texts(0, 2_400))
  })
})

describe('a broker that is paused', () => {
  it('for longer than the request timeout loses its partitions to others, in order', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster, shortPatience)
    await sendEach(producer, numbers(0, 3))
    cluster.pauseBroker(1)
    const results = sendAll(producer, numbers(3, 6))
    cluster.moveLeader('t', 0, 2)

    expect((await results).map(({ offset }) => offset)).toEqual([3, 4, 5])
    cluster.resumeBroker(1)
    await sendEach(producer, numbers(6, 7))
    expect(await logOf(cluster)).toEqual(texts(0, 7))
  })

  it('and resumes as the leader answers the repeats, and stores none twice', async () => {
    const cluster = await startCluster({ brokers: 2 })
    const producer = producerFor(cluster, shortPatience)
    await sendEach(producer, numbers(0, 3))
    cluster.pauseBroker(1)
    const results = sendAll(producer, numbers(3, 6))
    const asked = requestsOf(cluster, 'Metadata').length
    // The client asks other brokers only once the request has timed out.
    await until(() => requestsOf(cluster, 'Metadata').length > asked)
    cluster.resumeBroker(1)

    expect((await results).map(({ offset }) => offset)).toEqual([3, 4, 5])
    expect(await logOf(cluster)).toEqual(texts(0, 6))
  })

  it('does not hold up other brokers', async () => {
    const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })
    const producer = producerFor(cluster)
    for (const partition of [0, 1]) await sendEach(producer, numbers(0, 1, { partition }))
    cluster.pauseBroker(1)
    const stuck = sendAll(producer, numbers(1, 2, { partition: 0 }))

    const flowing = await sendEach(producer, numbers(1, 50, { partition: 1 }))

    expect(flowing).toHaveLength(49)
    cluster.resumeBroker(1)
    expect((await stuck)[0]?.offset).toBe(1)
  })
})

describe('a broker that is left out of metadata', () => {
  it('gets no request, although it leads, until it is named again', async () => {
    const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })
    cluster.hideBroker(1)
    const producer = producerFor(cluster)
    const hidden = sendAll(producer, numbers(0, 3, { partition: 0 }))
    const seen = await sendEach(producer, numbers(0, 3, { partition: 1 }))
    const asked = requestsOf(cluster, 'Metadata').length
    await until(() => requestsOf(cluster, 'Metadata').length > asked + 2)
    const producedBefore = producedBatches(cluster)
    cluster.showBroker(1)

    expect((await hidden).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(seen.map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(producedBefore.map(({ partition }) => partition)).not.toContain(0)
  })
})
