// What every scenario over TCP starts from: a mock cluster, producers that ask it soon again, and a
// look at what landed. All of it is closed after each spec, and each spec ends by finding that no
// client has broken the protocol.

import { KafkaProducer, type ProducerConfig, type ProducerRecord } from 'to-kafka'
import {
  type ApiName,
  MockCluster,
  type MockClusterOptions,
  type MockRequest,
} from 'to-kafka/testing'
import { afterEach, expect } from 'vitest'
import { readBatches } from '../../lib/records/batch-reader.ts'
import type { Runtime } from '../../lib/runtime.ts'

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

export interface Numbered extends ProducerRecord<string, string> {
  readonly number: number
}

/** Retries, refreshes and reconnects follow at once: specs wait for what happens, not for time. */
export const soonAgain = {
  'linger.ms': 0,
  'retry.backoff.ms': 2,
  'retry.backoff.max.ms': 10,
  'reconnect.backoff.ms': 2,
  'reconnect.backoff.max.ms': 10,
} as const

/** A batch a record. */
export const singly = { 'batch.size': 1 } as const

const ending: (() => Promise<unknown>)[] = []
const clusters: MockCluster[] = []

/** What is opened last is closed first. */
export function atEnd(end: () => Promise<unknown>): void {
  ending.push(end)
}

afterEach(async () => {
  const broken = clusters.splice(0).flatMap(({ violations }) => violations)
  for (const end of ending.splice(0).reverse()) await end()
  expect(broken).toEqual([])
})

export async function mockCluster(options: MockClusterOptions = {}): Promise<MockCluster> {
  const cluster = await MockCluster.start({ topics: { t: {} }, ...options })
  clusters.push(cluster)
  atEnd(() => cluster.close())
  return cluster
}

/** From now on nobody looks at the protocol's violations: the spec itself brings them about. */
export function forgiven(cluster: MockCluster): void {
  clusters.splice(clusters.indexOf(cluster), 1)
}

export function producerFor(
  { bootstrapServers }: Pick<MockCluster, 'bootstrapServers'>,
  config: Config = {},
  runtime?: Runtime,
): KafkaProducer {
  const all = { ...soonAgain, 'bootstrap.servers': bootstrapServers, ...config }
  const producer = new KafkaProducer(all, runtime === undefined ? {} : { runtime })
  atEnd(() => producer.close({ timeout: 0 }))
  return producer
}

/** Records `from` to `to` (not included) of a partition, each its number. */
export function numbers(
  from: number,
  to: number,
  { topic = 't', partition = 0 }: { topic?: string; partition?: number } = {},
): Numbered[] {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index
    return { topic, partition, value: `${number}`, number }
  })
}

/** Sends records in one burst. */
export function sendAll(producer: KafkaProducer, records: readonly Numbered[]) {
  return Promise.all(records.map((record) => producer.send(record)))
}

/** Sends records one by one, each after the result of the one before. */
export async function sendEach(producer: KafkaProducer, records: readonly Numbered[]) {
  const results = []
  for (const record of records) results.push(await producer.send(record))
  return results
}

/** The values of a partition, in log order. */
export async function logOf(cluster: MockCluster, topic = 't', partition = 0): Promise<string[]> {
  const records = await cluster.records(topic)
  return records
    .filter((record) => record.partition === partition)
    .map(({ valueText }) => valueText as string)
}

export function requestsOf<A extends ApiName>(
  cluster: Pick<MockCluster, 'requests'>,
  api: A,
): Extract<MockRequest, { api: A }>[] {
  return cluster.requests.filter((request) => request.api === api) as never
}

/** The first record of each batch that was produced, with its numbering, as requests came. */
export function producedBatches(cluster: Pick<MockCluster, 'requests'>) {
  return requestsOf(cluster, 'Produce').flatMap(({ broker, body }) =>
    body.topicData.flatMap(({ partitionData }) =>
      partitionData.map(({ index, records }) => {
        const { header, records: list } = readBatches(records as unknown as Uint8Array)[0]!
        const { producerId, producerEpoch, baseSequence } = header
        const first = Buffer.from(list[0]!.value as Uint8Array).toString()
        return { broker, partition: index, first, producerId, producerEpoch, baseSequence }
      }),
    ),
  )
}

/** Resolves once `holds`; the limit is the spec's own. */
export async function when(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}
