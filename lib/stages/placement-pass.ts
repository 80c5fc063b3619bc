import type { Share } from '../collections/share.ts'
import type { Envelope } from '../model.ts'
import type { Unplaced, UnplacedQueue } from './unplaced.ts'

// One look at all that waits for metadata, from each queue's head on for as long as records can go: a record
// is placed, has failed, or keeps those behind it waiting. It takes as many turns as there are records for.
// Invariant: the queues are those that there were when it began, each looked at once and in its order. What
// comes meanwhile waits behind them. Used by the partition stage.

export interface PassPorts {
  readonly waiting: Unplaced
  /** How many records are looked at in a turn. */
  readonly share: Share
  /** Whether the record at the head of a queue goes: it has a place by now, or has failed. */
  isReady(head: Envelope): boolean
  /** Takes the head of a queue out, and hands it on. */
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

  constructor(ports: PassPorts) {
    this.#ports = ports
    this.#queues = ports.waiting.queues
  }

  /** Goes on, as far as the turn has time; whether it is over. Else another turn is asked for. */
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

  /** False where the turn has no time for the rest. */
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
