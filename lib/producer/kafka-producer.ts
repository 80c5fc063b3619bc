// The public face of a producer: what may be asked of it, and a doc comment for each. It decides nothing.

import type { Observable } from 'rxjs'
import { checkOptions } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { Metric } from '../metrics/metric.ts'
import type { ProducerMetrics } from '../metrics/producer-metrics.ts'
import type { RecordMetadata } from '../model.ts'
import { realRuntime } from '../wire/transport.ts'
import { closeBy, readyFor } from './by-signal.ts'
import { instanceIdOf } from './client-instance-id.ts'
import { Closing } from './closing.ts'
import { Engine } from './engine.ts'
import { EventSource, type ProducerEvent } from './events.ts'
import { Life } from './life.ts'
import { measured } from './measured.ts'
import { producerBrand } from './misplaced-producer.ts'
import type { PartitionInfo } from './partition-questions.ts'
import {
  type ClientInstanceIdOptions,
  type CloseOptions,
  maxWaitingOf,
  type ProducerOptions,
  type ProducerState,
  producerOptions,
  type ReadyOptions,
  type SendOptions,
  signalOf,
  timeoutOf,
  topicsOf,
  warningsOf,
} from './producer-options.ts'
import type { RecordFor } from './record-for.ts'
import { enterOne } from './sends.ts'
import { type Transaction, type TransactionOptions, transact } from './transaction-body.ts'
import type { TransactionQueue } from './transaction-queue.ts'
import { transactionInto } from './transaction-writable.ts'
import {
  closedByUser,
  isTransaction,
  refuseOutside,
  transactional,
  type WritableOptions,
} from './transactional.ts'
import { within } from './within.ts'
import { writableInto } from './writable.ts'

/** The engine of a producer, for the operators. */
export let engineOf: <K, V>(producer: KafkaProducer<K, V>) => Engine

/** Where a producer tells what is no result, for the operators. */
export let eventsOf: <K, V>(producer: KafkaProducer<K, V>) => EventSource

/** Whose turn it is in a producer with a transactional id, for the operators; null in another. */
export let queueOf: (producer: KafkaProducer<never, never>) => TransactionQueue | null

/** How a producer is closed, for the operators. */
export let closingOf: <K, V>(producer: KafkaProducer<K, V>) => Closing

/**
 * A Kafka producer that many streams and callers share: connections, batches and metadata are common
 * to all. It does nothing until it gets its first record, and has to be closed by who made it.
 *
 * @typeParam K - what the key serializer takes
 * @typeParam V - what the value serializer takes
 *
 * @example
 * ```ts
 * const producer = new KafkaProducer({ 'bootstrap.servers': 'localhost:9092' })
 * const { partition, offset } = await producer.send({ topic: 'orders', key: 'o-1', value: 'paid' })
 * await producer.close()
 * ```
 */
export class KafkaProducer<K = never, V = never> {
  readonly #engine: Engine
  readonly #events: EventSource
  readonly #metrics: ProducerMetrics
  readonly #closing: Closing
  readonly #life: Life

