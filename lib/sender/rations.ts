// How many batches a node gets while sources bring more records. If many partitions have a batch each, a
// burst adds very few records to each one. If every batch were sent after each burst, the cost of a batch
// would be paid for every two or three records. So each burst sends a share of them, those that have waited
// longest, and the others fill meanwhile.
//
// Invariant: in every burst a node gets some, in turn, so no batch waits for more than `burstsMax` bursts.
// If no further burst is expected, all are sent. Asked by sender.ts.

/** After so many bursts, every partition has had its turn: some 140 ms on an idle machine. */
const burstsMax = 84

/** The fewest batches of a burst, if so many wait. */
const batchesMin = 12

export class Rations {
  #burst: () => number | null
  #current = -1
  /** What is left for each node in the current burst. */
  #left = new Map<number, number>()

  /** `burst` returns the number of the last burst; null if no further one is expected. */
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

  /** The node got so many. */
  took(node: number, batches: number): void {
    const left = this.#left.get(node)
    if (left !== undefined) this.#left.set(node, left - batches)
  }
}
