import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../bytes/varint.ts'
import type { Bytes, Header } from '../model.ts'

// The fields of one record in a batch of format v2: how many bytes they take, and writing them.
//
//   record = length:varint 0:int8 timestampDelta:varlong offsetDelta:varint
//            keyLength:varint key valueLength:varint value headerCount:varint header*
//
// Plain functions over a buffer and an offset, without allocations. The caller has made room. Used by
// batch-writer.ts, and wherever a record's size must be known beforehand.

/** The bytes of a batch before its first record. */
export const batchOverhead = 61

/** The most that a record's own fields add to its key, value and headers. */
export const recordOverheadMax = 21

/** The most bytes that one record takes in a batch of its own, including the batch's header. */
export function sizeUpperBound(
  key: Bytes,
  value: Bytes,
  headers: readonly Header[] | null,
): number {
  return (
    batchOverhead + recordOverheadMax + fieldSize(key) + fieldSize(value) + sizeOfHeaders(headers)
  )
}

/** The bytes of a record at index `index` of a batch, `delta` milliseconds after its first record. */
export function sizeOfRecord(
  index: number,
  delta: number,
  key: Bytes,
  value: Bytes,
  headers: readonly Header[] | null,
): number {
  const body = sizeOfBody(index, delta, measure(key), measure(value), headers)
  return sizeOfVarint(body) + body
}

/** The same for a record of strings without headers, if they are ASCII. */
export function sizeOfText(
  index: number,
  delta: number,
  key: string | null,
  value: string | null,
): number {
  const body = sizeOfBody(index, delta, guess(key), guess(value), null)
  return sizeOfVarint(body) + body
}

/** A record's bytes, without the length before them. */
export function sizeOfBody(
  index: number,
  delta: number,
  keySize: number,
  valueSize: number,
  headers: readonly Header[] | null,
): number {
  return (
    1 +
    sizeOfVarlong(delta) +
    sizeOfVarint(index) +
    sizeOfVarint(keySize) +
    sizeOfVarint(valueSize) +
    Math.max(keySize, 0) +
    Math.max(valueSize, 0) +
    sizeOfHeaders(headers)
  )
}

/** Its bytes, if a string is ASCII; -1 for null. */
export function guess(bytes: Bytes): number {
  return bytes === null ? -1 : bytes.length
}

/** Its bytes; -1 for null. */
export function measure(bytes: Bytes): number {
  if (bytes === null) return -1
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

function fieldSize(bytes: Bytes): number {
  const size = measure(bytes)
  return sizeOfVarint(size) + Math.max(size, 0)
}

/** Writes everything before the key: `body` bytes follow the first field. Returns the offset after it. */
export function writeHead(
  buffer: Buffer,
  offset: number,
  body: number,
  delta: number,
  index: number,
): number {
  const attributes = writeVarint(buffer, offset, body)
  buffer[attributes] = 0
  return writeVarint(buffer, writeVarlong(buffer, attributes + 1, delta), index)
}

/** The bytes of everything before the key. */
export function sizeOfHead(body: number, delta: number, index: number): number {
  return sizeOfVarint(body) + 1 + sizeOfVarlong(delta) + sizeOfVarint(index)
}

/** Writes `[size:varint][bytes]`; -1 if `bytes` is not of that size after all. */
export function writeBytes(buffer: Buffer, offset: number, bytes: Bytes, size: number): number {
  const start = writeVarint(buffer, offset, size)
  if (bytes === null) return start
  if (typeof bytes !== 'string') {
    buffer.set(bytes, start)
    return start + size
  }
  return buffer.write(bytes, start, 'utf8') === size ? start + size : -1
}

function sizeOfHeaders(headers: readonly Header[] | null): number {
  if (headers === null) return 1
  let size = sizeOfVarint(headers.length)
  for (const header of headers) size += fieldSize(header.key) + fieldSize(header.value)
  return size
}

export function writeHeaders(
  buffer: Buffer,
  offset: number,
  headers: readonly Header[] | null,
): number {
  if (headers === null) return writeVarint(buffer, offset, 0)
  let end = writeVarint(buffer, offset, headers.length)
  for (const { key, value } of headers) {
    end = writeBytes(buffer, end, key, measure(key))
    end = writeBytes(buffer, end, value, measure(value))
  }
  return end
}
