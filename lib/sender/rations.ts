// How many batches a node gets while sources bring more records. Where many partitions have a batch each,
// what a burst of records adds to one of them is next to nothing. If all went out after each burst, what a
// batch costs would be paid for every two or three records. So each burst sends a share of them, those that
// wait longest, and the others fill meanwhile: a batch goes once in so many bursts.
// Invariant: in every burst a node gets some, in turn, so none waits for more than `burstsMax` bursts. Where
// no burst is to come everything goes. Asked by sender.ts.

/** After so many bursts every partition has had its turn: some 140 ms on an idle machine. */
const burstsMax = 84

/** A burst is worth so many batches, however few wait. */
const batchesMin = 12

export class Rations {
  #burst: () => number | null
  #current = -1
  /** What is left to each node of the burst that is the current one. */
  #left = new Map<number, number>()

  /** `burst` gives the number of the last burst; null while there is none to come. */
  constructor(burst: () => number | null) {
    this.#burst = burst
  }

  /** How many batches the node may have now, of `waiting` partitions. */
  of(node: number, waiting: number): number {
    const burst = this.#burst()
    if (burst === null) return Number.POSITIVE_INFINITY
    if (burst !== this.#current) {
      this.#current = burst
      this.#left.clear()
    }
    const left = this.#left.get(node)
    if (left !== undefined) return left
    const ration = Math.max(batchesMin, Math.ceil(waiting / burstsMax))
    this.#left.set(node, ration)
    return ration
  }

  /** It has had so many. */
  took(node: number, batches: number): void {
    const left = this.#left.get(node)
    if (left !== undefined) this.#left.set(node, left - batches)
  }
}
