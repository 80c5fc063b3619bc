// The partition that records without a key share until it has had its share of bytes (KIP-480, KIP-794).
// One object per topic. The accumulator reads `partition` before it appends a record without a key, and
// reports to `appended` how much the batch grew. Records with a key or an explicit partition never count.

import type { Random } from '../runtime.ts'
import type { TopicInfo } from './partitioner.ts'

const none = -1

/** The sticky choice for one topic. */
export class StickyChoice {
  /** `batch.size`: how many bytes a partition gets before the choice may change. */
  readonly #fill: number
  readonly #random: Random
  /** The current choice, or `none`: the next read of `partition` makes it. */
  #partition = none
  /** The bytes that the current choice has had. */
  #bytes = 0
  readonly #weighted: (random: Random) => number | null

  /**
   * `fillBytes` is `batch.size`, at least 1. `weighted` makes an uneven choice; if it returns null, the
   * choice is even.
   */
  constructor(
    fillBytes: number,
    random: Random,
    weighted: (random: Random) => number | null = evenly,
  ) {
    if (!(fillBytes >= 1)) throw new RangeError(`fillBytes is ${fillBytes}; it must be at least 1`)
    this.#fill = fillBytes
    this.#random = random
    this.#weighted = weighted
  }

  /**
   * The partition for the next record without a key. A choice survives the loss of its leader, as in Java,
   * but not the loss of the partition itself.
   */
  partition(topic: TopicInfo): number {
    if (this.#partition === none || this.#partition >= topic.partitionCount) {
      this.#partition = this.#next(topic)
      this.#bytes = 0
    }
    return this.#partition
  }

  /**
   * The current choice took `bytes`. `batchDone` says that the partition's newest batch is full, or that
   * nothing is queued: then the choice changes after `fillBytes`. Otherwise it stays for up to twice as
   * many, so that a lingering batch is not left half full.
   */
  appended(bytes: number, batchDone: boolean): void {
    this.#bytes += bytes
    if (this.#bytes >= this.#fill * 2 || (batchDone && this.#bytes >= this.#fill)) {
      this.#partition = none
    }
  }

  #next(topic: TopicInfo): number {
    const chosen = this.#weighted(this.#random)
    if (chosen !== null) return chosen
    const { availablePartitions, partitionCount } = topic
    if (availablePartitions.length === 0) return Math.floor(this.#random() * partitionCount)
    return availablePartitions[Math.floor(this.#random() * availablePartitions.length)]!
  }
}

function evenly(): null {
  return null
}
