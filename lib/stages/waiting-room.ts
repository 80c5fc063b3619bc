import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Observer, Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import { joined, noneHeld } from './holding.ts'

// Records for which buffer.memory has no room: in order for each feed, feeds served in turn.
// Invariant: every record is in one queue, and holds its topic; a queue is in here, and in the chain of turns
// from `#first` to `#last`, exactly while it is not empty. Observers are told when the room fills and when it
// is empty again. Used by the accumulate stage.

export interface WaitingRoomOptions {
  readonly clock: Clock
  /** Absent: nobody watches. */
  readonly watched?: Watched | undefined
}

/** What waits of one feed. */
class Queue extends Fifo<Envelope> {
  readonly feed: Feed
  /** When it began, if anybody watched: those who entered before it waited for something else. */
  readonly since: number
  /** Whose turns come before and after. A chain, so that any of thousands leaves in one step. */
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

  /** How many records wait. */
  get length(): number {
    let length = 0
    for (const queue of this.#queues.values()) length += queue.length
    return length
  }

  has(feed: Feed): boolean {
    return this.#queues.has(feed)
  }

  /** How many records of a feed wait. */
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
   * Takes out what `isLate` says is, judging by its entrance, `most` of them at once. A feed's oldest is at its head, and has
   * had its turn then: what came behind it goes behind those of others that wait longer.
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

  /** When the record that has waited longest entered; null when nobody waits. */
  get oldest(): number | null {
    let oldest = Number.POSITIVE_INFINITY
    for (const queue of this.#queues.values()) oldest = Math.min(oldest, queue.peek()!.enteredAt)
    return oldest === Number.POSITIVE_INFINITY ? null : oldest
  }

  /** Takes out all records of a feed, or of all feeds with null. */
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

  /** Takes out one record; whether it waited here. */
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

  /** Its wait is over, with room for it or without. */
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
