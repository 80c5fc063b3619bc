import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Observer, Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'

// Records for which buffer.memory has no room: in order for each feed, feeds served in turn.
// Invariant: every record is in one queue, and holds its topic; and a feed is in `#turns` exactly while its queue is not
// empty. Whoever watches is told when it fills and when it is empty again. Used by the accumulate
// stage.

export interface WaitingRoomOptions {
  readonly clock: Clock
  /** Absent: nobody watches. */
  readonly watched?: Watched | undefined
}

/** What waits of one feed. */
class Queue extends Fifo<Envelope> {
  /** When it began, if anybody watched: those who entered before it waited for something else. */
  readonly since: number

  constructor(since: number) {
    super()
    this.since = since
  }
}

export class WaitingRoom {
  #options: WaitingRoomOptions
  #queues = new Map<Feed, Queue>()
  #turns = new Fifo<Feed>()

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
      queue = new Queue(observer === null ? 0 : this.#options.clock.now())
      if (this.isEmpty) observer?.bufferFull(true)
      this.#queues.set(envelope.feed, queue)
      this.#turns.push(envelope.feed)
    }
    queue.push(envelope)
    envelope.topicState?.hold()
  }

  /** The oldest record of the feed whose turn it is. */
  peek(): Envelope | undefined {
    const feed = this.#turns.peek()
    return feed === undefined ? undefined : this.#queues.get(feed)!.peek()
  }

  /** Takes that record; it is the next feed's turn. */
  shift(): Envelope | undefined {
    const feed = this.#turns.shift()
    if (feed === undefined) return undefined
    const queue = this.#queues.get(feed)!
    const envelope = queue.shift()!
    envelope.topicState?.release()
    this.#tell(envelope, queue, false)
    if (queue.length > 0) this.#turns.push(feed)
    else this.#delete(feed)
    return envelope
  }

  /**
   * Takes out what `isLate` says is, judging by its entrance. A feed's oldest is at its head, and has
   * had its turn then: what came behind it goes behind those of others that wait longer.
   */
  expired(isLate: (enteredAt: number) => boolean): Envelope[] {
    const taken: Envelope[] = []
    for (const [feed, queue] of this.#queues) {
      const before = taken.length
      for (let head = queue.peek(); head !== undefined && isLate(head.enteredAt); ) {
        taken.push(queue.shift()!)
        head.topicState?.release()
        this.#tell(head, queue, true)
        head = queue.peek()
      }
      if (queue.length === 0) this.#leave(feed)
      else if (taken.length > before) this.#goLast(feed)
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
    const feeds = feed === null ? [...this.#queues.keys()] : [feed]
    return feeds.flatMap((owner) => {
      const queue = this.#queues.get(owner)
      if (queue === undefined) return []
      this.#leave(owner)
      for (const { topicState } of queue) topicState?.release()
      return [...queue]
    })
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

  #delete(feed: Feed): void {
    this.#queues.delete(feed)
    if (this.isEmpty) this.#observer()?.bufferFull(false)
  }

  #leave(feed: Feed): void {
    this.#delete(feed)
    this.#skip(feed)
  }

  #goLast(feed: Feed): void {
    this.#skip(feed)
    this.#turns.push(feed)
  }

  #skip(feed: Feed): void {
    const turns = new Fifo<Feed>()
    for (const other of this.#turns) if (other !== feed) turns.push(other)
    this.#turns = turns
  }
}
