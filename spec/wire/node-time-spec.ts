import { MockCluster, TopicReader } from 'to-kafka/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { KafkaProducer } from '../../lib/producer/kafka-producer.ts'

/** Sends after a linger to a broker that delays its answer, and reads that back. */
async function journey(): Promise<number> {
  await using cluster = await MockCluster.start({ topics: { t: {} } })
  cluster.on('Produce', { nth: 1 }).delay(5)
  await using producer = new KafkaProducer({
    'bootstrap.servers': cluster.bootstrapServers,
    'linger.ms': 5,
  })
  await producer.send({ topic: 't', value: 'a' })
  await using reader = await TopicReader.open(cluster.bootstrapServers, 't')
  const { value } = await reader.batches(0, { from: 0, to: 1 }).next()
  return value!.records.length
}

it('goes on while the timers of a test are fake', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  expect(await journey()).toBe(1)
})

it("is Node's where the globals are those of a browser, as in jsdom", async () => {
  const { setTimeout } = globalThis
  vi.stubGlobal('setTimeout', (...given: Parameters<typeof setTimeout>) => +setTimeout(...given))
  vi.stubGlobal('setImmediate', undefined)
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(await journey()).toBe(1)
})
