import type { ProducerRecord } from '../model.ts'

// Which records a producer takes, told from what its serializers take. Types only.

/** What a serializer takes; anything where its type says nothing (`never`, the default). */
type Taken<T> = [T] extends [never] ? unknown : T

/**
 * A record whose key and value fit serializers for `K` and `V`. If the type of the configuration does not
 * say what the serializers accept, any record fits. A key or value that is neither a string nor bytes
 * then fails at run time with `SERIALIZER_FAILED`, which names the setting.
 */
export type RecordFor<K, V> = ProducerRecord<Taken<K>, Taken<V>>
