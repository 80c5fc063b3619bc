// The partition that records without a key share until it has had its fill (KIP-480, KIP-794).
// One object a topic; the accumulator asks `partition` before it appends a keyless record, and tells
// `appended` what the batch grew by. Records with a key or an explicit partition never count.

import type { Random } from '../runtime.ts'
import type { TopicInfo } from './partitioner.ts'

const none = -1

/** The sticky choice for one topic. */
export class StickyChoice {
  /** `batch.size`: what a partition gets before the choice may move on. */
  readonly #fill: number
  readonly #random: Random
  /** The present choice, or `none`: the next caller of `partition` makes it. */
  #partition = none
  /** Bytes that the present choice has had. */
  #bytes = 0
  readonly #weighted: (random: Random) => number | null

  /**
   * `fillBytes` is `batch.size`, at least 1. `weighted` makes a choice that is not even; null leaves
   * it even.
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
   * The partition for the next keyless record. A choice outlives the loss of its leader, as in
   * Java, but not the loss of the partition itself.
   */
  partition(topic: TopicInfo): number {
    if (this.#partition === none || this.#partition >= topic.partitionCount) {
      this.#partition = this.#next(topic)
      this.#bytes = 0
    }
    return this.#partition
  }

  /**
   * The present choice took `bytes`. `batchDone` says that the partition's newest batch is full, or
   * that nothing is queued: then one fill is enough to move on. Otherwise the choice stays up to
   * two, so that a batch that lingers is not left half full.
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
