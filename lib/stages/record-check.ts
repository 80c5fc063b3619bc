import type { Bytes, Header, Headers } from '../model.ts'

// Whether what came in is a record, and its headers as a list. Called once for each record.

/** What is wrong with what came in, as a sentence; null where it can be a record. */
export function flawOfRecord(record: unknown): string | null {
  const isObject = typeof record === 'object' && record !== null
  return isObject ? null : `a record is an object, not ${shown(record)}`
}

/** What is wrong with a record's fields, as a sentence; null where it can be sent. */
export function flawOfFields(
  topic: unknown,
  partition: unknown,
  timestamp: unknown,
): string | null {
  if (typeof topic !== 'string' || topic === '') {
    return `topic is ${shown(topic)}; it is a string of 1 to 249 characters`
  }
  if (partition !== undefined && partition !== null && !isCount(partition, 2 ** 31)) {
    return `partition is ${shown(partition)}; it is an integer from 0 to 2147483647`
  }
  if (timestamp !== undefined && timestamp !== null && !isCount(timestamp, 2 ** 53)) {
    return `timestamp is ${shown(timestamp)}; it is milliseconds since 1970, an integer, not negative`
  }
  return null
}

/**
 * Headers as a list of our own, in either form given; null without any. Each is read once: what its
 * giver does to it afterwards changes nothing. Throws a TypeError that says what is wrong.
 */
export function headerList(headers: Headers | null | undefined): readonly Header[] | null {
  if (headers === null || headers === undefined) return null
  const list = Array.isArray(headers)
    ? (headers as readonly Header[]).map((header) => ({ key: header?.key, value: header?.value }))
    : entriesOf(headers as Record<string, Bytes>)
  for (const { key, value } of list) {
    if (typeof key !== 'string') {
      throw new TypeError(`the key of a header is ${shown(key)}; it is a string`)
    }
    if (!isBytes(value)) {
      throw new TypeError(
        `the header ${key} is ${shown(value)}; it is a string, a Uint8Array or null`,
      )
    }
  }
  return list.length === 0 ? null : list
}

/** Whether a serialized key or value is what a batch takes. */
export function isBytes(value: unknown): value is Bytes {
  return value === null || typeof value === 'string' || value instanceof Uint8Array
}

function entriesOf(headers: Readonly<Record<string, Bytes | readonly Bytes[]>>): Header[] {
  if (typeof headers !== 'object')
    throw new TypeError(`headers are ${shown(headers)}; they are a list or an object`)
  return Object.entries(headers).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map((one) => ({ key, value: one }))
      : [{ key, value: value as Bytes }],
  )
}

function isCount(value: unknown, end: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < end
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
