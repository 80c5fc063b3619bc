// Generated from keys-pipeline.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

import type { Interceptor } from '../model.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Serializer } from '../serialization/serializer.ts'
import type { PartitionerClass, SerializerClass } from './plugins.ts'

/** Interceptors, serializers and the partitioner. */
export interface PipelineConfig<K = never, V = never> {
  /**
   * Serializes keys: a function, one of `serializers`, or the full name of Apache Kafka's `…Serializer` for
   * String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double, UUID or Void. Null: strings
   * and bytes are sent unchanged, and any other type fails. The default differs from Java's: strings and
   * bytes need no serializer here.
   *
   * Accepts a function (data, context) => bytes, or the full name of one of Apache's serializers, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'key.serializer'?: Serializer<K> | SerializerClass | null | undefined
  /**
   * Serializes values: a function, one of `serializers`, or the full name of Apache Kafka's `…Serializer`
   * for String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double, UUID or Void. Null:
   * strings and bytes are sent unchanged, and any other type fails. The default differs from Java's:
   * strings and bytes need no serializer here.
   *
   * Accepts a function (data, context) => bytes, or the full name of one of Apache's serializers, or null.
   *
   * @defaultValue `null`
   * @see producer configs of Apache Kafka
   */
  readonly 'value.serializer'?: Serializer<V> | SerializerClass | null | undefined
  /**
   * Objects with the methods `onSend`, which may replace a record before anything else happens to it, and
   * `onAcknowledgement`, which gets the result of each record. They are called in this order. If one
   * throws, or returns a promise of a record, this is reported, and the interceptor is skipped.
   *
   * Accepts an array of objects with methods onSend, onAcknowledgement, or both.
   *
   * @defaultValue `[]`
   * @see KIP-42
   */
  readonly 'interceptor.classes'?: readonly Interceptor[] | undefined
  /**
   * Chooses the partition of records that do not name one: a function, or an object with a method
   * `partition`. Null: by the hash of the key, as in Java; without a key, sticky partitioning.
   *
   * Accepts a function (record, topic) => partition, an object with it as method partition, or the full
   * name of Apache's RoundRobinPartitioner, or null.
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
   * Whether records with a key are distributed like those without. Has no effect if `partitioner.class` is
   * set.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see KIP-794
   */
  readonly 'partitioner.ignore.keys'?: boolean | 'true' | 'false' | undefined
  /**
   * Whether records without a key go more often to partitions with short queues.
   *
   * Accepts true or false.
   *
   * @defaultValue `true`
   * @see KIP-794
   */
  readonly 'partitioner.adaptive.partitioning.enable'?: boolean | 'true' | 'false' | undefined
  /**
   * Records without a key avoid a broker that has not accepted anything for this long although batches were
   * waiting for it. 0: no broker is avoided.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `0`
   * @see KIP-794
   */
  readonly 'partitioner.availability.timeout.ms'?: number | string | undefined
  /**
   * Whether records without a key go to partitions whose leader is in `client.rack`, as long as such a
   * partition is available. Needs `client.rack`. Has no effect if `partitioner.class` is set.
   *
   * Accepts true or false.
   *
   * @defaultValue `false`
   * @see KIP-1123
   */
  readonly 'partitioner.rack.aware'?: boolean | 'true' | 'false' | undefined
  /**
   * The rack (for example the cloud zone) of this client, as in the brokers' `broker.rack`.
   *
   * Accepts a string.
   *
   * @defaultValue `''`
   * @see KIP-1123
   */
  readonly 'client.rack'?: string | undefined
}
