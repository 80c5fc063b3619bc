// A trace's context in a record's headers, in each form that headers may have. The user's headers are never
// changed: the record gets a new object.

import type { TextMapGetter } from '@opentelemetry/api'
import type { Bytes, Header, Headers } from '../model.ts'

/** What a propagator writes: names and values. */
export type Carried = Readonly<Record<string, string>>

type Given = Headers | null | undefined

/** Reads headers for a propagator. If a name repeats, the last one counts, as for Kafka's `lastHeader`. */
export const headersGetter: TextMapGetter<Given> = {
  keys: (headers) => listOf(headers).map(({ key }) => key),
  get(headers, name) {
    const value = listOf(headers).findLast(({ key }) => key === name)?.value
    return value === null || value === undefined ? undefined : textOf(value)
  },
}

/**
 * The headers with the propagator's fields, which replace headers of the same names.
 *
 * @throws if the value is not headers, because it must not become any
 */
export function withCarried(headers: Given, carried: Carried): Headers {
  if (headers !== undefined && typeof headers !== 'object') throw new TypeError('no headers')
  if (!isIterable(headers)) return { ...headers, ...carried }
  const others = listOf(headers).filter(({ key }) => !Object.hasOwn(carried, key))
  const added = Object.entries(carried).map(([key, value]) => ({ key, value }))
  return [...others, ...added]
}

/** Whether a record's sent headers have these fields. */
export function carries(headers: readonly Header[], carried: Carried): boolean {
  const entries = Object.entries(carried)
  return (
    entries.length > 0 &&
    entries.every(([name, value]) => headersGetter.get(headers, name) === value)
  )
}

function listOf(headers: Given): readonly Header[] {
  if (headers === null || headers === undefined) return []
  if (!isIterable(headers)) {
    return Object.entries(headers).flatMap(([key, values]) =>
      [values].flat().map((value) => ({ key, value: value as Bytes })),
    )
  }
  return Array.from<Header | readonly [string, Bytes], Header>(headers, (one) =>
    'key' in one ? one : { key: one[0], value: one[1] },
  )
}

function isIterable(
  headers: Given,
): headers is readonly Header[] | Iterable<readonly [string, Bytes]> {
  return typeof headers === 'object' && headers !== null && Symbol.iterator in headers
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8')
}
