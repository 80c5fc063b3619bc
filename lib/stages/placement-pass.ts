import type { Share } from '../collections/share.ts'
import type { Envelope } from '../model.ts'
import type { Unplaced, UnplacedQueue } from './unplaced.ts'

// One pass over the records that wait for metadata, of all topics or of those that have changed. In each queue
// it starts at the head and continues as long as records can leave: a record is placed, has failed, or keeps
// those behind it waiting. It takes as many turns as it needs.
//
// Invariant: it visits the queues that existed when it began, each once and in its order. Records that come
// meanwhile wait behind them. Used by the partition stage.

export interface PassPorts {
  readonly waiting: Unplaced
  /** How many records a turn may look at. */
  readonly share: Share
  /** Whether the record at the head of a queue can leave: it has a partition by now, or has failed. */
  isReady(head: Envelope): boolean
  /** Removes the head of a queue, and passes it on. */
  emit(queue: UnplacedQueue): void
  /** Whether a topic is known. */
  isKnown(topic: string): boolean
}

export class PlacementPass {
  #ports: PassPorts
  #queues: readonly UnplacedQueue[]
  #at = 0
  /** Whether a record has gone. */
  #isOfUse = false

  /** `topics`: null for all. */
  constructor(ports: PassPorts, topics: ReadonlySet<string> | null) {
    const { waiting } = ports
    this.#ports = ports
    this.#queues =
      topics === null ? waiting.queues : [...topics].flatMap((topic) => waiting.queuesOf(topic))
  }

  /**
   * Continues, as far as the turn's share allows; returns whether it is complete. If not, requests another
   * turn.
   */
  goOn(): boolean {
    this.#isOfUse = false
    for (; this.#at < this.#queues.length; this.#at += 1) {
      if (this.#serve(this.#queues[this.#at]!)) continue
      this.#ports.share.later()
      return false
    }
    return true
  }

  /** Whether a record has gone when it went on just now. */
  get isOfUse(): boolean {
    return this.#isOfUse
  }

  /** False if the turn's share is used up. */
  #serve(queue: UnplacedQueue): boolean {
    const { waiting, share, isReady, emit, isKnown } = this.#ports
    for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
      if (share.left <= 0) return false
      share.spend()
      const goes = isReady(head)
      if (queue.peek() !== head) return true // withdrawn meanwhile
      if (goes) emit(queue)
      else if (queue.isForPartition || !isKnown(queue.topic)) return true
      else waiting.moveHead(queue)
      this.#isOfUse ||= goes
    }
    return true
  }
}
