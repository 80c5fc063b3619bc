// What a serializer is: a function from what the user has to the bytes that Kafka keeps. Types only.
// The `serialize` stage calls it for the key, then for the value, of every record.

import type { Bytes, Headers } from '../model.ts'

/** What a {@link Serializer} may know beside the data. */
export interface SerializerContext {
  readonly topic: string
  /** The headers as the record has them; null without any. */
  readonly headers: Headers | null
  /** Whether the data is the key (true) or the value (false). */
  readonly isKey: boolean
}

/**
 * Makes bytes of a key or a value. A string stands for its UTF-8 and is written straight into the
 * batch; null is "no key", or a tombstone.
 *
 * It is called with null too, so that it may refuse it. A promise holds back only what comes after
 * it for the same topic. A throw, a rejection, or a result that is no bytes fails that record with
 * `SERIALIZER_FAILED`, the error as its `cause`; and so does a promise that has not settled
 * `max.block.ms` after the record came in, whatever becomes of it later.
 */
export type Serializer<T = unknown> = (
  data: T,
  context: SerializerContext,
) => Bytes | Promise<Bytes>
