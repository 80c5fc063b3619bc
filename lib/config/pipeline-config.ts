// Made of keys-pipeline.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Serializer } from '../serialization/serializer.ts'
import type { PartitionerClass, SerializerClass } from './plugins.ts'

/** What happens to a record on its way into a batch. */
export interface PipelineConfig<K = never, V = never> {
  /**
   * Makes bytes of keys: a function, one of `serializers`, or the full name of the `…Serializer` of
   * Apache Kafka for String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double,
   * UUID or Void. Null: strings and bytes pass, all else fails. Not the default of Java: strings
   * and bytes need no serializer here.
   *
   * Takes a function (data, context) => bytes, or the full name of one of Apache's serializers, or
   * null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'key.serializer'?: Serializer<K> | SerializerClass | null | undefined
  /**
   * Makes bytes of values: a function, one of `serializers`, or the full name of the `…Serializer`
   * of Apache Kafka for String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double,
   * UUID or Void. Null: strings and bytes pass, all else fails. Not the default of Java: strings
   * and bytes need no serializer here.
   *
   * Takes a function (data, context) => bytes, or the full name of one of Apache's serializers, or
   * null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'value.serializer'?: Serializer<V> | SerializerClass | null | undefined
  /**
   * Objects with `onSend`, which may replace a record before anything else sees it, and
   * `onAcknowledgement`, which hears what became of it. Called in this order; one that throws, or
   * gives a promise of a record, is reported and skipped.
   *
   * Takes an array of objects with methods onSend, onAcknowledgement, or both.
   *
   * @defaultValue `[]`
   * @see KIP-42
   */
  readonly 'interceptor.classes'?: readonly Interceptor[] | undefined
  /**
   * Chooses the partition of records that name none: a function, or an object with a method
   * `partition`. Null: by the hash of the key as Java does, and without a key a sticky choice.
   *
   * Takes a function (record, topic) => partition, an object with it as method partition, or the
   * full name of Apache's RoundRobinPartitioner, or null.
   *
   * @defaultValue `null`
   * @see KIP-480, KIP-794
   */
  readonly 'partitioner.class'?:
    | Partitioner<never>
    | { readonly partition: Partitioner<never> }
    | PartitionerClass
    | ''
    | null
    | undefined
  /**
   * Records with a key are placed like those without. Has no effect on a partitioner of yours.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see KIP-794
   */
  readonly 'partitioner.ignore.keys'?: boolean | 'true' | 'false' | undefined
  /**
   * Records without a key go more often to the partitions whose queues are short.
   *
   * Takes true or false.
   *
   * @defaultValue `true`
   * @see KIP-794
   */
  readonly 'partitioner.adaptive.partitioning.enable'?: boolean | 'true' | 'false' | undefined
  /**
   * Records without a key avoid a broker that has taken nothing for this long although it had
   * something to take. 0: no broker is avoided.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `0`
   * @see KIP-794
   */
  readonly 'partitioner.availability.timeout.ms'?: number | string | undefined
  /**
   * Records without a key go to partitions whose leader is in `client.rack`, for as long as there
   * are any that can be used. Needs `client.rack`. Has no effect on a partitioner of yours.
   *
   * Takes true or false.
   *
   * @defaultValue `false`
   * @see KIP-1123
   */
  readonly 'partitioner.rack.aware'?: boolean | 'true' | 'false' | undefined
  /**
   * The rack that this client is in, as brokers have it in `broker.rack`; clouds' zones, say.
   *
   * Takes a string.
   *
   * @defaultValue `''`
   * @see KIP-1123
   */
  readonly 'client.rack'?: string | undefined
}
