// The sentences that serializers refuse data with. They name the kind of the data, never the data:
// a record's content has no place in an error message.

import type { SerializerContext } from './serializer.ts'

/** The error for data that a serializer does not take. */
export function refusal(
  serializer: string,
  data: unknown,
  takes: string,
  context: SerializerContext,
): TypeError {
  return new TypeError(`${sideOf(context)}: ${serializer} takes ${takes}, not ${kindOf(data)}`)
}

/**
 * Whether there is nothing to serialize. A key may be absent in both ways; a value that is undefined
 * is more likely a mistake than a tombstone, and is refused.
 */
export function isNothing(data: unknown, context: SerializerContext): data is null | undefined {
  return data === null || (data === undefined && context.isKey)
}

/** `the key` or `the value`, with its topic. */
export function sideOf(context: SerializerContext): string {
  return `the ${context.isKey ? 'key' : 'value'} for ${context.topic}`
}

/** What the data is, in words. */
export function kindOf(data: unknown): string {
  if (data === undefined) return 'undefined (null is the way to say nothing)'
  if (data === null) return 'null'
  if (typeof data === 'function') return 'a function'
  if (typeof data !== 'object') return `a ${typeof data}`
  if (Array.isArray(data)) return 'an array'
  const name = (Object.getPrototypeOf(data) as { constructor?: { name?: unknown } } | null)
    ?.constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object (${name})`
    : 'an object'
}
