// The messages with which serializers refuse data. They name the type of the data, never the data, because
// a record's content must not be in an error message.

import { kindOf } from '../errors/quoted.ts'
import type { SerializerContext } from './serializer.ts'

/** The error for data that a serializer does not accept. */
export function refusal(
  serializer: string,
  data: unknown,
  takes: string,
  context: SerializerContext,
): TypeError {
  return new TypeError(`${sideOf(context)}: ${serializer} accepts ${takes}, not ${dataKind(data)}`)
}

/**
 * Whether there is nothing to serialize. A key may be undefined or null. A value that is undefined is more
 * likely a mistake than a tombstone, and is refused.
 */
export function isNothing(data: unknown, context: SerializerContext): data is null | undefined {
  return data === null || (data === undefined && context.isKey)
}

/** `the key` or `the value`, with its topic. */
export function sideOf(context: SerializerContext): string {
  return `the ${context.isKey ? 'key' : 'value'} for ${context.topic}`
}

/** The data's type, in words; for undefined, also what was probably meant. */
export function dataKind(data: unknown): string {
  return data === undefined ? 'undefined (use null for no value)' : kindOf(data)
}
