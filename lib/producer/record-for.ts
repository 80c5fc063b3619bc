import type { ProducerRecord } from '../model.ts'

// Which records a producer takes, derived from the types of its serializers. Types only.

/** What a serializer accepts; anything if its type does not say (`never`, the default). */
type Taken<T> = [T] extends [never] ? unknown : T

/**
 * A record whose key and value fit serializers for `K` and `V`. If the type of the configuration does not
 * say what the serializers accept, any record fits. A key or value that is neither a string nor bytes
 * then fails at run time with `SERIALIZER_FAILED`, which names the setting.
 */
export type RecordFor<K, V> = ProducerRecord<Taken<K>, Taken<V>>
