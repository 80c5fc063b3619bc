import type { OperatorFunction, Subscriber } from 'rxjs'
import { Alarm } from '../collections/alarm.ts'
import { Fifo } from '../collections/fifo.ts'
import type { Turn } from '../collections/turn.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Watched } from '../observer.ts'
import { murmur2, toPartition } from '../partitioners/murmur2.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Clock } from '../runtime.ts'
import { failed, pinned } from './envelope.ts'
import type { Holding, Holdings } from './holding.ts'
import { onward, operator, type Stage } from './operator.ts'
import type { TopicDirectory, TopicPlace } from './topic-directory.ts'

export type { TopicDirectory, TopicPlace, TopicRefusal } from './topic-directory.ts'

// Third stage: a partition for each record; -1 leaves it to the topic's sticky choice, which needs
// the bytes and so is made when the record is appended.
// Order kept for each feed and topic: a record whose topic or partition is not known (yet) holds
// back only what comes after it there, for at most max.block.ms. Completes when nothing waits. A
// partitioner that throws fails that one record. It is the user's code, and may have what waits here
// withdrawn while it runs.

/** What {@link partition} needs. */
export interface PartitionOptions {
  readonly topics: TopicDirectory
  /** Null: by key, and sticky without. */
  readonly partitioner: Partitioner<never> | null
  /** Records with a key are placed as if they had none. */
  readonly ignoreKeys: boolean
  /** Milliseconds a record may wait for metadata, counted from its entrance. */
  readonly maxBlockMs: number
  /** Records of one feed and topic that may wait. */
  readonly maxWaiting: number
  readonly clock: Clock
  readonly turn: Turn
  readonly holdings: Holdings
  /** Who is told how long records wait. Absent: nobody. */
  readonly watched?: Watched | undefined
}

/** Chooses the partition of each record. */
export function partition(options: PartitionOptions): OperatorFunction<Envelope, Envelope> {
  return operator((out) => new Partition(options, out))
}

class Partition implements Stage<Envelope>, Holding {
  #options: PartitionOptions
  #out: Subscriber<Envelope>
  #onward: Pick<Stage<Envelope>, 'next'>
  /** What waits, by topic and feed. */
  #waiting = new Map<string, Map<Feed, Fifo<Envelope>>>()
  #alarm: Alarm
  #stale = false
  #completing = false

  constructor(options: PartitionOptions, out: Subscriber<Envelope>) {
    this.#options = options
    this.#out = out
    this.#onward = onward(out)
    this.#alarm = new Alarm(options.clock, () => options.turn.run(() => this.#expire()))
    options.topics.watch(() => {
      this.#stale = true
    })
    options.turn.on('serve', () => this.#serve())
    options.holdings.add(this)
  }

  next(envelope: Envelope): void {
    if (envelope.failure !== null || (!this.#isBehind(envelope) && this.#place(envelope))) {
      this.#onward.next(envelope)
    } else {
      this.#wait(envelope)
    }
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#completing = true
    this.#checkEmpty()
  }

  close(): void {
    this.#alarm.clear()
    this.#options.holdings.delete(this)
    this.#waiting.clear()
  }

  get isHolding(): boolean {
    return this.#waiting.size > 0
  }

  *held(): Iterable<Envelope> {
    for (const feeds of this.#waiting.values()) for (const queue of feeds.values()) yield* queue
  }

  withdraw(feed: Feed | null): Envelope[] {
    const taken: Envelope[] = []
    for (const [topic, feeds] of this.#waiting) {
      for (const [owner, queue] of feeds) {
        if (feed !== null && owner !== feed) continue
        taken.push(...queue)
        feeds.delete(owner)
      }
      if (feeds.size === 0) this.#waiting.delete(topic)
    }
    this.#checkEmpty()
    return taken
  }

  #isBehind(envelope: Envelope): boolean {
    if (this.#waiting.size === 0) return false
    return this.#waiting.get(envelope.topic)?.has(envelope.feed) ?? false
  }

  /** Places a record, or fails it; false where it has to wait. */
  #place(envelope: Envelope): boolean {
    const { topics } = this.#options
    const { topic } = envelope
    const place = topics.find(topic)
    if (place === null) {
      const refusal = topics.refusal(topic)
      if (refusal === null) return false
      failed(envelope, refusal.code, { cause: refusal.cause })
      return true
    }
    if (envelope.partition >= place.info.partitionCount) {
      topics.outgrown()
      return false
    }
    if (envelope.partition < 0) this.#choose(envelope, place)
    return true
  }

  #choose(envelope: Envelope, place: TopicPlace): void {
    const { partitioner, ignoreKeys } = this.#options
    if (partitioner !== null) this.#ask(partitioner, envelope, place)
    else if (envelope.key !== null && !ignoreKeys) {
      envelope.partition = toPartition(murmur2(envelope.key), place.info.partitionCount)
    } else envelope.sticky = place.sticky
  }

  #ask(partitioner: Partitioner<never>, envelope: Envelope, { info, sticky }: TopicPlace): void {
    const { topic, key, value, headers, original } = envelope
    const facts = { topic, key, value, headers, record: original }
    try {
      const chosen = partitioner(facts as never, info)
      if (chosen === null) envelope.sticky = sticky
      else if (Number.isInteger(chosen) && chosen >= 0 && chosen < info.partitionCount) {
        envelope.partition = chosen
      } else {
        throw new RangeError(
          `the partitioner gave ${chosen}; it gives null or an integer from 0 to ${info.partitionCount - 1}`,
        )
      }
    } catch (cause) {
      failed(envelope, 'PARTITIONER_FAILED', { cause })
    }
  }

