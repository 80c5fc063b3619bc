// One partition's log: whole batches as they were written, with the offsets that the broker assigned.
// Invariant: offsets are dense from `startOffset` to `nextOffset`, each in exactly one batch. Written by
// append.ts; read by the answers to Fetch and ListOffsets, and by MockCluster.

import {
  assignOffset,
  attributesAt,
  type BatchHeader,
  controlFlag,
  crcAt,
  logAppendTimeFlag,
  maxTimestampAt,
  readHeader,
  transactionalFlag,
} from '../records/batch-header.ts'
import { type LogRecord, openBatch } from '../records/batch-reader.ts'
import { crc32c } from '../records/checksum.ts'
import { TransactionIndex } from './transaction-index.ts'

/** An appended batch. Its bytes never change again. */
export interface StoredBatch {
  readonly bytes: Uint8Array
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly maxTimestamp: number
  /** Whether it is the marker of a transaction's end, which readers skip. */
  readonly isMarker: boolean
}

/** The position found for a timestamp. */
export interface FoundOffset {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

export class PartitionLog {
  readonly transactions = new TransactionIndex()
  #startOffset = 0
  #nextOffset = 0
  #batches: StoredBatch[] = []

  /** The offset of the first readable record. */
  get startOffset(): number {
    return this.#startOffset
  }

  /** The offset of the next record. All earlier records can be read immediately. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The first offset that a `read_committed` reader cannot see yet, because a transaction is open. */
  get lastStableOffset(): number {
    return this.transactions.stableBefore(this.#nextOffset)
  }

  get batches(): readonly StoredBatch[] {
    return this.#batches
  }

  /** Appends a copy of the batch. `appendTime`: the broker's time, if the topic uses it. */
  append(
    batch: Uint8Array,
    header: BatchHeader,
    leaderEpoch: number,
    appendTime: number | null,
  ): StoredBatch {
    const bytes = Uint8Array.from(batch)
    assignOffset(bytes, this.#nextOffset, leaderEpoch)
    if (appendTime !== null) stampTime(bytes, header, appendTime)
    const stored = {
      bytes,
      baseOffset: this.#nextOffset,
      lastOffset: this.#nextOffset + header.lastOffsetDelta,
      leaderEpoch,
      maxTimestamp: appendTime ?? header.maxTimestamp,
      isMarker: (header.attributes & controlFlag) !== 0,
    }
    this.#batches.push(stored)
    this.#nextOffset = stored.lastOffset + 1
    return stored
  }

  /** Appends the marker that ends a transaction. */
  appendMarker(batch: Uint8Array, leaderEpoch: number): StoredBatch {
    return this.append(batch, readHeader(batch), leaderEpoch, null)
  }

  /**
   * Removes the records below `before` (-1: all), as retention and DeleteRecords do. A batch is removed
   * when all its records are below; the first remaining one may contain some that cannot be read any more.
   */
  deleteBefore(before: number): void {
    const offset = before === -1 ? this.#nextOffset : before
    if (!Number.isInteger(offset) || offset < 0 || offset > this.#nextOffset) {
      const allowed = `0 to ${this.#nextOffset}, where it ends, or -1 for all`
      throw new RangeError(`a log cannot begin at ${before}; it must be ${allowed}`)
    }
    this.#startOffset = Math.max(this.#startOffset, offset)
    this.#batches = this.#batches.filter(({ lastOffset }) => lastOffset >= this.#startOffset)
  }

  /**
   * Whole batches from the one with `offset` on, below the offset `to`: at least one, then up to
   * `bytesMax`.
   */
  read(offset: number, bytesMax: number, to: number = this.#nextOffset): StoredBatch[] {
    const batches: StoredBatch[] = []
    let room = bytesMax
    for (let index = this.#indexOf(offset); index < this.#batches.length; index++) {
      const batch = this.#batches[index]!
      const { byteLength } = batch.bytes
      if (batch.baseOffset >= to || (batches.length > 0 && byteLength > room)) break
      batches.push(batch)
      room -= byteLength
    }
    return batches
  }

  /** The first record that is not older than `timestamp`. */
  atTimestamp(timestamp: number): FoundOffset | null {
    for (const batch of this.#batches) {
      if (batch.maxTimestamp < timestamp) continue
      for (const record of this.#recordsOf(batch)) {
        if (record.timestamp >= timestamp) return found(record, batch)
      }
    }
    return null
  }

  /** The first of the newest records. */
  newest(): FoundOffset | null {
    let newest: StoredBatch | undefined
    for (const batch of this.#batches) {
      if (!newest || batch.maxTimestamp > newest.maxTimestamp) newest = batch
    }
    return newest ? this.atTimestamp(newest.maxTimestamp) : null
  }

  /** Every record, in log order, without markers. */
  *records(): Generator<LogRecord> {
    for (const batch of this.#batches) if (!batch.isMarker) yield* this.#recordsOf(batch)
  }

  /** The records for a `read_committed` reader, in log order. */
  *committed(): Generator<LogRecord> {
    const end = this.lastStableOffset
    for (const batch of this.read(this.#startOffset, Number.POSITIVE_INFINITY, end)) {
      if (batch.isMarker || this.#wasAborted(batch)) continue
      yield* this.#recordsOf(batch)
    }
  }

  #wasAborted({ bytes, baseOffset, lastOffset }: StoredBatch): boolean {
    const { attributes, producerId } = readHeader(bytes)
    if ((attributes & transactionalFlag) === 0) return false
    const aborted = this.transactions.abortedWithin(baseOffset, lastOffset + 1)
    return aborted.some((one) => one.producerId === producerId && one.firstOffset <= baseOffset)
  }

  *#recordsOf({ bytes }: StoredBatch): Generator<LogRecord, void> {
    for (const record of openBatch(bytes).walk()) {
      if (record.offset >= this.#startOffset) yield record
    }
  }

  /** The index of the batch with `offset`. */
  #indexOf(offset: number): number {
    let [low, high] = [0, this.#batches.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function found({ offset, timestamp }: LogRecord, { leaderEpoch }: StoredBatch): FoundOffset {
  return { offset, timestamp, leaderEpoch }
}

// The records keep their times; the flag says that the batch's maximum counts.
function stampTime(bytes: Uint8Array, header: BatchHeader, appendTime: number): void {
  const view = new DataView(bytes.buffer)
  view.setInt16(attributesAt, header.attributes | logAppendTimeFlag)
  view.setBigInt64(maxTimestampAt, BigInt(appendTime))
  view.setUint32(crcAt, crc32c(bytes, attributesAt))
}
