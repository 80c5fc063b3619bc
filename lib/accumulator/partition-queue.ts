import { Fifo } from '../collections/fifo.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Batch } from './batch.ts'
import type { Ratio } from './ratio.ts'

// The batches of one partition that wait to be sent, oldest first; only the newest may be open. The queue
// is its own lease: the accumulator emits it when its head is due, and the sender takes from it.
//
// Invariant: it is emitted at most once until it is used up (`leased`): a batch was taken, or the head
// expired and no batch behind it is due. Until then, a due lease stays due.

/**
 * The right to take the next batch of a partition, emitted when that batch is due: it is full, `linger.ms` has
 * passed, or it is flushed. It is a level, not an event: the batch stays open for more records until it is taken.
 */
export interface Lease {
  readonly topic: string
  readonly partition: number
  readonly place: PartitionState
  /** When the next batch was created (monotonic); null if no batch is due any more. */
  readonly since: number | null
  /**
   * Closes and returns the next batch; null if none is due any more (another thread may be compressing it), or if it
   * has more than `roomBytes`. After a batch was taken, or if none is due, the lease is used up. The next lease is
   * emitted when the next batch is due.
   */
  take(roomBytes: number): Batch | null
  /** Returns the next batch in order to fail it, so that its bytes are not needed; null if none is due. */
  discard(): Batch | null
}

/** What a queue tells the accumulator. */
export interface QueueEvents {
  taken(queue: PartitionQueue, batch: Batch): void
  /** Whether nothing is sent any more, so that batches being compressed need not be awaited. */
  readonly isAbandoned: boolean
}

export class PartitionQueue implements Lease {
  readonly topic: string
  readonly partition: number
  readonly place: PartitionState
  /** What is known about the topic's compression; null without compression. */
  readonly ratio: Ratio | null
  /** It is emitted, and no batch was taken since. */
  leased = false
  /** The raw size of the previous batch; the next one starts with as much room. */
  lastSize = 0
  /** The number of records in the previous batch. */
  lastCount = 0
  #batches = new Fifo<Batch>()
  #open: Batch | null = null
  #events: QueueEvents

  constructor(place: PartitionState, events: QueueEvents, ratio: Ratio | null = null) {
    this.topic = place.topic
    this.partition = place.partition
    this.place = place
    this.ratio = ratio
    this.#events = events
  }

  /** The batch that currently takes records. */
  get open(): Batch | null {
    return this.#open
  }

  get head(): Batch | undefined {
    return this.#batches.peek()
  }

  get length(): number {
    return this.#batches.length
  }

  /** Whether the next batch may be sent: it is closed, has lingered, or is requested. */
  get isDue(): boolean {
    const head = this.#batches.peek()
    if (head === undefined) return false
    if (head.state === 'open') return head.due
    return head.state !== 'compressing' || this.#events.isAbandoned
  }

  get since(): number | null {
    return this.isDue ? this.#batches.peek()!.createdAt : null
  }

  add(batch: Batch): void {
    this.#batches.push(batch)
    this.#open = batch
  }

  /** The newest batch takes no more records. */
  closeOpen(): void {
    if (this.#open === null) return
    this.lastSize = this.#open.rawSize // this also writes all its strings
    this.lastCount = this.#open.count
    this.#open.close()
    this.#open = null
  }

  take(roomBytes: number): Batch | null {
    if (!this.isDue) {
      this.leased = false
      return null
    }
    const head = this.#batches.peek()!
    if (head === this.#open) this.closeOpen()
    if (head.state === 'compressing') {
      this.leased = this.isDue
      return null
    }
    return head.size > roomBytes ? null : this.#shift(head)
  }

  discard(): Batch | null {
    const head = this.#batches.peek()
    if (head === undefined || !this.isDue) {
      this.leased = false
      return null
    }
    this.#leaveOpen(head)
    return this.#shift(head)
  }

  /** Removes the head, which the caller fails. */
  drop(): void {
    this.#leaveOpen(this.#batches.shift())
    if (!this.isDue) this.leased = false
  }

  /** The caller fails the batch, so it takes no more records. */
  #leaveOpen(head: Batch | undefined): void {
    if (head === undefined || head !== this.#open) return
    head.unstage()
    this.#open = null
  }

  #shift(head: Batch): Batch {
    this.#batches.shift()
    this.leased = false
    this.#events.taken(this, head)
    return head
  }
}