  #wait(envelope: Envelope): void {
    const { maxBlockMs, maxWaiting } = this.#options
    const { topic } = envelope
    const feeds = this.#waiting.get(topic) ?? new Map<Feed, Fifo<Envelope>>()
    const queue = feeds.get(envelope.feed) ?? new Fifo<Envelope>()
    if (maxBlockMs === 0) this.#giveUp(envelope)
    else if (queue.length >= maxWaiting) {
      const message = `${topic}: ${maxWaiting} records of its stream already wait for metadata`
      failed(envelope, 'BUFFER_EXHAUSTED', { message })
    }
    if (envelope.failure !== null) {
      this.#onward.next(envelope)
      return
    }
    pinned(envelope)
    this.#options.holdings.begun()
    queue.push(envelope)
    feeds.set(envelope.feed, queue)
    this.#waiting.set(topic, feeds)
    const deadline = envelope.enteredAt + maxBlockMs
    if (this.#alarm.at === null || deadline < this.#alarm.at) this.#alarm.set(deadline)
  }

  /** Metadata has changed: places what can be placed now. */
  #serve(): boolean {
    if (!this.#stale) return false
    this.#stale = false
    return this.#release((head) => this.#place(head))
  }

  #expire(): void {
    const now = this.#options.clock.now()
    this.#release((head) => {
      if (head.enteredAt + this.#options.maxBlockMs > now) return this.#place(head)
      this.#giveUp(head)
      return true
    })
    let next = Number.POSITIVE_INFINITY
    for (const feeds of this.#waiting.values()) {
      for (const queue of feeds.values()) next = Math.min(next, queue.peek()!.enteredAt)
    }
    if (next < Number.POSITIVE_INFINITY) this.#alarm.set(next + this.#options.maxBlockMs)
  }

  /** Emits from each queue's head for as long as `ready` says so. */
  #release(ready: (head: Envelope) => boolean): boolean {
    const { clock, watched } = this.#options
    let any = false
    for (const [topic, feeds] of this.#waiting) {
      for (const [feed, queue] of feeds) {
        for (let head = queue.peek(); head !== undefined && ready(head); head = queue.peek()) {
          if (feeds.get(feed) !== queue) break // withdrawn meanwhile, and the head with it
          queue.shift()
          watched?.observer?.waitedForMetadata(clock.now() - head.enteredAt)
          any = true
          if (queue.length === 0) feeds.delete(feed)
          this.#options.holdings.handOn(head, this.#onward)
        }
      }
      if (feeds.size === 0) this.#waiting.delete(topic)
    }
    this.#checkEmpty()
    return any
  }

  #checkEmpty(): void {
    if (this.#waiting.size > 0) return
    this.#alarm.clear()
    if (this.#completing) this.#out.complete()
  }

  #giveUp(envelope: Envelope): void {
    const { topics, maxBlockMs } = this.#options
    const { topic } = envelope
    const place = topics.find(topic)
    const cause = topics.lastError(topic)
    if (place === null) {
      failed(envelope, 'METADATA_TIMEOUT', { limitMs: maxBlockMs, cause })
      return
    }
    const { partitionCount } = place.info
    const message = `${topic}-${envelope.partition}: METADATA_TIMEOUT after ${maxBlockMs} ms; the topic has ${partitionCount} partitions`
    failed(envelope, 'METADATA_TIMEOUT', { message, limitMs: maxBlockMs, cause })
  }
}
