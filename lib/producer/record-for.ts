import type { ProducerRecord } from '../model.ts'

// Which records a producer takes, told from what its serializers take. Types only.

/** What a serializer takes; anything where its type says nothing (`never`, the default). */
type Taken<T> = [T] extends [never] ? unknown : T

/**
 * A record whose key and value fit serializers for `K` and `V`. Where the configuration's type does
 * not say what they take, any record fits: also where it names no serializer, for a `ProducerConfig` or
 * a producer of that type may have one all the same. A key or value that is neither text nor bytes then
 * fails with `SERIALIZER_FAILED`, which names the setting.
 */
export type RecordFor<K, V> = ProducerRecord<Taken<K>, Taken<V>>
