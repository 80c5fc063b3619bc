// The public class of the producer: each method with its doc comment. It decides nothing itself.

import type { Observable } from 'rxjs'
import { checkOptions } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { Metric } from '../metrics/metric.ts'
import type { ProducerMetrics } from '../metrics/producer-metrics.ts'
import type { RecordMetadata } from '../model.ts'
import { asking } from './asking.ts'
import { assemble, introduce } from './assembly.ts'
import { closeBy, readyFor } from './by-signal.ts'
import { instanceIdOf } from './client-instance-id.ts'
import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'
import type { EventSource, ProducerEvent } from './events.ts'
import { Life } from './life.ts'
import type { PartitionInfo } from './partition-questions.ts'
import {
  type ClientInstanceIdOptions,
  type CloseOptions,
  type ProducerOptions,
  type ProducerState,
  producerOptions,
  type ReadyOptions,
  type SendOptions,
  signalOf,
  timeoutOf,
  topicsOf,
} from './producer-options.ts'
import type { RecordFor } from './record-for.ts'
import { enterOne } from './sends.ts'
import {
  refuseNested,
  type Transaction,
  type TransactionOptions,
  transact,
} from './transaction-body.ts'
import { transacting } from './transaction-wiring.ts'
import { transactionInto } from './transaction-writable.ts'
import {
  closedByUser,
  isTransaction,
  transactional,
  type WritableOptions,
} from './transactional.ts'
import { writableInto } from './writable.ts'

/**
 * A Kafka producer that streams and callers share. They share its connections, batches and metadata. It
 * connects when it gets its first record. Whoever creates it must close it; otherwise its connections
 * keep the process alive.
 *
 * @typeParam K - the type of keys, as the key serializer accepts it
 * @typeParam V - the type of values, as the value serializer accepts it
 *
 * @example
 * ```ts
 * const producer = new KafkaProducer({ 'bootstrap.servers': 'localhost:9092' })
 * const { partition, offset } = await producer.send({ topic: 'orders', key: 'o-1', value: 'paid' })
 * await producer.close()
 * ```
 *
 */
export class KafkaProducer<K = never, V = never> {
  readonly #engine: Engine
  readonly #events: EventSource
  readonly #metrics: ProducerMetrics
  readonly #closing: Closing
  readonly #life: Life

  /**
   * @throws ConfigError if a key or an option is unknown, out of range, or contradicts another
   */
  constructor(config: ProducerConfig<K, V>, options: ProducerOptions = {}) {
    const settings = resolveConfig(config as ProducerConfig)
    checkOptions<ProducerOptions>('KafkaProducer', options, producerOptions)
    const assembly = assemble(settings, options, { transacting, asking })
    const { engine, events, metrics, closing } = assembly
    this.#engine = engine
    this.#events = events
    this.#metrics = metrics
    this.#closing = closing
    const { transactions } = engine
    if (transactions !== null) {
      closing.watch({
        closing: () => transactions.close(closedByUser()),
        closed: () => transactions.closed(),
      })
    }
    this.#life = new Life(engine, closing)
    introduce(this, assembly)
  }

  /**
   * Reports everything other than results: connections, retries, leaders, the buffer. It is hot. It
   * completes when the producer is closed and its last connection has ended. Without a subscriber, no
   * event is created.
   */
  get events$(): Observable<ProducerEvent> {
    return this.#events.events$
  }

  /**
   * The current state. Brokers that are away for a while do not change it: the producer goes on trying.
   */
  get state(): ProducerState {
    return this.#life.state
  }

  /**
   * Resolves when the producer is closed. Rejects with the reason when it can deliver nothing any more:
   * access denied, brokers that are too old, or another producer with the same transactional id. Then
   * close it and create a new one. A rejection that nobody handles is not reported.
   */
  get closed(): Promise<void> {
    return this.#life.closed
  }

