import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../bytes/varint.ts'
import type { Bytes, Header } from '../model.ts'
import { crc32c } from './checksum.ts'

// Writes one record batch of format v2 straight into a buffer, a record at a time, in one pass.
//
//   [61 bytes: header, written by seal() and stamp()] [record]*
//   record = length:varint 0:int8 timestampDelta:varlong offsetDelta:varint
//            keyLength:varint key valueLength:varint value headerCount:varint header*
//
// Invariant: `length` bytes of `buffer` are written: whole records, `count` of them.
// The hot path of the package. A string is taken for ASCII first: its size is then its length, and
// the native call that writes it says whether that was true (to measure it beforehand is a second
// native call, 15 ns a record). Owned by accumulator/batch.ts, which finds the buffers.

/** Bytes of a batch before its first record. */
export const batchOverhead = 61

/** The most that one record's own fields add to its key, value and headers. */
export const recordOverheadMax = 21

/** A write is cut off silently at the buffer's end, so a guess needs room for one character more. */
const slack = 4

const nothing = Buffer.alloc(0)

/** Who writes a batch, and the number of its first record. */
export interface Stamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
}

export class BatchWriter {
  buffer: Buffer
  length = batchOverhead
  /** Where the next record has to end, if that is before the buffer does. */
  limit = Number.POSITIVE_INFINITY
  count = 0
  baseTimestamp = -1
  maxTimestamp = -1
  /** Bytes of the key and the value that were appended last; -1 for null. */
  keySize = -1
  valueSize = -1

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  /** Appends a record; false where there is no room for it, and then nothing has changed. */
  append(timestamp: number, key: Bytes, value: Bytes, headers: readonly Header[] | null): boolean {
    const room = Math.min(this.buffer.length, this.limit) - this.length
    if (this.#put(timestamp, key, guess(key), value, guess(value), headers, room - slack))
      return true
    return this.#put(timestamp, key, measure(key), value, measure(value), headers, room)
  }

  /** Continues in a larger buffer; the one it leaves is the caller's again. */
  moveTo(larger: Buffer): Buffer {
    const left = this.buffer
    left.copy(larger, batchOverhead, batchOverhead, this.length)
    this.buffer = larger
    return left
  }

  /** Lets the buffer go; what was counted stays. */
  forget(): void {
    this.buffer = nothing
  }

  /** The records' bytes, uncompressed; a view of the buffer. */
  get payload(): Buffer {
    return this.buffer.subarray(batchOverhead, this.length)
  }

  #put(
    timestamp: number,
    key: Bytes,
    keySize: number,
    value: Bytes,
    valueSize: number,
    headers: readonly Header[] | null,
    room: number,
  ): boolean {
    const delta = this.count === 0 ? 0 : timestamp - this.baseTimestamp
    const body = sizeOfBody(this.count, delta, keySize, valueSize, headers)
    if (sizeOfVarint(body) + body > room) return false
    const buffer = this.buffer
    let end = writeVarint(buffer, this.length, body)
    buffer[end] = 0
    end = writeVarlong(buffer, end + 1, delta)
    end = writeVarint(buffer, end, this.count)
    end = writeBytes(buffer, end, key, keySize)
    if (end < 0) return false
    end = writeBytes(buffer, end, value, valueSize)
    if (end < 0) return false
    this.length = writeHeaders(buffer, end, headers)
    this.keySize = keySize
    this.valueSize = valueSize
    this.#counted(timestamp)
    return true
  }

  #counted(timestamp: number): void {
    if (this.count === 0) this.baseTimestamp = timestamp
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.count += 1
  }
}

/** The bytes one record takes in a batch of its own, header of the batch included, at most. */
export function sizeUpperBound(
  key: Bytes,
  value: Bytes,
  headers: readonly Header[] | null,
): number {
  return (
    batchOverhead + recordOverheadMax + fieldSize(key) + fieldSize(value) + sizeOfHeaders(headers)
  )
}

/** The bytes one record takes at place `index` of a batch, `delta` milliseconds after its first. */
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

/**
 * Writes the header of a batch, all but who sends it. `attributes` says how `payload` is compressed;
 * `header` may be the head of the very buffer that holds the payload.
 */
export function writeHeader(
  header: Buffer,
  batch: BatchWriter,
  attributes: number,
  payloadLength: number,
): void {
  header.fill(0, 0, 8) // baseOffset: the broker's to set
  header.writeInt32BE(batchOverhead - 12 + payloadLength, 8)
  header.writeInt32BE(-1, 12) // partitionLeaderEpoch: the broker's to set
  header[16] = 2
  header.writeInt16BE(attributes, 21)
  header.writeInt32BE(batch.count - 1, 23)
  header.writeBigInt64BE(BigInt(batch.baseTimestamp), 27)
  header.writeBigInt64BE(BigInt(batch.maxTimestamp), 35)
  header.writeInt32BE(batch.count, 57)
}

/** Writes who sends a batch, and the checksum, which covers that too. `chunks[0]` is the header. */
export function writeStamp(chunks: readonly Uint8Array[], stamp: Stamp): void {
  const first = chunks[0] as Buffer
  first.writeBigInt64BE(stamp.producerId, 43)
  first.writeInt16BE(stamp.producerEpoch, 51)
  first.writeInt32BE(stamp.baseSequence, 53)
  let crc = crc32c(first, 21, first.length)
  for (let index = 1; index < chunks.length; index += 1) {
    const chunk = chunks[index]!
    crc = crc32c(chunk, 0, chunk.length, crc)
  }
  first.writeUInt32BE(crc, 17)
}

/** A record's bytes, but for the length that stands before them. */
function sizeOfBody(
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

function guess(bytes: Bytes): number {
  return bytes === null ? -1 : bytes.length
}

function measure(bytes: Bytes): number {
  if (bytes === null) return -1
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

function fieldSize(bytes: Bytes): number {
  const size = measure(bytes)
  return sizeOfVarint(size) + Math.max(size, 0)
}

/** Writes `[size:varint][bytes]`; -1 where `bytes` is not of that size after all. */
function writeBytes(buffer: Buffer, offset: number, bytes: Bytes, size: number): number {
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

function writeHeaders(buffer: Buffer, offset: number, headers: readonly Header[] | null): number {
  if (headers === null) return writeVarint(buffer, offset, 0)
  let end = writeVarint(buffer, offset, headers.length)
  for (const { key, value } of headers) {
    end = writeBytes(buffer, end, key, measure(key))
    end = writeBytes(buffer, end, value, measure(value))
  }
  return end
}
