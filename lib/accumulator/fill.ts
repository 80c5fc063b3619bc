import { batchOverhead } from '../records/record-fields.ts'
import type { Ratio } from './ratio.ts'

// How far one batch may be filled: what decides 'full', and what a keyless record's stay counts.
//
// Without compression: to batch.size. With it, as in Java: by what the batch is estimated to come to,
// from the ratio as it was when the batch began; the next record counts uncompressed. And to eight
// times batch.size of raw bytes at most (Java has no such bound), for those count in buffer.memory.
// Made by batch.ts, one for each batch.

/** Raw bytes of a batch are at most this many times batch.size. */
export const stretchMax = 8

/** Java fills by a little less than the estimate allows, for batches differ. */
const margin = 1.05

/** Raw bytes that a batch with more than one record may have at this ratio. */
export function rawLimit(batchSize: number, ratio: Ratio | null): number {
  if (ratio === null) return batchSize
  return Math.floor(Math.min(batchSize / ratio.value, stretchMax * batchSize))
}

export class Fill {
  #batchSize: number
  #rawLimit: number
  /** What becomes of a raw byte; 1 without compression. */
  #factor: number

  constructor(batchSize: number, ratio: Ratio | null) {
    this.#batchSize = batchSize
    this.#rawLimit = rawLimit(batchSize, ratio)
    this.#factor = ratio === null ? 1 : ratio.value * margin
  }

  /** What a batch of so many raw bytes will come to on the wire, as far as one can tell. */
  estimate(raw: number): number {
    if (this.#factor === 1) return raw
    return batchOverhead + Math.floor((raw - batchOverhead) * this.#factor)
  }

  /** Where the next record of a batch of so many raw bytes has to end. */
  reach(raw: number): number {
    if (this.#factor === 1) return this.#batchSize
    return Math.min(this.#rawLimit, raw + this.#batchSize - this.estimate(raw))
  }

  /** Whether no record at all is to follow. */
  isFull(raw: number): boolean {
    return raw >= this.#rawLimit || this.estimate(raw) >= this.#batchSize
  }
}
