// A serializer: a function from the user's values to the bytes that Kafka keeps. Types only. The
// `serialize` stage calls it for the key, then for the value, of every record.

import type { Bytes, Headers } from '../model.ts'

/** What a {@link Serializer} gets in addition to the data. */
export interface SerializerContext {
  readonly topic: string
  /** The record's headers; null if it has none. */
  readonly headers: Headers | null
  /** Whether the data is the key (true) or the value (false). */
  readonly isKey: boolean
}

/**
 * Returns the bytes of a key or a value. A string stands for its UTF-8 bytes and is written directly into
 * the batch. Null means no key, or a tombstone.
 *
 * It is also called with null, so that it may refuse it. A promise holds back only later records of the
 * same stream and topic. If it throws, rejects, or returns something other than bytes, that record fails
 * with `SERIALIZER_FAILED` and the error as its `cause`. A promise that has not settled after
 * `max.block.ms` fails the record, too.
 */
export type Serializer<T = unknown> = (
  data: T,
  context: SerializerContext,
) => Bytes | Promise<Bytes>
