// What one partition knows about transactions: which are open, and which aborted ones have records in it.
// From this follow the offset up to which everything is decided (the last stable offset), and the records
// that a `read_committed` reader leaves out. Owned by partition-log.ts.

/** An aborted transaction: records of its producer between these offsets do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Of its first record. */
  readonly firstOffset: number
  /** Of its marker. */
  readonly lastOffset: number
}

export class TransactionIndex {
  /** By producer id: the offset of the first record of the open transaction. */
  readonly #open = new Map<bigint, number>()
  readonly #aborted: AbortedTransaction[] = []

  /** A transactional batch of this producer was appended at `offset`. */
  begin(producerId: bigint, offset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, offset)
  }

  /** Its transaction has ended, with a marker at `offset`. */
  end(producerId: bigint, offset: number, committed: boolean): void {
    const firstOffset = this.#open.get(producerId)
    this.#open.delete(producerId)
    if (firstOffset === undefined || committed) return
    this.#aborted.push({ producerId, firstOffset, lastOffset: offset })
  }

  isOpen(producerId: bigint): boolean {
    return this.#open.has(producerId)
  }

  /** The first undecided offset; `end` if everything is decided. */
  stableBefore(end: number): number {
    return Math.min(end, ...this.#open.values())
  }

  /** The aborted ones with records from `from` on and below `to`, in the order of their markers. */
  abortedWithin(from: number, to: number): readonly AbortedTransaction[] {
    return this.#aborted.filter(
      ({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to,
    )
  }
}
