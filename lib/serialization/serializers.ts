// All serializers of this package under one name, including Java's `VoidSerializer`.

import type { Bytes } from '../model.ts'
import { bytes } from './bytes.ts'
import { float32, float64, int16, int32, int64 } from './numbers.ts'
import { passThrough } from './pass-through.ts'
import { isNothing, refusal } from './refusal.ts'
import type { SerializerContext } from './serializer.ts'
import { json, string, uuid } from './text.ts'

/** Java's `VoidSerializer`: accepts only null, and returns null. */
function nothing(data: null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  throw refusal('void', data, 'only null', context)
}

/**
 * The serializers for `key.serializer` and `value.serializer`. Each returns the bytes that Java's
 * serializer of that kind returns. All of them return null for null, and throw an error that names the
 * value's type for data they do not accept. You can also use your own function.
 *
 * One difference: half of a surrogate pair, which is not valid text, becomes U+FFFD (`ef bf bd`), as in
 * all of JavaScript. Java's `StringSerializer` writes a question mark.
 */
export const serializers = Object.freeze({
  /** Strings and bytes, unchanged. This is the default. */
  passThrough,
  /** UTF-8. */
  string,
  /** A `Uint8Array`, an `ArrayBuffer` or a view of one, unchanged. */
  bytes,
  /** The result of `JSON.stringify`, in UTF-8. */
  json,
  /** Two bytes. All numbers are big-endian. */
  int16,
  /** Four bytes. */
  int32,
  /** Eight bytes. Accepts a `bigint` or a safe integer. */
  int64,
  /** Four bytes, IEEE 754. */
  float32,
  /** Eight bytes, IEEE 754. */
  float64,
  /** A UUID, as its 36 characters. */
  uuid,
  /** Accepts only null. */
  void: nothing,
})
