import type { NextObserver, OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { Settings } from '../config/settings.ts'
import { printable } from '../config/words.ts'
import { ConfigError } from '../errors/config-error.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { ProducerEvent } from '../producer/events.ts'
import {
  closingOf,
  engineOf,
  eventsOf,
  KafkaProducer,
  queueOf,
} from '../producer/kafka-producer.ts'
import { refuseMisplaced } from '../producer/misplaced-producer.ts'
import {
  maxWaitingOf,
  type ProducerOptions,
  producerOptions,
  warningsOf,
} from '../producer/producer-options.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { refuseOutside } from '../producer/transactional.ts'
import { operator } from '../stages/operator.ts'
import { Delivery } from './delivery.ts'
import type { Outlet } from './delivery-parts.ts'

/** How {@link toKafka} and {@link toKafkaSettled} behave beside the configuration. */
export interface ToKafkaOptions extends ProducerOptions {
  /**
   * What becomes, on unsubscribe, of records that lie in a batch: `deliver` sends them in the
   * background, `discard` drops what is not on its way yet. Only with a configuration: the batches of
   * a shared producer mix streams.
   *
   * @defaultValue `'deliver'`
   */
  readonly onUnsubscribe?: 'deliver' | 'discard' | undefined
  /**
   * `partition`: results in input order within a partition, as they come across partitions. `input`:
   * in the order of all input, each held until all before it have left; a rejected one of
   * {@link toKafkaSettled} takes its place in order. Where {@link toKafka} fails, every acknowledged
   * result leaves first, in order.
   *
   * @defaultValue `'partition'`
   */
  readonly order?: 'partition' | 'input' | undefined
  /**
   * With `order: 'input'`: how many records may be on their way, or have a result that waits for an
   * earlier one. Further ones wait at the entrance, in order, at most `maxWaiting`; they are read when
   * their turn comes, and only then `max.block.ms` begins. Meanwhile `paced` sources of the producer
   * are not pulled. An integer, 1 or more.
   *
   * @defaultValue `10_000`
   */
  readonly maxOutstanding?: number | undefined
  /**
   * Who hears of the events of a subscription's own producer, as of
   * {@link KafkaProducer.events$}: a function, or an observer such as a `Subject`, of which only `next`
   * is called, so that one can serve all subscriptions. Only with a configuration: a shared producer
   * has `events$`.
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
 * Delivers each record to Kafka and emits one {@link RecordMetadata} for it.
 *
 * Results come in input order within a partition, in completion order across partitions; with
 * `{ order: 'input' }` in the order of all input. When the
 * source completes, what is buffered goes out at once; after the last result the stream completes.
 * When a record can't be delivered the source is unsubscribed, no new attempt is begun, what is on
 * its way is awaited, and then the stream fails with a {@link DeliveryError} that lists what is in no
 * log (`unsent`) and what may be (`unknown`). When the source fails, what it gave is delivered first.
 * Unsubscribing stops results, not records: what was accepted is delivered in the background.
 *
 * With a configuration each subscription has a producer of its own, closed at the end. With a
 * {@link KafkaProducer} its connections and batches are shared, and it stays open; where it is closed
 * before the source has ended, the source is unsubscribed, what was given has its results, and then the
 * stream fails with a `ConnectionError` of code `CLOSED`; and so does one that is subscribed later.
 *
 * @param config - Kafka's own keys, see {@link ProducerConfig}; or a producer to share
 * @returns A function that returns an Observable of one result a record.
 * @throws ConfigError, from this very call, for a key or an option that is unknown, out of range, or
 * contradicts another
 *
 * @example
 * ```ts
 * orders$.pipe(
 *   map((order) => ({ topic: 'orders', key: order.id, value: JSON.stringify(order) })),
 *   toKafka({ 'bootstrap.servers': 'localhost:9092', 'linger.ms': 5 }),
 * ).subscribe(({ partition, offset, record }) => console.log(partition, offset, record.key))
 * ```
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

/** Refuses what is no option of the operator that is called `name`. */
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
  return operator((out, release) => open(out, release, outlet(out)))
}

/** Opens a delivery for each subscription; `options` have been checked by name. */
export function deliveries<R extends ProducerRecord, K, V>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaOptions,
): (out: Subscriber<unknown>, release: () => void, outlet: Outlet<R>) => Delivery<R> {
  // Each by its name: options may be inherited from others, as a configuration may.
  const { onUnsubscribe = 'deliver', maxWaiting, runtime, warnings } = options
  const owned = !(config instanceof KafkaProducer)
  checkChoice('onUnsubscribe', onUnsubscribe, ['deliver', 'discard'])
  const maxOutstanding = maxOutstandingOf(options)
  const heard = heardBy(options)
  if (owned) {
    refuseMisplaced(config)
    refuseTransactional(resolveConfig(config as ProducerConfig))
    maxWaitingOf(options)
    warningsOf(options)
  } else {
    refuseOwnersOptions(options)
    refuseOutside(queueOf(config))
  }
  return (out, release, outlet) => {
    const producer = owned ? new KafkaProducer(config, { maxWaiting, runtime, warnings }) : config
    if (heard !== null) producer.events$.subscribe(heard)
    const engine = engineOf(producer)
    const parts = {
      owned,
      onUnsubscribe,
      maxOutstanding,
      release,
      engine,
      // A producer of its own was made in the subscriber's context, and does all its work there.
      context: owned ? null : (engine.runtime.context?.() ?? null),
      events: eventsOf(producer),
      closing: closingOf(producer),
    }
    return new Delivery(parts, out, outlet)
  }
}

function checkChoice(key: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  const allowed = choices.map((choice) => `'${choice}'`).join(' or ')
  throw wrongOption('INVALID_VALUE', key, value, allowed)
}

/** `maxOutstanding`, checked; null where results leave as they come. */
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

/** Who hears events, as an observer; null where nobody does. Its `complete` is not called. */
function heardBy({ events }: ToKafkaOptions): { next(event: ProducerEvent): void } | null {
  if (events === undefined) return null
  if (typeof events === 'function') return { next: (event) => events(event) }
  if (typeof events?.next === 'function') return { next: (event) => events.next(event) }
  throw wrongOption('INVALID_VALUE', 'events', events, 'a function, or an observer with next()')
}

/** A producer that belongs to one subscription has no transactions: there is nobody to commit them. */
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
    const why = `which has its own: give it to ${allowed}`
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
