import { sizeOfVarint } from '../bytes/varint.ts'
import type { Bytes, Header } from '../model.ts'
import { RecordFacts } from './record-facts.ts'
import {
  batchOverhead,
  guess,
  measure,
  sizeOfBody,
  writeBytes,
  writeHead,
  writeHeaders,
} from './record-fields.ts'
import { fillGaps, measureRun } from './text-run.ts'

// Writes one record batch of format v2 into a buffer, a record at a time.
//
//   [61 bytes: header, see batch-seal.ts] [record]*
//
// Invariant: the batch has `count` records, which end at `length`; the last of them may still be text,
// until `finish`.
// This is the hot path of the package. A string costs the native call that encodes it, and being flattened
// for that. So the strings of up to 32 records are first concatenated, with gaps for the fields between
// them, and encoded by one call: 110 ns less per record, of 330. All are assumed to be ASCII, whose size is
// its length. The number of bytes that the call wrote tells whether that was true. If not, the bytes are
// searched for the size of each string, which is faster than a native call for each. There is room for
// that: a deferred string counts three bytes per character until it is written (text-run.ts). Owned by
// accumulator/batch-bytes.ts, which provides the buffers.

/** A write is cut off silently at the buffer's end, so a guess needs room for one more character. */
const slack = 4

/** The maximum number of records, and of characters, that wait as text. */
const deferredMax = 32
const charactersMax = 8192

/** A longer string gets its own call. */
const shortMax = 1024

const nothing = Buffer.alloc(0)

/** Gaps for the fields between strings, by size. */
const gaps = Array.from({ length: 64 }, (_, size) => '\0'.repeat(size))

export class BatchWriter {
  buffer: Buffer
  length = batchOverhead
  /** Where the next record has to end, if that is before the buffer's end. */
  limit = Number.POSITIVE_INFINITY
  count = 0
  baseTimestamp = -1
  maxTimestamp = -1
  /** The bytes of the largest record. */
  largestRecord = 0
  /** Of each record; the sizes are exact once it is finished. */
  readonly facts: RecordFacts
  /** The text of the records from `#textFrom` on, to be written from `#textStart` on; '' without any. */
  #text = ''
  #textFrom = 0
  #textStart = 0

  /** `expected` records will probably come: there is room for their facts. */
  constructor(buffer: Buffer, expected = 0) {
    this.buffer = buffer
    this.facts = new RecordFacts(expected)
  }

  /** Appends a record; false if there is no room for it, and then nothing has changed. */
  append(timestamp: number, key: Bytes, value: Bytes, headers: readonly Header[] | null): boolean {
    if (headers === null && isShort(key) && isShort(value) && this.#defer(timestamp, key, value)) {
      return true
    }
    this.finish()
    const room = this.#room()
    if (this.#put(timestamp, key, guess(key), value, guess(value), headers, room - slack))
      return true
    return this.#put(timestamp, key, measure(key), value, measure(value), headers, room)
  }

  /** From now on all records are bytes, `length` of them. */
  finish(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    const written = this.buffer.write(text, this.#textStart, 'utf8')
    const run = { start: this.#textStart, from: this.#textFrom, to: this.count }
    if (written !== text.length) {
      const { end, largest } = measureRun(this.buffer, this.facts, run)
      this.length = end
      if (largest > this.largestRecord) this.largestRecord = largest
    }
    fillGaps(this.buffer, this.facts, run)
  }

  /** Continues in a larger buffer; the old one is the caller's again. */
  moveTo(larger: Buffer): Buffer {
    const left = this.buffer
    left.copy(larger, batchOverhead, batchOverhead, this.length)
    this.buffer = larger
    return left
  }

  /** Releases the buffer; the counts stay. */
  forget(): void {
    this.buffer = nothing
    this.#text = ''
  }

  /** The records' bytes, uncompressed; a view of the buffer. */
  get payload(): Buffer {
    this.finish()
    return this.buffer.subarray(batchOverhead, this.length)
  }

  /** The maximum that the length can become: a character that waits as text takes up to three bytes. */
  get lengthMax(): number {
    return this.#text === '' ? this.length : this.length + 2 * (this.length - this.#textStart)
  }

  #room(): number {
    return Math.min(this.buffer.length, this.limit) - this.length
  }

  /** Takes a record as text; false if that is not possible without knowing its size. */
  #defer(timestamp: number, key: string | null, value: string | null): boolean {
    const { count } = this
    const text = this.#text
    const delta = count === 0 ? 0 : timestamp - this.baseTimestamp
    const keySize = key === null ? -1 : key.length
    const valueSize = value === null ? -1 : value.length
    const body = sizeOfBody(count, delta, keySize, valueSize, null)
    const size = sizeOfVarint(body) + body
    // A character has at most three bytes. Each of the three lengths may grow by a byte because of that;
    // but a record's own fields are seven bytes or more, and count three times here as well.
    if (size + 2 * (text.length + size) > this.#room()) return false
    if (text === '') {
      this.#textFrom = count
      this.#textStart = this.length
    }
    const gap = this.length - this.#textStart - text.length
    this.length += size
    this.#counted(timestamp, delta, keySize, valueSize, size)
    // Everything that is not a string, except for the byte that follows the value.
    const fields = size - 1 - Math.max(keySize, 0) - Math.max(valueSize, 0)
    if (key === null) this.#text = text + gaps[gap + fields]! + (value ?? '')
    else {
      const between = sizeOfVarint(valueSize)
      this.#text = text + gaps[gap + fields - between]! + key + gaps[between]! + (value ?? '')
    }
    const isEnough = this.count - this.#textFrom >= deferredMax
    if (isEnough || this.#text.length >= charactersMax) this.finish()
    return true
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
    const size = sizeOfVarint(body) + body
    if (size > room) return false
    const { buffer } = this
    let end = writeHead(buffer, this.length, body, delta, this.count)
    end = writeBytes(buffer, end, key, keySize)
    if (end < 0) return false
    end = writeBytes(buffer, end, value, valueSize)
    if (end < 0) return false
    this.length = writeHeaders(buffer, end, headers)
    this.#counted(timestamp, delta, keySize, valueSize, size)
    return true
  }

  #counted(
    timestamp: number,
    delta: number,
    keySize: number,
    valueSize: number,
    size: number,
  ): void {
    this.facts.add(keySize, valueSize, delta)
    if (this.count === 0) this.baseTimestamp = timestamp
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    if (size > this.largestRecord) this.largestRecord = size
    this.count += 1
  }
}

/** Returns whether a key or a value is null or a short string. */
export function isShort(bytes: Bytes): bytes is string | null {
  return bytes === null || (typeof bytes === 'string' && bytes.length <= shortMax)
}
