// Serializers to text: plain, JSON, and a UUID as Java writes it. All return a string, which is written
// into the batch as UTF-8 without a buffer of its own.

import { kindOf, wordsOf } from '../errors/quoted.ts'
import type { Bytes } from '../model.ts'
import { isNothing, refusal, sideOf } from './refusal.ts'
import type { SerializerContext } from './serializer.ts'

/** Java's `StringSerializer` with its default, UTF-8. Null stays null. */
export function string(data: string | null | undefined, context: SerializerContext): Bytes {
  if (typeof data === 'string') return data
  if (isNothing(data, context)) return null
  throw refusal('string', data, 'a string', context)
}

/**
 * `JSON.stringify`, as UTF-8. Null stays null, a tombstone, and does not become the text `null`.
 *
 * Values that JSON cannot represent are a `TypeError`: undefined, functions and symbols, NaN and infinities
 * (if they are the whole value), a bigint, a circular structure.
 */
export function json(data: unknown, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  if (typeof data === 'number' && !Number.isFinite(data)) {
    throw new TypeError(`${sideOf(context)}: json accepts a finite number, not ${data}`)
  }
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    const why = `${sideOf(context)}: json cannot represent ${kindOf(data)}: ${wordsOf(cause)}`
    throw new TypeError(why, { cause })
  }
  if (text === undefined) throw refusal('json', data, 'a value that JSON can represent', context)
  return text
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * Java's `UUIDSerializer`: the 36 characters of a UUID, in lower case, as `UUID.toString` returns them.
 * Null stays null; a string of another form is a `TypeError`.
 */
export function uuid(data: string | null | undefined, context: SerializerContext): Bytes {
  if (isNothing(data, context)) return null
  if (typeof data === 'string' && form.test(data)) return data.toLowerCase()
  const takes = 'the text of a UUID (8-4-4-4-12 hexadecimal digits)'
  throw refusal('uuid', data, takes, context)
}
