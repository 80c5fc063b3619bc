import { isUint8Array } from '../bytes/is-bytes.ts'
import { kindOf, quoted } from '../errors/quoted.ts'
import type { Bytes, Header, Headers } from '../model.ts'

// Whether the object that came in is a record, and its headers as a list. Called once for each record. The
// messages name the type of a wrong value, not the value, because a record's content must not be in an
// error message. Partition and timestamp are not content, and are shown.

/** What is wrong with the object, as a sentence; null if it can be a record. */
export function flawOfRecord(record: unknown): string | null {
  const isObject = typeof record === 'object' && record !== null
  return isObject ? null : `a record is an object, not ${kindOf(record)}`
}

/** What is wrong with a record's fields, as a sentence; null if it can be sent. */
export function flawOfFields(
  topic: unknown,
  partition: unknown,
  timestamp: unknown,
): string | null {
  if (typeof topic !== 'string' || topic === '') {
    return `topic is ${topic === '' ? 'empty' : kindOf(topic)}; it must be a string of 1 to 249 characters`
  }
  if (partition !== undefined && partition !== null && !isCount(partition, 2 ** 31)) {
    return `partition is ${quoted(partition)}; it must be an integer from 0 to 2147483647`
  }
  if (timestamp !== undefined && timestamp !== null && !isCount(timestamp, 2 ** 53)) {
    return `timestamp is ${quoted(timestamp)}; it must be milliseconds since 1970, an integer, not negative`
  }
  return null
}

/**
 * Copies headers of any form into a list; null without headers. Each is read once, so later changes by the
 * caller have no effect. Throws a TypeError that says what is wrong.
 */
export function headerList(headers: Headers | null | undefined): readonly Header[] | null {
  if (headers === null || headers === undefined) return null
  const list = Array.isArray(headers)
    ? (headers as readonly (Header | Pair)[]).map(headerOf)
    : entriesOf(headers as Exclude<Headers, readonly unknown[]>)
  for (const { key, value } of list) {
    if (typeof key !== 'string') {
      throw new TypeError(`the key of a header is ${kindOf(key)}; it must be a string`)
    }
    if (!isBytes(value)) {
      throw new TypeError(
        `the header ${key} is ${kindOf(value)}; it must be a string, a Uint8Array or null`,
      )
    }
  }
  return list.length === 0 ? null : list
}

/** Whether a batch accepts this as a key, value or header. */
export function isBytes(value: unknown): value is Bytes {
  return value === null || typeof value === 'string' || isUint8Array(value)
}

type Pair = readonly [name: string, value: Bytes]

function headerOf(given: Header | Pair): Header {
  if (Array.isArray(given)) return { key: given[0], value: given[1] }
  const header = given as Header | undefined
  return { key: header?.key as string, value: header?.value as Bytes }
}

function entriesOf(headers: Exclude<Headers, readonly unknown[]>): Header[] {
  if (typeof headers !== 'object') {
    throw new TypeError(`headers are ${kindOf(headers)}; they must be a list, pairs or an object`)
  }
  if (isIterable(headers)) return Array.from(headers, headerOf)
  return Object.entries(headers).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map((one) => ({ key, value: one }))
      : [{ key, value: value as Bytes }],
  )
}

/** An iterator that works only once is refused: if the record is sent again, it would have no headers. */
function isIterable(headers: object): headers is Iterable<Pair> {
  if (typeof (headers as Partial<Iterable<Pair>>)[Symbol.iterator] !== 'function') return false
  if (typeof (headers as Partial<Iterator<Pair>>).next !== 'function') return true
  throw new TypeError(
    'headers are an iterator, which can be read only once; they must be a list, pairs or an object',
  )
}

function isCount(value: unknown, end: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < end
}
