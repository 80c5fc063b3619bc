// What the scenarios share: mock clusters that end with the test, observed streams, and waiting for
// events, which is never a wait for time to pass.

import { map, Observable, Subject, type Subscription } from 'rxjs'
import {
  KafkaProducer,
  type Partitioner,
  type ProducerConfig,
  type ProducerOptions,
} from 'to-kafka'
import {
  type ApiName,
  MockCluster,
  type MockClusterOptions,
  type MockRequest,
} from 'to-kafka/testing'
import { expect, onTestFinished } from 'vitest'

import { kafkaVersion } from './kafka-version.ts'

type Servers = Pick<MockCluster, 'bootstrapServers'>

/** Nothing is sent without a reason: only an end, or a flush, sends it. */
export const lingering = { 'linger.ms': 600_000, 'delivery.timeout.ms': 700_000 } as const

/** One batch for each record. */
export const singly = { 'batch.size': 1 } as const

/**
 * A cluster with topic `t` (one partition) by default. It ends with the test, which fails if a
 * client has broken the protocol.
 */
export async function startCluster(options: MockClusterOptions = {}): Promise<MockCluster> {
  const cluster = await MockCluster.start({ ...kafkaVersion, topics: { t: {} }, ...options })
  onTestFinished(async () => {
    await cluster.close()
    expect(cluster.violations).toEqual([])
  })
  return cluster
}

/** A producer, on its own cluster with topic `t`. */
export async function startProducer(
  config: Partial<ProducerConfig> = {},
  options: ProducerOptions = {},
) {
  const cluster = await startCluster()
  return { cluster, producer: producerFor(cluster, config, options) }
}

/** A configuration for a cluster: nothing lingers, and failures happen soon. */
export function configFor(
  { bootstrapServers }: Servers,
  more: Partial<ProducerConfig> = {},
): ProducerConfig {
  return {
    'bootstrap.servers': bootstrapServers,
    'linger.ms': 0,
    'retry.backoff.ms': 1,
    'retry.backoff.max.ms': 1,
    'reconnect.backoff.ms': 1,
    'reconnect.backoff.max.ms': 1,
    ...more,
  }
}

/** A producer for a cluster; it is closed, without delay, at the end of the test. */
export function producerFor(
  cluster: Servers,
  more: Partial<ProducerConfig> = {},
  options: ProducerOptions = {},
): KafkaProducer {
  const producer = new KafkaProducer(configFor(cluster, more), options)
  onTestFinished(() => producer.close({ timeout: 0 }))
  return producer
}

/** What a stream has emitted so far, and how it ended. */
export interface Listened<T> {
  readonly values: T[]
  /** Null until it has ended. */
  end: { readonly kind: 'complete' } | { readonly kind: 'error'; readonly error: unknown } | null
  /** Resolves when it has ended: with the error, or with null for completion. */
  readonly ended: Promise<unknown>
  readonly subscription: Subscription
}

export function listen<T>(source: Observable<T>): Listened<T> {
  const values: T[] = []
  const { promise, resolve } = deferred<unknown>()
  const listened: Listened<T> = {
    values,
    end: null,
    ended: promise,
    subscription: undefined as never,
  }
  const subscription = source.subscribe({
    next: (value) => values.push(value),
    error: (error) => {
      listened.end = { kind: 'error', error }
      resolve(error)
    },
    complete: () => {
      listened.end = { kind: 'complete' }
      resolve(null)
    },
  })
  onTestFinished(() => subscription.unsubscribe())
  return Object.assign(listened, { subscription })
}

/**
 * Resolves once `happened` returns true, however long that takes; the test's own timeout is the
 * limit.
 */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise(setImmediate)
}

/** Lets everything happen that is about to, without waiting for time to pass. */
export async function settle(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await new Promise(setImmediate)
}

export function requestsOf<Api extends ApiName>(
  cluster: Pick<MockCluster, 'requests'>,
  api: Api,
): Extract<MockRequest, { api: Api }>[] {
  return cluster.requests.filter((request) => request.api === api) as never
}

/** Resolves once this number of requests of this API have arrived. */
export async function requested(cluster: MockCluster, api: ApiName, count = 1) {
  await until(() => requestsOf(cluster, api).length >= count)
}

/** The values of a partition in log order; of a topic, partition by partition. */
export async function logOf(
  cluster: MockCluster,
  topic = 't',
  partition?: number,
): Promise<(string | null)[]> {
  const records = await cluster.records(topic)
  const asked = records.filter((one) => partition === undefined || one.partition === partition)
  return asked.map(({ valueText }) => valueText)
}

/** Results to the values of their records. */
export const toValue = map(({ record }: { record: { value: string } }) => record.value)

/**
 * A partitioner of one partition (by default), and a promise that resolves when it has placed so many records: then
 * they are in batches. When the broker has received the request for their metadata, they may not be.
 */
export function placing(count: number, partitionOf: Partitioner = () => 0) {
  const { promise: placed, resolve } = deferred<void>()
  let left = count
  const partitioner: Partitioner = (record, topic) => {
    left -= 1
    if (left === 0) resolve()
    return partitionOf(record, topic)
  }
  return { placed, partitioner: { 'partitioner.class': partitioner } as const }
}

export function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

/** Records for `t` whose values are these. */
export function records<V>(values: readonly V[], topic = 't') {
  return values.map((value) => ({ topic, value }))
}

/** A source that records whether it is subscribed. */
export function watched<T>() {
  const subject = new Subject<T>()
  let released = false
  const source = new Observable<T>((out) => {
    const subscription = subject.subscribe(out)
    return () => {
      released = true
      subscription.unsubscribe()
    }
  })
  return { subject, source, isReleased: () => released }
}
