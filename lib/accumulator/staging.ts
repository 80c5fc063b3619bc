import type { Envelope } from '../model.ts'
import { isShort } from '../records/batch-writer.ts'
import { sizeOfText } from '../records/record-fields.ts'

// The records of one topic that are accepted, but not yet written into their batches: a list for each
// partition, linked through the records.
// With a thousand partitions in turn, nearly every access to a batch misses the processor's cache, and
// writing a record into it touches some twenty cache lines. Here each partition has a few numbers, and those of
// all partitions are side by side. So a batch is touched once for many records.
// Invariant: the staged records of a partition fit into the buffer of its open batch, however many bytes their
// characters take, and they are written before anything reads the batch.
// accumulator.ts has one for each topic; batch.ts says how much fits, and takes what it writes.

/** The maximum number of records that are written at once: as many as one call encodes (batch-writer.ts). */
const stagedMax = 32

/** The maximum bytes of a character. A record's other fields count three times as well, since they may grow too. */
const widthMax = 3

export class Staging {
  #newest: (Envelope | null)[] = []
  /** The number of staged records. */
  #counts = new Int32Array(0)
  /** The bytes that certainly fit; 0 if nothing may be staged. */
  #free = new Int32Array(0)
  /** The bytes of the staged records, if they are ASCII. */
  #bytes = new Int32Array(0)
  /** The number of records that are written into the open batch. */
  #written = new Int32Array(0)
  /** The timestamp of its first record. */
  #baseTimestamps = new Float64Array(0)

  /** Stages a record for its partition's open batch. Returns its bytes, counted as ASCII; -1 if it is not staged. */
  add(envelope: Envelope): number {
    const { partition, key, value, headers, timestamp } = envelope
    const free = this.#free[partition]
    if (free === undefined || free === 0) return -1
    if (headers !== null || !isShort(key) || !isShort(value)) return -1
    const count = this.#counts[partition]!
    if (count === stagedMax) return -1
    const index = this.#written[partition]! + count
    const size = sizeOfText(index, timestamp - this.#baseTimestamps[partition]!, key, value)
    if (widthMax * size > free) return -1
    this.#free[partition] = free - widthMax * size
    this.#counts[partition] = count + 1
    this.#bytes[partition]! += size
    envelope.neighbour = this.#newest[partition]!
    this.#newest[partition] = envelope
    return size
  }

  /** Returns the bytes that are staged for a partition, counted as ASCII. */
  bytesOf(partition: number): number {
    return this.#bytes[partition] ?? 0
  }

  /** The partition's open batch has `written` records, and `free` more bytes certainly fit. */
  open(partition: number, written: number, baseTimestamp: number, free: number): void {
    if (partition >= this.#newest.length) this.#grow(partition + 1)
    this.#written[partition] = written
    this.#baseTimestamps[partition] = baseTimestamp
    this.#free[partition] = Math.max(0, free)
  }

  /** Removes what is staged for a partition. Returns the oldest, whose neighbour is the next. Stages nothing until `open`. */
  take(partition: number): Envelope | null {
    this.#free[partition] = 0
    const newest = this.#newest[partition] ?? null
    if (newest === null) return null
    this.#newest[partition] = null
    this.#counts[partition] = 0
    this.#bytes[partition] = 0
    return reversed(newest)
  }

  #grow(least: number): void {
    const length = Math.max(least, 2 * this.#newest.length)
    while (this.#newest.length < length) this.#newest.push(null)
    this.#counts = copied(this.#counts, new Int32Array(length))
    this.#free = copied(this.#free, new Int32Array(length))
    this.#bytes = copied(this.#bytes, new Int32Array(length))
    this.#written = copied(this.#written, new Int32Array(length))
    this.#baseTimestamps = copied(this.#baseTimestamps, new Float64Array(length))
  }
}

/** Whether a record can be written later. One whose caller or flush waits for it cannot: its batch must know. */
export function isStageable({ isPaced, token }: Envelope): boolean {
  return isPaced && token === null
}

function reversed(newest: Envelope): Envelope {
  let oldest = newest
  let next: Envelope | null = null
  for (let at: Envelope | null = newest; at !== null; ) {
    const { neighbour }: Envelope = at
    at.neighbour = next
    next = at
    oldest = at
    at = neighbour
  }
  return oldest
}

function copied<Numbers extends Int32Array | Float64Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