  /**
   * Connects before the first record. Resolves when a broker has answered, the partitions of `topics` are
   * known, their leaders are connected, and the producer has its id. Use it to check the connection
   * before a program reports that it is ready; calling it is optional. It does not begin a transaction:
   * with a `transactional.id`, {@link initTransactions} gets the id. With `max.block.ms` 0 it does not wait:
   * it rejects unless all this is so already, and connects, so a later call succeeds.
   *
   * @throws {@link DeliveryError} (as a rejection) for a topic, as {@link partitionsFor}; a
   * ConnectionError, `REQUEST_TIMEOUT` after `max.block.ms` or when `signal` is aborted (its reason is
   * the `cause`), which says what is missing, or `CLOSED`; an AuthenticationError. ConfigError,
   * synchronously, for invalid options
   *
   * @example
   * ```ts
   * await producer.ready({ topics: ['orders'], signal: AbortSignal.timeout(10_000) })
   * ```
   *
   */
  ready(options: ReadyOptions = {}): Promise<void> {
    const signal = signalOf('ready', options)
    return readyFor(this.#engine, topicsOf(options), signal)
  }

  /**
   * Sends one record. Records of successive calls keep their order within a partition. To await each
   * result before the next call, set `linger.ms` to 0. Otherwise collect the promises and await them
   * together.
   *
   * @returns the metadata that the broker returned for the record
   * @throws {@link DeliveryError} (as a rejection) if the record was not delivered, or if that is
   * unknown. The reason of `signal`, if it was aborted before the record was added to a batch: the record
   * is not in the log then
   */
  send<R extends RecordFor<K, V>>(
    record: R,
    options: SendOptions | undefined = undefined,
  ): Promise<RecordMetadata<R>> {
    return new Promise((resolve, reject) => {
      this.#engine.transactions?.refuseOutside()
      const signal = options === undefined ? undefined : signalOf('send', options)
      enterOne(this.#engine, record, { resolve: resolve as () => void, reject }, signal)
    })
  }

  /**
   * Registers the `transactional.id` with its coordinator. Another producer with the same id is fenced,
   * and its open transaction is aborted. The first transaction does this by itself. Call it if the
   * program must know the outcome before it reads its first message.
   *
   * @throws {@link TransactionError} (as a rejection), of code `INIT_TIMEOUT` after `max.block.ms`; `NESTED`
   * inside the function of a transaction of this producer.
   * ConfigError, synchronously, if the producer has no transactional id
   */
  initTransactions(): Promise<void> {
    const queue = transactional(this.#engine.transactions)
    return new Promise((resolve, reject) => {
      refuseNested(queue)
      queue.initialize({ resolve, reject })
    })
  }

  /**
   * Runs `body` as a transaction. It is committed when the promise of `body` fulfils and all its records
   * are acknowledged. It is aborted if that promise rejects, if a record fails, or if `signal` is
   * aborted. Calls take turns. A call inside the body of another is refused (`NESTED`) until the promise of
   * that body is settled.
   *
   * @returns what `body` returned, after the commit
   * @throws {@link TransactionError} (as a rejection), or what `body` threw, after the abort.
   * ConfigError, synchronously, if the producer has no transactional id
   *
   * @example
   * ```ts
   * await producer.transaction(async (tx) => {
   *   for (const order of orders) tx.send({ topic: 'orders', key: order.id, value: order.text })
   *   tx.sendOffsets([{ topic: 'in', partition: 0, offset: last + 1n }], consumer)
   * })
   * ```
   *
   */
  transaction<T>(
    body: (tx: Transaction<K, V>) => T | PromiseLike<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const queue = transactional(this.#engine.transactions)
    return transact(queue, body as (tx: Transaction) => T | PromiseLike<T>, options)
  }

  /**
   * Sends all batches that wait for `linger.ms` now.
   *
   * @returns a promise that resolves when every earlier record has its result, success or failure. With a
   * transactional id, it resolves when the transactions requested before have ended
   * @throws {@link TransactionError} (as a rejection), of code `NESTED`, inside the function of a transaction of
   * this producer, which it would wait for: await what `tx.send()` returns
   */
  flush(): Promise<void> {
    const { transactions } = this.#engine
    return new Promise((resolve) => {
      if (transactions !== null) refuseNested(transactions)
      ;(transactions ?? this.#engine).flush(resolve)
    })
  }

  /**
   * Returns a stream that delivers what is written into it. Several may be open at once. A write is done
   * when its record is accepted and the producer can take more, so awaiting writes, or piping, gives
   * backpressure.
   *
   * `close()` sends waiting batches and is done when every record is acknowledged. The producer stays
   * open. When a record fails, the stream fails with its {@link DeliveryError}: waiting records are not
   * sent, accepted ones are, and further failures are `undelivered` events. `abort()` drops waiting
   * records in the same way. If the producer is closed before the stream, the stream fails with a
   * `ConnectionError` of code `CLOSED` when the records written before have their results.
   *
   * `{ transaction: true }` makes the stream one transaction. `close()` commits it and is done when the
   * commit is answered. `abort()`, or a record that fails, aborts it.
   *
   * @example As a Node stream
   * `highWaterMark: 1` works around a bug in Node 20 and 22: if a record fails while several chunks are
   * buffered, the adapter throws an exception that nobody can catch.
   * ```ts
   * const sink = Writable.fromWeb(producer.writable(), { objectMode: true, highWaterMark: 1 })
   * await pipeline(lines, async function* (lines) {
   *   for await (const value of lines) yield { topic: 'lines', value }
   * }, sink)
   * ```
   *
   */
  writable(options: WritableOptions = {}): WritableStream<RecordFor<K, V>> {
    const { transactions } = this.#engine
    if (isTransaction(options, transactions)) return transactionInto(this.#engine, transactions!)
    transactions?.refuseOutside()
    return writableInto(this.#engine, this.#events, this.#closing)
  }

  /**
   * Returns the partitions of a topic, in order, with the current leader of each. Known partitions are
   * returned immediately. Otherwise the brokers are asked, for at most `max.block.ms`.
   *
   * @throws {@link DeliveryError} (as a rejection) as {@link send}: `METADATA_TIMEOUT`,
   * `INVALID_TOPIC_EXCEPTION`, `TOPIC_AUTHORIZATION_FAILED`, `CLOSED`
   */
  partitionsFor(topic: string): Promise<readonly PartitionInfo[]> {
    return new Promise((resolve, reject) => this.#engine.partitionsFor(topic, { resolve, reject }))
  }

  /**
   * Returns a snapshot of the producer's metrics, under the names of Java's producer, sorted by group,
   * name and tags. Metrics that only make sense in a Java process are left out.
   *
   * Rates, averages and maxima cover the last time windows (`metrics.num.samples` windows of
   * `metrics.sample.window.ms` each). Totals count from the start. A topic has metrics after its first
   * record, and a broker after its first connection. `waiting-threads` counts the records that wait for
   * `buffer.memory`. A closed producer keeps its totals.
   *
   * @example The total number of records sent, counting each attempt:
   * ```ts
   * producer.metrics().find(({ name }) => name === 'record-send-total')?.value
   * ```
   *
   */
  metrics(): readonly Metric[] {
    return this.#metrics.snapshot()
  }

  /**
   * Returns the id that the brokers gave this producer, under which it pushes its metrics to them
   * (KIP-714). It connects if necessary.
   *
   * @returns a uuid as Kafka prints it: 22 characters of base64url. It stays the same for the lifetime of
   * the producer
   * @throws ConfigError (as a rejection) if `enable.metrics.push` is false; a BrokerError with code
   * `UNSUPPORTED_VERSION` if the brokers do not collect metrics; a ConnectionError with code
   * `REQUEST_TIMEOUT` or `CLOSED`. Synchronously, as {@link close}, for invalid options
   */
  clientInstanceId(options: ClientInstanceIdOptions = {}): Promise<string> {
    return instanceIdOf(this.#engine, timeoutOf('clientInstanceId', options))
  }

  /**
   * Delivers pending records, then ends all connections. Records passed in from now on fail with
   * `CLOSED`. Streams that still share the producer unsubscribe from their source, emit the outstanding
   * results, and fail with `CLOSED`. To avoid that, end them before, by `takeUntil` above `toKafka`.
   *
   * A further call returns the same promise. If its timeout ends sooner, it shortens the first call.
   *
   * @throws ConfigError, synchronously, for an unknown option; RangeError for a timeout that is not a
   * number, or negative
   */
  close(options: CloseOptions = {}): Promise<void> {
    const timeout = timeoutOf('close', options)
    return closeBy(this.#closing, signalOf('close', options), timeout)
  }

  /** `await using producer = …` closes the producer at the end of the block, like {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
