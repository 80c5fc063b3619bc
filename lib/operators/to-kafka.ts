import type { NextObserver, OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames, snapshotOf, wrongOption } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { Settings } from '../config/settings.ts'
import { printable } from '../config/words.ts'
import { ConfigError } from '../errors/config-error.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import { type Assembly, assemble, assemblyOf, isProducer, queueOf } from '../producer/assembly.ts'
import type { ProducerEvent } from '../producer/events.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import { refuseMisplaced } from '../producer/misplaced-producer.ts'
import {
  maxWaitingOf,
  type ProducerOptions,
  producerOptions,
  warningsOf,
} from '../producer/producer-options.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { operator } from '../stages/operator.ts'
import { Delivery } from './delivery.ts'
import type { DeliveryParts, Outlet } from './delivery-parts.ts'

/** Options of {@link toKafka} and {@link toKafkaSettled}, in addition to the configuration. */
export interface ToKafkaOptions extends ProducerOptions {
  /**
   * What happens on unsubscribe to records that have been added to a batch. `deliver` sends them in the
   * background. `discard` drops those that have not been sent yet. Only with a configuration: a batch of
   * a shared producer can hold records of several streams.
   *
   * @defaultValue `'deliver'`
   *
   */
  readonly onUnsubscribe?: 'deliver' | 'discard' | undefined
  /**
   * The order of results. With `partition`, results come in input order within each partition, and as
   * they arrive across partitions. With `input`, each result waits until all earlier ones have been
   * emitted. A rejected result of {@link toKafkaSettled} takes its place in that order. If {@link
   * toKafka} fails, it first emits every acknowledged result, in order.
   *
   * @defaultValue `'partition'`
   *
   */
  readonly order?: 'partition' | 'input' | undefined
  /**
   * With `order: 'input'`: how many records may be in flight or have a result that waits for an earlier
   * one. Further records wait before serialization, in order, at most `maxWaiting` of them. Their
   * `max.block.ms` begins when their turn comes. Meanwhile, `paced` does not pull from the sources of
   * this stream, if the operators between them are synchronous. An integer, 1 or more.
   *
   * @defaultValue `10_000`
   *
   */
  readonly maxOutstanding?: number | undefined
  /**
   * A listener for the events of the producer that the subscription creates, see {@link
   * KafkaProducer.events$}. It is a function, or an observer such as a `Subject`. Only `next` is called,
   * so one observer can serve all subscriptions. Only with a configuration: a shared producer has
   * `events$`.
   */
  readonly events?: NextObserver<ProducerEvent> | ((event: ProducerEvent) => void) | undefined
}

/** The names of {@link ToKafkaOptions}. */
export const toKafkaOptions: OptionNames<ToKafkaOptions> = {
  ...producerOptions,
  onUnsubscribe: true,
  order: true,
  maxOutstanding: true,
  events: true,
}

/**
 * Delivers each record to Kafka and emits one {@link RecordMetadata} per record.
 *
 * Results come in input order within a partition, and in order of completion across partitions. With `{
 * order: 'input' }` they come in the order of all input.
 *
 * When the source completes, buffered records are sent immediately. The stream completes after the last
 * result. When the source fails, its records are delivered first, and then the stream fails with the
 * source's error.
 *
 * When a record cannot be delivered, the source is unsubscribed. With a configuration, batches that were not
 * sent are dropped, and no batch is retried; with a shared producer, accepted records are still sent. Requests
 * in flight are awaited. Then the stream fails with a {@link DeliveryError}. It lists all records without an
 * acknowledgement, including the one that failed: `unsent` records are not in the log, and `unknown` records
 * may be.
 *
 * Unsubscribing stops the results, but not the delivery: accepted records are delivered in the
 * background.
 *
 * With a configuration, each subscription creates its own producer and closes it at the end. With a
 * {@link KafkaProducer}, the subscription shares its connections and batches and does not close it. If
 * that producer is closed before the source has ended, the source is unsubscribed, records already given
 * get their results, and the stream fails with a `ConnectionError` of code `CLOSED`. A later subscription
 * fails in the same way.
 *
 * @param config - Kafka's own keys, see {@link ProducerConfig}; or a producer to share
 * @returns An operator that emits one result per record.
 * @throws ConfigError, synchronously, if a key or an option is unknown, out of range, or contradicts
 * another
 *
 * @example
 * ```ts
 * orders$.pipe(
 *   map((order) => ({ topic: 'orders', key: order.id, value: JSON.stringify(order) })),
 *   toKafka({ 'bootstrap.servers': 'localhost:9092', 'linger.ms': 5 }),
 * ).subscribe(({ partition, offset, record }) => console.log(partition, offset, record.key))
 * ```
 *
 */
export function toKafka<R extends RecordFor<K, V>, K = never, V = never>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaOptions = {},
): OperatorFunction<R, RecordMetadata<R>> {
  checkToKafkaOptions('toKafka', options)
  return delivering<R, RecordMetadata<R>, K, V>(config, options, (out) => ({
    acknowledged: (metadata) => out.next(metadata),
  }))
}

