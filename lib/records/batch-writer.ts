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
// Invariant: the batch has `count` records, and they end at `length`; the last of them may still be
// text, until `finish`.
// The hot path of the package. What a string costs is the native call that encodes it, and that it
// has to be made flat for it. So the strings of up to 32 records are put together first, with gaps for
// the fields between them, and encoded by one call: 110 ns a record less, of 330. All are taken for
// ASCII, whose size is its length. How many bytes the call wrote tells whether that was true. If it was not,
// the bytes tell what each string takes: to walk over them is quicker than a native call for each. There is
// room for that: a deferred string counts three bytes a character until it is written (text-run.ts).
// Owned by accumulator/batch-bytes.ts, which finds the buffers.

/** A write is cut off silently at the buffer's end, so a guess needs room for one character more. */
const slack = 4

/** How many records wait as text at most, and how many characters. */
const deferredMax = 32
const charactersMax = 8192

/** A longer string goes by a call of its own. */
const shortMax = 1024

const nothing = Buffer.alloc(0)

/** Room for fields between strings, by its size. */
const gaps = Array.from({ length: 64 }, (_, size) => '\0'.repeat(size))

export class BatchWriter {
  buffer: Buffer
  length = batchOverhead
  /** Where the next record has to end, if that is before the buffer does. */
  limit = Number.POSITIVE_INFINITY
  count = 0
  baseTimestamp = -1
  maxTimestamp = -1
  /** Bytes of the largest record. */
  largestRecord = 0
  /** Of each record; the sizes are exact once it is finished. */
  readonly facts: RecordFacts
  /** The records from `#textFrom` on, as they are to be written from `#textStart` on; '' without any. */
  #text = ''
  #textFrom = 0
  #textStart = 0

  /** `expected` records will probably come: there is room for what is kept of them. */
  constructor(buffer: Buffer, expected = 0) {
    this.buffer = buffer
    this.facts = new RecordFacts(expected)
  }

  /** Appends a record; false where there is no room for it, and then none has changed. */
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

  /** All records are bytes from now on, `length` of them. */
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
    this.#text = ''
  }

  /** The records' bytes, uncompressed; a view of the buffer. */
  get payload(): Buffer {
    this.finish()
    return this.buffer.subarray(batchOverhead, this.length)
  }

  #room(): number {
    return Math.min(this.buffer.length, this.limit) - this.length
  }

  /** Takes a record as text; false where that can't be done without knowing its size. */
  #defer(timestamp: number, key: string | null, value: string | null): boolean {
    const { count } = this
    const text = this.#text
    const delta = count === 0 ? 0 : timestamp - this.baseTimestamp
    const keySize = key === null ? -1 : key.length
    const valueSize = value === null ? -1 : value.length
    const body = sizeOfBody(count, delta, keySize, valueSize, null)
    const size = sizeOfVarint(body) + body
    // A character is three bytes at most. Each of the three lengths may grow by a byte for that; but a
    // record's own fields are seven bytes or more, and count three times here as well.
    if (size + 2 * (text.length + size) > this.#room()) return false
    if (text === '') {
      this.#textFrom = count
      this.#textStart = this.length
    }
    const gap = this.length - this.#textStart - text.length
    this.length += size
    this.#counted(timestamp, delta, keySize, valueSize, size)
    // All that is no string, but for the one byte that follows the value.
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

function isShort(bytes: Bytes): bytes is string | null {
  return bytes === null || (typeof bytes === 'string' && bytes.length <= shortMax)
}
