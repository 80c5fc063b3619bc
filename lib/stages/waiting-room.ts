import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'

// Records for which buffer.memory has no room: in order for each feed, feeds served in turn.
// Invariant: every record is in one queue, and a feed is in `#turns` exactly while its queue is not
// empty. Used by the accumulate stage.

export class WaitingRoom {
  #queues = new Map<Feed, Fifo<Envelope>>()
  #turns = new Fifo<Feed>()

  get isEmpty(): boolean {
    return this.#queues.size === 0
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
      queue = new Fifo()
      this.#queues.set(envelope.feed, queue)
      this.#turns.push(envelope.feed)
    }
    queue.push(envelope)
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
    const envelope = queue.shift()
    if (queue.length > 0) this.#turns.push(feed)
    else this.#queues.delete(feed)
    return envelope
  }

  /** Takes out what `isLate` says is, judging by its entrance. A feed's oldest is at its head. */
  expired(isLate: (enteredAt: number) => boolean): Envelope[] {
    const taken: Envelope[] = []
    for (const [feed, queue] of this.#queues) {
      for (let head = queue.peek(); head !== undefined && isLate(head.enteredAt); ) {
        taken.push(queue.shift()!)
        head = queue.peek()
      }
      if (queue.length === 0) this.#leave(feed)
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
      return [...queue]
    })
  }

  *held(): Iterable<Envelope> {
    for (const queue of this.#queues.values()) yield* queue
  }

  #leave(feed: Feed): void {
    this.#queues.delete(feed)
    const turns = new Fifo<Feed>()
    for (const other of this.#turns) if (other !== feed) turns.push(other)
    this.#turns = turns
  }
}