/** Refuses unknown options of the operator called `name`. */
export function checkToKafkaOptions(name: string, options: ToKafkaOptions): void {
  checkOptions<ToKafkaOptions>(name, options, toKafkaOptions)
}

/** The operator over a delivery whose results leave by `outlet`; `options` have been checked. */
export function delivering<R extends ProducerRecord, O, K, V>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaOptions,
  outlet: (out: { next(value: O): void }) => Outlet<R>,
): OperatorFunction<R, O> {
  const open = deliveries<R, K, V>(config, options)
  return operator((out, release) => open(out, release, outlet(out)).delivery)
}

/** A delivery of one subscription, and what it is made of. */
export interface Opened<R extends ProducerRecord> {
  readonly delivery: Delivery<R>
  readonly parts: DeliveryParts
}

/** Opens a delivery for each subscription; `options` have been checked by name. */
export function deliveries<R extends ProducerRecord, K, V>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaOptions,
): (out: Subscriber<unknown>, release: () => void, outlet: Outlet<R>) => Opened<R> {
  // Each by its name: options may be inherited, as a configuration may.
  const { onUnsubscribe = 'deliver', maxWaiting, runtime, warnings } = options
  checkChoice('onUnsubscribe', onUnsubscribe, ['deliver', 'discard'])
  const maxOutstanding = maxOutstandingOf(options)
  const heard = heardBy(options)
  const owned = !isProducer<K, V>(config)
  let assembled: () => Assembly
  if (owned) {
    refuseMisplaced(config, 'a configuration', 'a KafkaProducer')
    const own = snapshotOf(config) as ProducerConfig
    refuseTransactional(resolveConfig(own))
    maxWaitingOf(options)
    warningsOf(options)
    assembled = () => assemble(resolveConfig(own), { maxWaiting, runtime, warnings })
  } else {
    refuseOwnersOptions(options)
    queueOf(config)?.refuseOutside()
    assembled = () => assemblyOf(config)
  }
  return (out, release, outlet) => {
    const { engine, events, closing } = assembled()
    if (heard !== null) events.events$.subscribe(heard)
    const parts = {
      owned,
      onUnsubscribe,
      maxOutstanding,
      release,
      engine,
      // The stream's own producer was made in the subscriber's context, and does all its work there.
      context: owned ? null : (engine.runtime.context?.() ?? null),
      events,
      closing,
    }
    return { delivery: new Delivery(parts, out, outlet), parts }
  }
}

function checkChoice(key: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  const allowed = choices.map((choice) => `'${choice}'`).join(' or ')
  throw wrongOption('INVALID_VALUE', key, value, allowed)
}

/** `maxOutstanding`, checked; null if results leave as they come. */
function maxOutstandingOf({ order = 'partition', maxOutstanding }: ToKafkaOptions): number | null {
  checkChoice('order', order, ['partition', 'input'])
  const key = 'maxOutstanding'
  const value = maxOutstanding ?? 10_000
  if (order === 'partition') {
    if (maxOutstanding === undefined) return null
    const message = "maxOutstanding has no effect without order: 'input'"
    throw new ConfigError('CONTRADICTION', message, { key, value, allowed: "order: 'input'" })
  }
  if (Number.isInteger(value) && value >= 1) return value
  throw wrongOption('OUT_OF_RANGE', key, value, 'an integer, 1 or more')
}

/** The listener for events as an observer; null without one. Its `complete` is not called. */
function heardBy({ events }: ToKafkaOptions): { next(event: ProducerEvent): void } | null {
  if (events === undefined) return null
  if (typeof events === 'function') return { next: (event) => events(event) }
  if (typeof events?.next === 'function') return { next: (event) => events.next(event) }
  throw wrongOption('INVALID_VALUE', 'events', events, 'a function, or an observer with next()')
}

/** A producer that belongs to one subscription has no transactions, because nothing would commit them. */
function refuseTransactional({ transactionalId }: Settings): void {
  if (transactionalId === null) return
  const key = 'transactional.id'
  const allowed = 'new KafkaProducer(config) with inTransaction(producer)'
  const message = `${key} is not for toKafka, which has no transactions: use ${allowed}`
  throw new ConfigError('CONTRADICTION', message, { key, value: transactionalId, allowed })
}

/** What only the owner of a producer may decide. */
function refuseOwnersOptions(options: ToKafkaOptions): void {
  if (options.events !== undefined) {
    throw ownersOnly('events', options.events, 'which has events$ of its own', 'producer.events$')
  }
  for (const key of ['runtime', 'maxWaiting', 'warnings'] as const) {
    const allowed = `new KafkaProducer(config, { ${key} })`
    const why = `which has its own: pass it to ${allowed}`
    if (options[key] !== undefined) throw ownersOnly(key, options[key], why, allowed)
  }
  if (options.onUnsubscribe !== 'discard') return
  const why = "whose batches mix streams: 'discard' is for toKafka(config) only"
  throw ownersOnly('onUnsubscribe', 'discard', why, "'deliver'")
}

function ownersOnly(key: string, given: unknown, why: string, allowed: string): ConfigError {
  const value = printable(given)
  const message = `${key} is not for a shared producer, ${why}`
  return new ConfigError('CONTRADICTION', message, { key, value, allowed })
}
