import { batchOverhead } from '../records/record-fields.ts'
import type { Ratio } from './ratio.ts'

// How far one batch may be filled. This decides when it is full, and how long keyless records stay with its
// partition.
//
// Without compression: up to batch.size. With compression, as in Java: by the batch's estimated compressed
// size, using the ratio at its creation; the next record counts uncompressed. In addition, at most eight
// times batch.size of raw bytes, because those count in buffer.memory (Java has no such limit). Made by
// batch.ts, one for each batch.

/** Raw bytes of a batch are at most this many times batch.size. */
export const stretchMax = 8

/** Java fills a little less than the estimate allows, because batches differ. */
const margin = 1.05

/** The raw bytes that a batch of more than one record may have at this ratio. */
export function rawLimit(batchSize: number, ratio: Ratio | null): number {
  if (ratio === null) return batchSize
  return Math.floor(Math.min(batchSize / ratio.value, stretchMax * batchSize))
}

export class Fill {
  #batchSize: number
  #rawLimit: number
  /** Compressed bytes for each raw byte; 1 without compression. */
  #factor: number

  constructor(batchSize: number, ratio: Ratio | null) {
    this.#batchSize = batchSize
    this.#rawLimit = rawLimit(batchSize, ratio)
    this.#factor = ratio === null ? 1 : ratio.value * margin
  }

  /** The estimated bytes on the wire of a batch of so many raw bytes. */
  estimate(raw: number): number {
    if (this.#factor === 1) return raw
    return batchOverhead + Math.floor((raw - batchOverhead) * this.#factor)
  }

  /** The position at which the next record of a batch of so many raw bytes has to end. */
  reach(raw: number): number {
    if (this.#factor === 1) return this.#batchSize
    return Math.min(this.#rawLimit, raw + this.#batchSize - this.estimate(raw))
  }

  /** Whether no further record is allowed. */
  isFull(raw: number): boolean {
    return raw >= this.#rawLimit || this.estimate(raw) >= this.#batchSize
  }
}
