// The adaptive half of KIP-794: how many batches wait on each partition of a topic, and a random choice of
// partition in which a longer queue gets less. One object per topic. It is told of each batch that comes or
// goes, and of the eligible partitions; it is asked whenever the sticky choice changes.
//
// The law: the weight of a partition is the longest length + 1 - its own, as in Java, which builds a table
// of running sums each time it looks at its queues. Here a Fenwick tree keeps the sums of the *lengths*,
// from which those of the weights follow for any longest length. So a batch and a choice cost the logarithm
// of the number of partitions, and no table is built for ten thousand of them.
// Invariants: `#tree`, `#total` and `#withLength` are of the partitions in `#eligible`, in its order.

import type { Random } from '../runtime.ts'

export class QueueLoad {
  /** Waiting batches, by partition; undefined if there never was one. */
  #lengths: (number | undefined)[] = []
  /** Partitions that have ever had a batch. */
  #begun = 0
  #partitionCount = 0
  #eligible: readonly number[] = []
  /** A partition's index in `#eligible`; -1 if it is not eligible. */
  #places: number[] = []
  /** Sums of lengths, each over a range of indexes that ends with its own; index 0 is at 1. */
  #tree: number[] = [0]
  #total = 0
  /** How many partitions have this length; the last entry is the longest. */
  #withLength: number[] = []

  /** The number of a partition's waiting batches has changed by one. */
  changed(partition: number, change: 1 | -1): void {
    const before = this.#lengths[partition]
    if (before === undefined) {
      while (this.#lengths.length < partition) this.#lengths.push(undefined)
      this.#begun += 1
    }
    const length = (before ?? 0) + change
    this.#lengths[partition] = length
    const place = this.#places[partition] ?? -1
    if (place >= 0) this.#moved(place, length - change, length)
  }

  /** A topic has so many partitions, of which these are eligible, ascending. */
  arrange(partitionCount: number, eligible: readonly number[]): void {
    this.#partitionCount = partitionCount
    this.#eligible = eligible
    this.#places = new Array(partitionCount).fill(-1)
    this.#tree = new Array(eligible.length + 1).fill(0)
    this.#withLength = [eligible.length]
    this.#total = 0
    eligible.forEach((partition, place) => {
      this.#places[partition] = place
      const length = this.#lengths[partition] ?? 0
      if (length > 0) this.#moved(place, 0, length)
    })
  }

  /**
   * A partition by weight. Null if the choice should be even among all that have a leader: while some
   * partition has had no batch yet, if none is eligible, or if all weights are equal.
   */
  choose(random: Random): number | null {
    const count = this.#eligible.length
    if (count === 0 || this.#partitionCount < 2 || this.#begun < this.#partitionCount) return null
    const longest = this.#withLength.length - 1
    if (count === this.#partitionCount && this.#total === longest * count) return null
    const share = Math.floor(random() * (count * (longest + 1) - this.#total))
    return this.#eligible[this.#placeOf(share, longest + 1)]!
  }

  #moved(place: number, from: number, to: number): void {
    this.#total += to - from
    for (let at = place + 1; at < this.#tree.length; at += at & -at) this.#tree[at]! += to - from
    const { length } = this.#withLength
    while (this.#withLength.length <= to) this.#withLength.push(0)
    this.#withLength[to]! += 1
    this.#withLength[from]! -= 1
    if (from < length - 1) return
    while (this.#withLength.length > 1 && this.#withLength.at(-1) === 0) this.#withLength.pop()
  }

  /** The first index whose running sum of weights is above `share`. */
  #placeOf(share: number, ceiling: number): number {
    const { length } = this.#tree
    let left = share
    let place = 0
    let step = 1
    while (step * 2 < length) step *= 2
    for (; step > 0; step >>= 1) {
      if (place + step >= length) continue
      const weight = step * ceiling - this.#tree[place + step]!
      if (weight > left) continue
      left -= weight
      place += step
    }
    return place
  }
}
