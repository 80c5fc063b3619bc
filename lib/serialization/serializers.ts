// Every serializer of this package under one name, Java's `VoidSerializer` included.

import type { Bytes } from '../model.ts'
import { bytes } from './bytes.ts'
import { float32, float64, int16, int32, int64 } from './numbers.ts'
import { passThrough } from './pass-through.ts'
import { isNothing, refusal } from './refusal.ts'
import type { SerializerContext } from './serializer.ts'
import { json, string, uuid } from './text.ts'

/** Java's `VoidSerializer`: takes null alone, and gives null. */
function nothing(data: null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  throw refusal('void', data, 'null alone', context)
}

/**
 * The serializers for `key.serializer` and `value.serializer`; each gives the very bytes of Java's
 * serializer of that kind. All keep null as null, and fail what they do not take with an error that
 * says so. Any function of the same shape serves as well.
 *
 * One difference: half of a surrogate pair, which is no text, becomes U+FFFD (`ef bf bd`), as
 * JavaScript encodes it; Java's `StringSerializer` writes a question mark.
 */
export const serializers = Object.freeze({
  /** Strings and bytes as they are: the default. */
  passThrough,
  /** UTF-8. */
  string,
  /** A `Uint8Array`, an `ArrayBuffer` or a view of one, as it is. */
  bytes,
  /** What `JSON.stringify` makes of it, in UTF-8. */
  json,
  /** Two bytes, big-endian, as are all numbers here. */
  int16,
  /** Four bytes. */
  int32,
  /** Eight bytes, of a `bigint` or of a number that is a safe integer. */
  int64,
  /** Four bytes, IEEE 754. */
  float32,
  /** Eight bytes, IEEE 754. */
  float64,
  /** A UUID as its 36 characters. */
  uuid,
  /** Null, and nothing else. */
  void: nothing,
})
