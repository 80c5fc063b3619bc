import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'
import { joined, noneHeld } from './holding.ts'
import type { TopicDirectory } from './topic-directory.ts'

// Records that wait for metadata, in queues that keep their order: one queue for all of a feed's records of
// an unknown topic, then one for each partition that does not exist yet, whose records wait for it alone.
//
// Invariant: a queue is in here exactly while it is not empty, and holds its topic meanwhile; `countOf` is
// the sum of a feed's queues. Used by the partition stage.

/** The partition of a queue that holds all records of its topic. */
const everything = -1

/** The records of one feed that wait for one thing, in the order in which they came. */
export class UnplacedQueue extends Fifo<Envelope> {
  readonly topic: string
  readonly feed: Feed
  /** The partition that the records wait for; -1: the topic, and each record names its own later. */
  readonly partition: number

  constructor(topic: string, feed: Feed, partition: number) {
    super()
    this.topic = topic
    this.feed = feed
    this.partition = partition
  }

  /** Whether all its records name one partition of a known topic. */
  get isForPartition(): boolean {
    return this.partition !== everything
  }
}

export class Unplaced {
  #queues = new Map<string, Map<Feed, Map<number, UnplacedQueue>>>()
  #counts = new Map<Feed, number>()
  /** The same queues by feed: streams may be unsubscribed by the thousand, and each asks for its own. */
  #owned = new Map<Feed, Set<UnplacedQueue>>()
  #topics: Pick<TopicDirectory, 'hold' | 'release'>

  constructor(topics: Pick<TopicDirectory, 'hold' | 'release'>) {
    this.#topics = topics
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** The number of waiting records of a feed. */
  countOf(feed: Feed): number {
    return this.#counts.get(feed) ?? 0
  }

  /** Whether a record has to wait because others do, which may have a partition by now if `isStale`. */
  isBehind({ topic, feed, partition }: Envelope, isStale: boolean): boolean {
    const queues = this.#queues.get(topic)?.get(feed)
    return queues !== undefined && (isStale || queues.has(everything) || queues.has(partition))
  }

  /** Whether records for this topic wait. */
  has(topic: string): boolean {
    return this.#queues.has(topic)
  }

  /** Takes a record in, for its topic, or only for its partition if the topic `isKnown`. */
  add(envelope: Envelope, isKnown: boolean): void {
    const { topic, feed, partition } = envelope
    const isForAll = !isKnown || this.#queues.get(topic)?.get(feed)?.has(everything)
    this.#push(envelope, isForAll ? everything : partition)
  }

  /** The topic is known, and the partition that the head of its queue names does not exist. */
  moveHead(queue: UnplacedQueue): void {
    const envelope = this.shift(queue)
    this.#push(envelope, envelope.partition)
  }

  /** The current queues. */
  get queues(): UnplacedQueue[] {
    return [...this.#all()]
  }

  /** Those of one topic. */
  queuesOf(topic: string): UnplacedQueue[] {
    const ofFeeds = this.#queues.get(topic)?.values() ?? []
    return [...ofFeeds].flatMap((ofFeed) => [...ofFeed.values()])
  }

  /** Removes the head of a queue. */
  shift(queue: UnplacedQueue): Envelope {
    const envelope = queue.shift()!
    this.#left(queue)
    return envelope
  }

  /** When the record that has waited longest entered; Infinity if none waits. */
  get oldest(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const queue of this.#all()) oldest = Math.min(oldest, queue.peek()!.enteredAt)
    return oldest
  }

  /** Removes all records of a feed, or of all feeds with null. */
  withdraw(feed: Feed | null): Envelope[] {
    if (feed !== null && !this.#owned.has(feed)) return noneHeld
    const taken: Envelope[][] = []
    const queues = feed === null ? this.queues : [...(this.#owned.get(feed) ?? [])]
    for (const queue of queues) {
      const envelopes = queue.takeAll()
      this.#left(queue, envelopes.length)
      taken.push(envelopes)
    }
    return joined(taken)
  }

  /** Removes one record; returns whether it waited here. */
  recall(envelope: Envelope): boolean {
    for (const queue of this.#owned.get(envelope.feed) ?? []) {
      if (!queue.delete(envelope)) continue
      this.#left(queue)
      return true
    }
    return false
  }

  *held(): Iterable<Envelope> {
    for (const queue of this.#all()) yield* queue
  }

  clear(): void {
    for (const { topic } of this.#all()) this.#topics.release(topic)
    this.#queues.clear()
    this.#counts.clear()
    this.#owned.clear()
  }

  /** So many have left this queue. */
  #left(queue: UnplacedQueue, many = 1): void {
    const left = this.countOf(queue.feed) - many
    if (left > 0) this.#counts.set(queue.feed, left)
    else this.#counts.delete(queue.feed)
    if (queue.length === 0) this.#delete(queue)
  }

  #push(envelope: Envelope, partition: number): void {
    const { topic, feed } = envelope
    const ofTopic = this.#queues.get(topic) ?? new Map<Feed, Map<number, UnplacedQueue>>()
    const ofFeed = ofTopic.get(feed) ?? new Map<number, UnplacedQueue>()
    let queue = ofFeed.get(partition)
    if (queue === undefined) {
      queue = new UnplacedQueue(topic, feed, partition)
      this.#topics.hold(topic)
      const owned = this.#owned.get(feed) ?? new Set()
      this.#owned.set(feed, owned.add(queue))
    }
    queue.push(envelope)
    ofFeed.set(partition, queue)
    ofTopic.set(feed, ofFeed)
    this.#queues.set(topic, ofTopic)
    this.#counts.set(feed, this.countOf(feed) + 1)
  }

  *#all(): Iterable<UnplacedQueue> {
    for (const ofTopic of this.#queues.values()) {
      for (const ofFeed of ofTopic.values()) yield* ofFeed.values()
    }
  }

  #delete(queue: UnplacedQueue): void {
    const { topic, feed, partition } = queue
    const owned = this.#owned.get(feed)!
    owned.delete(queue)
    if (owned.size === 0) this.#owned.delete(feed)
    const ofTopic = this.#queues.get(topic)!
    const ofFeed = ofTopic.get(feed)!
    ofFeed.delete(partition)
    this.#topics.release(topic)
    if (ofFeed.size > 0) return
    ofTopic.delete(feed)
    if (ofTopic.size === 0) this.#queues.delete(topic)
  }
}
