import type { OperatorFunction } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { delivering, type ToKafkaOptions, toKafkaOptions } from './to-kafka.ts'

/** What became of one record, told apart by `status`, as by `Promise.allSettled`. */
export type SendResult<R extends ProducerRecord = ProducerRecord> =
  | { readonly status: 'fulfilled'; readonly metadata: RecordMetadata<R> }
  | { readonly status: 'rejected'; readonly error: DeliveryError<R>; readonly record: R }

const optionNames: OptionNames<ToKafkaSettledOptions> = { ...toKafkaOptions, endsOn: true }

/** How {@link toKafkaSettled} behaves beside the configuration. */
export interface ToKafkaSettledOptions extends ToKafkaOptions {
  /**
   * Whether this failure ends the stream, as it would end {@link toKafka}: the source is unsubscribed, what
   * is on its way is awaited, and the error lists what was given and has had no result. It is asked once for
   * each record that fails. One that throws counts as true, and RxJS reports it.
   *
   * @defaultValue none does: each is a result
   */
  readonly endsOn?: ((error: DeliveryError) => boolean) | undefined
}

/**
 * As {@link toKafka}, but a record that can't be delivered is a result like any other, and the stream
 * goes on: one {@link SendResult} for each record. After a rejected record later ones of its
 * partition may be in the log.
 *
 * The stream still fails when its source does, or when the producer can deliver nothing any more: no
 * access, a version too old, or a shared producer that was closed before the source had ended. It also
 * fails for those errors that `endsOn` says.
 *
 * @param config - Kafka's own keys, see {@link ProducerConfig}; or a producer to share
 * @returns A function that returns an Observable of one result a record.
 * @throws ConfigError, from this very call, for a key or an option that is unknown, out of range, or
 * contradicts another
 *
 * @example
 * ```ts
 * events$.pipe(toKafkaSettled(config)).subscribe((result) => {
 *   if (result.status === 'rejected') deadLetters.push(result.record)
 * })
 * ```
 *
 * @example Records that are wrong are results; when Kafka can't be reached, or refuses us, the stream ends.
 * ```ts
 * events$.pipe(toKafkaSettled(config, { endsOn: (error) => error.retriable || error.code === 'TOPIC_AUTHORIZATION_FAILED' }))
 * ```
 */
export function toKafkaSettled<R extends RecordFor<K, V>, K = never, V = never>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaSettledOptions = {},
): OperatorFunction<R, SendResult<R>> {
  checkOptions<ToKafkaSettledOptions>('toKafkaSettled', options, optionNames)
  const { endsOn } = options
  if (endsOn !== undefined && typeof endsOn !== 'function') {
    throw wrongOption('INVALID_VALUE', 'endsOn', endsOn, 'a function of the error')
  }
  return delivering<R, SendResult<R>, K, V>(config, options, (out) => ({
    acknowledged: (metadata) => out.next({ status: 'fulfilled', metadata }),
    rejected: (error) => out.next({ status: 'rejected', error, record: error.record }),
    ...(endsOn && { endsOn: (error) => endsOn(error as DeliveryError) }),
  }))
}
