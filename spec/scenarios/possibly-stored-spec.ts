// After librdkafka's 0144-idempotence_mock: batches that may have been stored when the connection
// broke are neither lost nor written twice, and there is no fatal error.

import { describe, expect, it } from 'vitest'
import {
  logOf,
  producerFor,
  requestsOf,
  singly,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'
import { numbers, producedBatches, sendAll, texts } from './numbers.ts'
import { TcpProxy } from './tcp-proxy.ts'

/** Five records are in the log, and then no answer arrives any more. */
async function settledFive() {
  const cluster = await startCluster()
  const proxy = await TcpProxy.start(cluster.bootstrapServers)
  const producer = producerFor(cluster, singly, { runtime: proxy.runtime })
  await sendAll(producer, numbers(0, 5))
  proxy.holdAnswers()
  const produced = () => requestsOf(cluster, 'Produce').length
  return { cluster, proxy, producer, produced, before: produced() }
}

describe('five batches in flight when the connection breaks', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'of which %i were stored: each is in the log once, in order',
    async (stored) => {
      const { cluster, proxy, producer, produced, before } = await settledFive()
      cluster.on('Produce', { nth: stored + 1 }).closeBeforeAppend()
      const results = sendAll(producer, numbers(5, 10))
      await until(() => produced() === before + Math.min(stored + 1, 5))
      cluster.on('Produce', { times: 1 }).reply('NOT_ENOUGH_REPLICAS')
      proxy.cut()
      proxy.open()

      expect((await results).map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9])
      expect(await logOf(cluster)).toEqual(texts(0, 10))
    },
  )

  it.each([1, 2, 3, 4, 5])(
    'and %i of them were sent before: the rest follows them',
    async (sent) => {
      const { cluster, proxy, producer, produced, before } = await settledFive()
      const first = sendAll(producer, numbers(5, 5 + sent))
      await until(() => produced() === before + sent)
      proxy.cut()
      const second = sendAll(producer, numbers(5 + sent, 10))
      proxy.open()

      const offsets = [...(await first), ...(await second)].map(({ offset }) => offset)
      expect(offsets).toEqual([5, 6, 7, 8, 9])
      expect(await logOf(cluster)).toEqual(texts(0, 10))
    },
  )

  it('are sent again under their old numbers, and the producer keeps its id', async () => {
    const { cluster, proxy, producer, produced, before } = await settledFive()
    const results = sendAll(producer, numbers(5, 10))
    await until(() => produced() === before + 5)
    proxy.cut()
    proxy.open()
    await results

    const again = producedBatches(cluster).slice(before + 5)
    expect(again.map(({ first, baseSequence }) => [first, baseSequence])).toEqual([
      ['5', 5],
      ['6', 6],
      ['7', 7],
      ['8', 8],
      ['9', 9],
    ])
    expect(new Set(again.map(({ producerEpoch }) => producerEpoch))).toEqual(new Set([0]))
    expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(1)
  })
})

describe('a batch that may have been stored', () => {
  it('succeeds if its repeat is a duplicate, with an unknown offset', async () => {
    const { cluster, proxy, producer, produced, before } = await settledFive()
    const results = sendAll(producer, numbers(5, 10))
    await until(() => produced() === before + 5)
    cluster.on('Produce', { times: 1 }).reply('DUPLICATE_SEQUENCE_NUMBER')
    proxy.cut()
    proxy.open()

    expect((await results).map(({ offset }) => offset)).toEqual([-1, 6, 7, 8, 9])
    expect(await logOf(cluster)).toEqual(texts(0, 10))
  })

  it('succeeds at its first offset after NOT_ENOUGH_REPLICAS_AFTER_APPEND', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 1 }).reply('NOT_ENOUGH_REPLICAS_AFTER_APPEND')
    const producer = producerFor(cluster, singly)

    const results = await sendAll(producer, numbers(0, 5))

    expect(results.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
    expect(await logOf(cluster)).toEqual(texts(0, 5))
  })

  it.each([1, 2, 3, 4, 5])(
    'leaves no gap in the numbers if it was number %i of five',
    async (nth) => {
      const { cluster, producer } = await startProducer(singly)
      await sendAll(producer, numbers(0, 5))
      cluster.on('Produce', { nth }).reply('REQUEST_TIMED_OUT')

      const results = await sendAll(producer, numbers(5, 10))

      expect(results.map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9])
      expect(await logOf(cluster)).toEqual(texts(0, 10))
    },
  )
})
