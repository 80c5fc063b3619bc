import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Observer, Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import { joined, noneHeld } from './holding.ts'

// Records for which buffer.memory has no room: in order for each feed, with the feeds served in turn.
//
// Invariant: every record is in one queue, and holds its topic. A queue is in here, and in the chain of
// turns from `#first` to `#last`, exactly while it is not empty. Observers are told when the room fills and
// when it is empty again. Used by the accumulate stage.

export interface WaitingRoomOptions {
  readonly clock: Clock
  /** Absent: there is no observer. */
  readonly watched?: Watched | undefined
}

/** The waiting records of one feed. */
class Queue extends Fifo<Envelope> {
  readonly feed: Feed
  /** When an observed wait began; records that entered earlier were waiting for something else. */
  readonly since: number
  /** The previous and the next feed. A chain, so that any of thousands can leave in one step. */
  before: Queue | null = null
  after: Queue | null = null

  constructor(feed: Feed, since: number) {
    super()
    this.feed = feed
    this.since = since
  }
}

export class WaitingRoom {
  #options: WaitingRoomOptions
  #queues = new Map<Feed, Queue>()
  #first: Queue | null = null
  #last: Queue | null = null

  constructor(options: WaitingRoomOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  /** The number of waiting records. */
  get length(): number {
    let length = 0
    for (const queue of this.#queues.values()) length += queue.length
    return length
  }

  has(feed: Feed): boolean {
    return this.#queues.has(feed)
  }

  /** The number of waiting records of a feed. */
  lengthOf(feed: Feed): number {
    return this.#queues.get(feed)?.length ?? 0
  }

  add(envelope: Envelope): void {
    let queue = this.#queues.get(envelope.feed)
    if (queue === undefined) {
      const observer = this.#observer()
      queue = new Queue(envelope.feed, observer === null ? 0 : this.#options.clock.now())
      if (this.isEmpty) observer?.bufferFull(true)
      this.#queues.set(envelope.feed, queue)
      this.#queueUp(queue)
    }
    queue.push(envelope)
    envelope.topicState?.hold()
  }

  /** The oldest record of the feed whose turn it is. */
  peek(): Envelope | undefined {
    return this.#first?.peek()
  }

  /** Takes that record; it is the next feed's turn. */
  shift(): Envelope | undefined {
    const queue = this.#first
    if (queue === null) return undefined
    this.#skip(queue)
    const envelope = queue.shift()!
    envelope.topicState?.release()
    this.#tell(envelope, queue, false)
    if (queue.length > 0) this.#queueUp(queue)
    else this.#delete(queue)
    return envelope
  }

  /**
   * Removes the records that are late by `isLate`, which gets their time of entrance; at most `most` of
   * them at once. A feed's oldest record is at its head, and has then had its turn: later ones of the feed
   * go behind feeds that wait longer.
   */
  expired(isLate: (enteredAt: number) => boolean, most = Number.POSITIVE_INFINITY): Envelope[] {
    const taken: Envelope[] = []
    for (const queue of this.#queues.values()) {
      const before = taken.length
      let head = queue.peek()
      while (head !== undefined && taken.length < most && isLate(head.enteredAt)) {
        taken.push(queue.shift()!)
        head.topicState?.release()
        this.#tell(head, queue, true)
        head = queue.peek()
      }
      if (queue.length === 0) this.#leave(queue)
      else if (taken.length > before) this.#goLast(queue)
    }
    return taken
  }

  /** When the record that has waited longest entered; null if none waits. */
  get oldest(): number | null {
    let oldest = Number.POSITIVE_INFINITY
    for (const queue of this.#queues.values()) oldest = Math.min(oldest, queue.peek()!.enteredAt)
    return oldest === Number.POSITIVE_INFINITY ? null : oldest
  }

  /** Removes all records of a feed, or of all feeds with null. */
  withdraw(feed: Feed | null): Envelope[] {
    if (feed !== null && !this.#queues.has(feed)) return noneHeld
    const feeds = feed === null ? [...this.#queues.keys()] : [feed]
    const taken: Envelope[][] = []
    for (const owner of feeds) {
      const queue = this.#queues.get(owner)
      if (queue === undefined) continue
      this.#leave(queue)
      const envelopes = queue.takeAll()
      for (const { topicState } of envelopes) topicState?.release()
      taken.push(envelopes)
    }
    return joined(taken)
  }

  /** Removes one record; returns whether it waited here. */
  recall(envelope: Envelope): boolean {
    const queue = this.#queues.get(envelope.feed)
    if (queue === undefined || !queue.delete(envelope)) return false
    envelope.topicState?.release()
    if (queue.length === 0) this.#leave(queue)
    return true
  }

  *held(): Iterable<Envelope> {
    for (const queue of this.#queues.values()) yield* queue
  }

  #observer(): Observer | null {
    return this.#options.watched?.observer ?? null
  }

  /** Its wait is over, with or without memory. */
  #tell({ enteredAt }: Envelope, { since }: Queue, inVain: boolean): void {
    const observer = this.#observer()
    if (observer === null) return
    observer.waitedForMemory(this.#options.clock.now() - Math.max(enteredAt, since), inVain)
  }

  #delete({ feed }: Queue): void {
    this.#queues.delete(feed)
    if (this.isEmpty) this.#observer()?.bufferFull(false)
  }

  #leave(queue: Queue): void {
    this.#skip(queue)
    this.#delete(queue)
  }

  #goLast(queue: Queue): void {
    this.#skip(queue)
    this.#queueUp(queue)
  }

  #queueUp(queue: Queue): void {
    queue.before = this.#last
    queue.after = null
    if (this.#last === null) this.#first = queue
    else this.#last.after = queue
    this.#last = queue
  }

  #skip({ before, after }: Queue): void {
    if (before === null) this.#first = after
    else before.after = after
    if (after === null) this.#last = before
    else after.before = before
  }
}
