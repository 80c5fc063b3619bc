// Which batches of a Fetch answer count for a `read_committed` reader, by the method of Java's consumer:
// the answer names the aborted transactions by producer and first offset; each lasts until the producer's
// next marker. One instance per answer. Used by topic-reader.ts.

import { type BatchHeader, controlFlag, transactionalFlag } from '../records/batch-header.ts'

export interface AbortedInAnswer {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export class AbortedBatches {
  /** Those that begin later, by their first offset. */
  readonly #ahead: AbortedInAnswer[]
  readonly #producers = new Set<bigint>()

  constructor(aborted: readonly AbortedInAnswer[]) {
    this.#ahead = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  }

  /** Whether a batch belongs to an aborted transaction. Must be asked of all batches, in log order. */
  has({ attributes, producerId, baseOffset, lastOffsetDelta }: BatchHeader): boolean {
    const last = BigInt(baseOffset + lastOffsetDelta)
    while (this.#ahead[0] !== undefined && this.#ahead[0].firstOffset <= last) {
      this.#producers.add(this.#ahead.shift()!.producerId)
    }
    if ((attributes & transactionalFlag) === 0) return false
    if ((attributes & controlFlag) === 0) return this.#producers.has(producerId)
    this.#producers.delete(producerId)
    return false
  }
}
