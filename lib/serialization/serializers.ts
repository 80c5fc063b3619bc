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
 */
export const serializers = Object.freeze({
  /** Strings and bytes as they are: the default. */
  passThrough,
  string,
  bytes,
  json,
  int16,
  int32,
  int64,
  float32,
  float64,
  uuid,
  void: nothing,
})
