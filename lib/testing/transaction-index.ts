// What one partition knows of transactions: which are open, and which that were aborted have records in
// it. So it can say up to where everything is decided (the last stable offset), and what a reader that
// wants only what was committed has to leave out. Owned by partition-log.ts.

/** A transaction that was aborted: records of its producer between these offsets do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Of its first record. */
  readonly firstOffset: number
  /** Of its marker. */
  readonly lastOffset: number
}

export class TransactionIndex {
  /** By producer id: the offset of the first record of the transaction that is open. */
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

  /** The first offset that is not decided; `end` if all are. */
  stableBefore(end: number): number {
    return Math.min(end, ...this.#open.values())
  }

  /** The aborted ones that have records from `from` on and below `to`, in the order of their markers. */
  abortedWithin(from: number, to: number): readonly AbortedTransaction[] {
    return this.#aborted.filter(
      ({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to,
    )
  }
}