  /**
   * @throws ConfigError for a key or an option that is unknown, out of range, or contradicts another
   */
  constructor(config: ProducerConfig<K, V>, options: ProducerOptions = {}) {
    const settings = resolveConfig(config as ProducerConfig)
    checkOptions<ProducerOptions>('KafkaProducer', options, producerOptions)
    const { runtime: given = realRuntime } = options
    const context = given.context?.() ?? null
    const runtime = within(given, context)
    const maxWaiting = maxWaitingOf(options)
    const clientId =
      settings.clientId ?? `producer-${Math.floor(runtime.random() * 2 ** 32).toString(36)}`
    const events = new EventSource(clientId, () => runtime.context?.() ?? null)
    this.#events = events
    const warn = warningsOf(options) ? runtime.warn : undefined
    const engine = new Engine({
      settings,
      clientId,
      maxWaiting,
      runtime,
      context,
      events,
      warn,
      metrics: () => this.#metrics.snapshot(),
    })
    this.#engine = engine
    this.#closing = new Closing(engine, events)
    const { transactions } = engine
    if (transactions !== null) {
      this.#closing.watch({
        closing: () => transactions.close(closedByUser()),
        closed: () => transactions.closed(),
      })
    }
    this.#life = new Life(engine, this.#closing)
    this.#metrics = measured(engine, this.#closing, clientId, context)
  }

  /**
   * What happens beside results: connections, retries, leaders, the buffer. Hot; completes when the
   * producer is closed, when its last connection is gone. Without a subscriber nothing is made for it.
   */
  get events$(): Observable<ProducerEvent> {
    return this.#events.events$
  }

  /** What it does at the moment. That brokers are away for a while changes nothing: it goes on trying. */
  get state(): ProducerState {
    return this.#life.state
  }

  /**
   * Resolves when the producer is closed, rejects with the reason when it can deliver nothing any more: no
   * right to the cluster, brokers that are too old, a transactional id that another producer has taken over.
   * To be closed then, and replaced. A rejection that nobody looks at is not reported.
   */
  get closed(): Promise<void> {
    return this.#life.closed
  }

  /**
   * Connects and asks for what records need: resolves when a broker has answered, the partitions of
   * `topics` are known and their leaders connected, and the producer has its id. For a program that wants to
   * know whether it can send before it says that it is up; nobody needs to call it. Without a transaction:
   * with a `transactional.id`, {@link initTransactions} gets the id.
   *
   * @throws {@link DeliveryError} (as a rejection) for a topic, as {@link partitionsFor}; a ConnectionError
   * of code `REQUEST_TIMEOUT` after `max.block.ms`, which says what is missing, or `CLOSED`; an
   * AuthenticationError; the reason of `signal`. ConfigError, from this very call, for options that are wrong
   *
   * @example
   * ```ts
   * await producer.ready({ topics: ['orders'], signal: AbortSignal.timeout(10_000) })
   * ```
   */
  ready(options: ReadyOptions = {}): Promise<void> {
    const signal = signalOf('ready', options)
    return readyFor(this.#engine, topicsOf(options), signal)
  }

  /**
   * Sends one record. Records of successive calls keep their order within a partition. To await each
   * result before the next call, set `linger.ms` to 0; otherwise collect the promises.
   *
   * @returns the broker's word on the record
   * @throws {@link DeliveryError} (as a rejection) where it was not delivered, or nobody knows; the reason
   * of `signal`, if that was aborted while the record was in no batch: it is in no log then
   */
  send<R extends RecordFor<K, V>>(
    record: R,
    options: SendOptions | undefined = undefined,
  ): Promise<RecordMetadata<R>> {
    return new Promise((resolve, reject) => {
      refuseOutside(this.#engine.transactions)
      const signal = options === undefined ? undefined : signalOf('send', options)
      enterOne(this.#engine, record, { resolve: resolve as () => void, reject }, signal)
    })
  }

  /**
   * Registers the `transactional.id` with its coordinator: another producer that has the same is
   * fenced, and what it left open is aborted. Every transaction begins with that if need be, so this is
   * for a program that has to know before it reads its first message.
   *
   * @throws {@link TransactionError} (as a rejection), of code `INIT_TIMEOUT` after `max.block.ms`;
   * ConfigError, from this very call, for a producer without a transactional id
   */
  initTransactions(): Promise<void> {
    const queue = transactional(this.#engine.transactions)
    return new Promise((resolve, reject) => queue.initialize({ resolve, reject }))
  }

  /**
   * Runs `body` as a transaction: it is committed when the promise of `body` fulfils and everything that
   * was sent is acknowledged, and aborted when that rejects, a record fails, or `signal` is aborted. Calls
   * take turns; one inside the body of another is refused (`NESTED`).
   *
   * @returns what `body` gave, after the commit
   * @throws {@link TransactionError} (as a rejection), or what `body` threw, after the abort; ConfigError,
   * from this very call, for a producer without a transactional id
   *
   * @example
   * ```ts
   * await producer.transaction(async (tx) => {
   *   for (const order of orders) tx.send({ topic: 'orders', key: order.id, value: order.text })
   *   tx.sendOffsets([{ topic: 'in', partition: 0, offset: last + 1n }], consumer)
   * })
   * ```
   */
  transaction<T>(
    body: (tx: Transaction<K, V>) => T | PromiseLike<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const queue = transactional(this.#engine.transactions)
    return transact(queue, body as (tx: Transaction) => T | PromiseLike<T>, options)
  }

  /**
   * Sends what lingers now.
   *
   * @returns resolves once every record that was given before has its result, good or bad; with a
   * transactional id, once the transactions that were wanted by then have ended
   */
  flush(): Promise<void> {
    const { transactions } = this.#engine
    return new Promise((resolve) => (transactions ?? this.#engine).flush(resolve))
  }

  /**
   * A stream that delivers what is written into it; many may be open at once. A write is done when its
   * record is accepted and the producer has use for more: awaiting it, or piping, is backpressure.
   *
   * `close()` sends what lingers and is done when every record is acknowledged; the producer stays
   * open. When a record fails the stream fails with its {@link DeliveryError}: what waits is not sent,
   * what was accepted is, and further failures are `undelivered` events. `abort()` drops what waits,
   * likewise. If the producer is closed before the stream is, the stream fails with a `ConnectionError`
   * of code `CLOSED`, once what was written has its results; also if nothing is being written.
   *
   * `{ transaction: true }` makes the stream one transaction: `close()` commits it and is done when that
   * is answered, `abort()` aborts it, and so does a record that fails.
   *
   * @example As a Node stream. With more than one chunk to hand over, the adapter of Node 20 and 22
   * throws where nobody can catch it when a record fails: so `highWaterMark` has to be 1.
   * ```ts
   * const sink = Writable.fromWeb(producer.writable(), { objectMode: true, highWaterMark: 1 })
   * await pipeline(lines, async function* (lines) {
   *   for await (const value of lines) yield { topic: 'lines', value }
   * }, sink)
   * ```
   */
  writable(options: WritableOptions = {}): WritableStream<RecordFor<K, V>> {
    const { transactions } = this.#engine
    if (isTransaction(options, transactions)) return transactionInto(this.#engine, transactions!)
    refuseOutside(transactions)
    return writableInto(this.#engine, this.#events, this.#closing)
  }

  /**
   * The partitions of a topic, in order, and who leads each at the moment. What is known is given at
   * once; else the brokers are asked, for `max.block.ms` at most.
   *
   * @throws {@link DeliveryError} (as a rejection) as {@link send} would: `METADATA_TIMEOUT`,
   * `INVALID_TOPIC_EXCEPTION`, `TOPIC_AUTHORIZATION_FAILED`, `CLOSED`
   */
  partitionsFor(topic: string): Promise<readonly PartitionInfo[]> {
    return new Promise((resolve, reject) => this.#engine.partitionsFor(topic, { resolve, reject }))
  }

  /**
   * What the producer has done and is doing, in numbers: a snapshot, under the names of Kafka's Java
   * producer, sorted by group, name and tags. Names that only make sense in a Java process are left out.
   *
   * Rates, averages and maxima look back on the last windows of time (`metrics.num.samples` of
   * `metrics.sample.window.ms` each); totals count from the beginning. There are metrics of a topic once
   * something was sent to it, and of a broker once it was connected to. `waiting-threads` counts the
   * records that wait for `buffer.memory`. A closed producer still answers: its totals stay.
   *
   * @example The total of all records sent, each attempt of each:
   * ```ts
   * producer.metrics().find(({ name }) => name === 'record-send-total')?.value
   * ```
   */
  metrics(): readonly Metric[] {
    return this.#metrics.snapshot()
  }

  /**
   * The id that the brokers have given this producer, in whose name it gives them its metrics (KIP-714).
   * Brokers that are not connected to yet are.
   *
   * @returns a uuid as Kafka prints it, 22 characters of base64url; the same for as long as it lives
   * @throws ConfigError (as a rejection) where `enable.metrics.push` is false; a BrokerError with code
   * `UNSUPPORTED_VERSION` where brokers take no metrics; a ConnectionError with code `REQUEST_TIMEOUT` where
   * it took too long, or `CLOSED`. From this very call as {@link close}, for options that are wrong
   */
  clientInstanceId(options: ClientInstanceIdOptions = {}): Promise<string> {
    return instanceIdOf(this.#engine, timeoutOf('clientInstanceId', options))
  }

  /**
   * Delivers what was given, then ends all connections. Records given from now on fail with `CLOSED`.
   * Streams that share the producer and have not ended let go of their source, give the results that
   * are outstanding, and fail with `CLOSED` when all are given: have them end before, by `takeUntil`
   * above `toKafka`, or take the error.
   *
   * A further call gives the same promise; with a timeout that ends sooner it cuts the first short.
   *
   * @throws ConfigError, from this very call, for an option that is unknown; RangeError for a timeout
   * that is no number, or negative
   */
  close(options: CloseOptions = {}): Promise<void> {
    const timeout = timeoutOf('close', options)
    return closeBy(this.#closing, signalOf('close', options), timeout)
  }

  /** `await using producer = …` closes it at the end of the block, as {@link close} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  static {
    engineOf = (producer) => producer.#engine
    eventsOf = (producer) => producer.#events
    closingOf = (producer) => producer.#closing
    queueOf = (producer) => producer.#engine.transactions
    Object.defineProperty(KafkaProducer.prototype, producerBrand, { value: true })
  }
}
