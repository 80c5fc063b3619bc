import type { OperatorFunction } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { delivering, type ToKafkaOptions, toKafkaOptions } from './to-kafka.ts'

/** The result of one record. As in `Promise.allSettled`, `status` says which of the two it is. */
export type SendResult<R extends ProducerRecord = ProducerRecord> =
  | { readonly status: 'fulfilled'; readonly metadata: RecordMetadata<R> }
  | { readonly status: 'rejected'; readonly error: DeliveryError<R>; readonly record: R }

const optionNames: OptionNames<ToKafkaSettledOptions> = { ...toKafkaOptions, endsOn: true }

/** Options of {@link toKafkaSettled}, in addition to the configuration. */
export interface ToKafkaSettledOptions extends ToKafkaOptions {
  /**
   * Returns whether a failure ends the stream, as any failure ends {@link toKafka}: the source is
   * unsubscribed, requests in flight are awaited, and the error lists the records without a result. It is
   * called once per record that fails. If it throws, the stream ends, and RxJS reports the exception.
   *
   * @defaultValue no failure ends the stream
   */
  readonly endsOn?: ((error: DeliveryError) => boolean) | undefined
}

/**
 * Delivers each record like {@link toKafka}, but reports a failed record as a result, and the stream goes
 * on. It emits one {@link SendResult} per record. After a rejected record, later records of its partition
 * may be in the log.
 *
 * The stream still fails if its source fails, if the producer can deliver nothing any more (access
 * denied, a broker that is too old, or a shared producer that was closed before the source had ended), or
 * if `endsOn` returns true.
 *
 * @param config - Kafka's own keys, see {@link ProducerConfig}; or a producer to share
 * @returns An operator that emits one result per record.
 * @throws ConfigError, synchronously, if a key or an option is unknown, out of range, or contradicts
 * another
 *
 * @example
 * ```ts
 * events$.pipe(toKafkaSettled(config)).subscribe((result) => {
 *   if (result.status === 'rejected') deadLetters.push(result.record)
 * })
 * ```
 *
 * @example Invalid records are results. If Kafka cannot be reached or denies access, the stream ends.
 * ```ts
 * events$.pipe(toKafkaSettled(config, { endsOn: (error) => error.retriable || error.code === 'TOPIC_AUTHORIZATION_FAILED' }))
 * ```
 *
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
