import type { OperatorFunction } from 'rxjs'
import type { ProducerConfig } from '../config/producer-config.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { checkToKafkaOptions, delivering, type ToKafkaOptions } from './to-kafka.ts'

/** What became of one record, told apart by `status`, as by `Promise.allSettled`. */
export type SendResult<R extends ProducerRecord = ProducerRecord> =
  | { readonly status: 'fulfilled'; readonly metadata: RecordMetadata<R> }
  | { readonly status: 'rejected'; readonly error: DeliveryError<R>; readonly record: R }

/**
 * As {@link toKafka}, but a record that can't be delivered is a result like any other, and the stream
 * goes on: one {@link SendResult} for each record. After a rejected record later ones of its
 * partition may be in the log.
 *
 * The stream still fails when its source does, or when the producer can deliver nothing any more: no
 * access, a version too old, or a shared producer that was closed before the source had ended.
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
 */
export function toKafkaSettled<R extends RecordFor<K, V>, K = never, V = never>(
  config: ProducerConfig<K, V> | KafkaProducer<K, V>,
  options: ToKafkaOptions = {},
): OperatorFunction<R, SendResult<R>> {
  checkToKafkaOptions('toKafkaSettled', options)
  return delivering<R, SendResult<R>, K, V>(config, options, (out) => ({
    acknowledged: (metadata) => out.next({ status: 'fulfilled', metadata }),
    rejected: (error) => out.next({ status: 'rejected', error, record: error.record }),
  }))
}
