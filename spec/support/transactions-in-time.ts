// Transactions with promises, in virtual time: a simulated cluster, and producers for it.

import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { SimulatedCluster, type SimulatedClusterOptions, VirtualClock } from 'to-kafka/testing'
import { passTime } from './pass-time.ts'

export function inTime(options: SimulatedClusterOptions = {}) {
  const topics = { t: { partitions: 2 }, in: { partitions: 4 } }
  const cluster = new SimulatedCluster({ topics, ...options })
  const clock = new VirtualClock()
  const runtime = cluster.runtime(clock)
  const configOf = (config: Partial<ProducerConfig> = {}): ProducerConfig => ({
    'bootstrap.servers': cluster.bootstrapServers,
    'transactional.id': 'id',
    'linger.ms': 0,
    ...config,
  })
  const producerOptions = { runtime, warnings: false }
  return {
    cluster,
    clock,
    configOf,
    producerOptions,
    producer: (config: Partial<ProducerConfig> = {}) =>
      new KafkaProducer(configOf(config), producerOptions),
    /** Lets this much time pass. */
    pass: (ms: number) => passTime(clock, ms),
    /** The result of a promise, while the necessary time passes. */
    async over<T>(promise: Promise<T>, ms = 100_000): Promise<T> {
      let isOver = false
      const end = () => {
        isOver = true
      }
      promise.then(end, end)
      const until = clock.now() + ms
      for (;;) {
        for (let turn = 0; turn < 20; turn += 1) await null
        if (isOver || !clock.step(until)) break
      }
      if (!isOver) throw new Error(`not over after ${ms} ms`)
      return promise
    },
    apis: () => cluster.requests.map(({ api, version }) => `${api} v${version}`),
    committed: () =>
      cluster.committedRecords('t').map(({ value }) => Buffer.from(value!).toString()),
  }
}

export const record = (value: string, partition = 0) => ({ topic: 't', value, partition })
