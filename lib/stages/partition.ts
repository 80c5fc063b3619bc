import type { OperatorFunction, Subscriber } from 'rxjs'
import { Alarm } from '../collections/alarm.ts'
import { inContext } from '../collections/in-context.ts'
import { Share } from '../collections/share.ts'
import type { Turn } from '../collections/turn.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Watched } from '../observer.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import type { Clock } from '../runtime.ts'
import { gaveUp, pinned } from './envelope.ts'
import { expiriesPerTurn, type Holding, type Holdings } from './holding.ts'
import { onward, operator, type Stage } from './operator.ts'
import { type PassPorts, PlacementPass } from './placement-pass.ts'
import { askPartitioner, placeByKey } from './placing.ts'
import { StaleTopics } from './stale-topics.ts'
import type { TopicDirectory, TopicPlace } from './topic-directory.ts'
import { Unplaced, type UnplacedQueue } from './unplaced.ts'

export type { TopicDirectory, TopicPlace, TopicRefusal } from './topic-directory.ts'

// Third stage: a partition for each record; -1 leaves it to the topic's sticky choice, which needs the
// bytes and is therefore made when the record is appended.
// Order is kept for each feed and topic. A record whose topic is not known (yet) holds back only later
// records of its feed and topic, for at most max.block.ms. One that names a partition which does not exist
// (yet) holds back only records that name the same one, because no other record can go there. Completes
// when nothing waits. If a partitioner throws, only that record fails. It is user code, and may withdraw
// waiting records while it runs.

/** Options of {@link partition}. */
export interface PartitionOptions {
  readonly topics: TopicDirectory
  /** Null: by key; without a key, sticky. */
  readonly partitioner: Partitioner<never> | null
  /** Whether keys are ignored. */
  readonly ignoreKeys: boolean
  /** Milliseconds a record may wait for metadata, from when it was passed in. */
  readonly maxBlockMs: number
  /** The maximum number of waiting records per feed. */
  readonly maxWaiting: number
  readonly clock: Clock
  readonly turn: Turn
  readonly holdings: Holdings
  /** The observer of waiting records. */
  readonly watched?: Watched | undefined
}

/** Chooses the partition of each record. */
export function partition(options: PartitionOptions): OperatorFunction<Envelope, Envelope> {
  return operator((out) => new Partition(options, out))
}

const never = Number.POSITIVE_INFINITY

class Partition implements Stage<Envelope>, Holding {
  #options: PartitionOptions
  #out: Subscriber<Envelope>
  #onward: Pick<Stage<Envelope>, 'next'>
  #waiting: Unplaced
  #alarm: Alarm
  #stale = new StaleTopics()
  /** A pass over waiting records, which takes several turns; null between two passes. */
  #pass: PlacementPass | null = null
  /** The turn's share for failing expired records, and the one for placing. */
  #isExpiring = false
  #isTimeUp = false
  #ports: PassPorts
  #completing = false

  constructor(options: PartitionOptions, out: Subscriber<Envelope>) {
    this.#options = options
    this.#out = out
    this.#onward = onward(out)
    this.#waiting = new Unplaced(options.topics)
    this.#alarm = new Alarm(options.clock, () => options.turn.run(() => this.#expire()))
    this.#ports = {
      waiting: this.#waiting,
      share: new Share(options.turn, expiriesPerTurn),
      isReady: (head) => this.#isReady(head),
      emit: (queue) => this.#emit(queue),
      isKnown: (topic) => options.topics.find(topic) !== null,
    }
    options.topics.watch((topics) => {
      if (topics === null) this.#stale.addAll()
      else for (const { name } of topics) if (this.#waiting.has(name)) this.#stale.add(name)
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
    this.#pass = null
    this.#waiting.clear()
  }

  holds(feed: Feed | null): boolean {
    return feed === null ? !this.#waiting.isEmpty : this.#waiting.countOf(feed) > 0
  }

  held(): Iterable<Envelope> {
    return this.#waiting.held()
  }

  withdraw(feed: Feed | null): Envelope[] {
    const taken = this.#waiting.withdraw(feed)
    this.#checkEmpty()
    return taken
  }

  recall(envelope: Envelope): boolean {
    const waited = this.#waiting.recall(envelope)
    if (waited) this.#checkEmpty()
    return waited
  }

  #isBehind(envelope: Envelope): boolean {
    const waiting = this.#waiting
    if (waiting.isEmpty) return false
    if (waiting.isBehind(envelope, false)) return true
    const isOpen = !this.#stale.areNone || this.#pass !== null
    if (!isOpen || !waiting.isBehind(envelope, true)) return false
    this.#stale.add(envelope.topic) // it waits only for the earlier ones to be looked at
    return true
  }

  /** Places a record, or fails it; false if it has to wait. */
  #place(envelope: Envelope): boolean {
    const { topics } = this.#options
    const { topic } = envelope
    const place = topics.find(topic)
    if (place === null || envelope.partition >= place.info.partitionCount) {
      const refusal = topics.refusal(topic)
      if (refusal !== null) gaveUp(envelope, refusal.code, () => ({ cause: refusal.cause }))
      else if (place !== null) topics.outgrown()
      return refusal !== null
    }
    envelope.topicState = place.state
    if (envelope.partition < 0) this.#choose(envelope, place)
    return true
  }

  /** The same for a record that has waited. */
  #placeLater(envelope: Envelope): boolean {
    return inContext(envelope.context, this.#place, this, envelope)
  }

  #choose(envelope: Envelope, place: TopicPlace): void {
    const { partitioner, ignoreKeys } = this.#options
    if (partitioner !== null) askPartitioner(partitioner, envelope, place)
    else if (envelope.key !== null && !ignoreKeys) {
      placeByKey(envelope, envelope.key, place)
    } else envelope.sticky = place.sticky
  }

  #wait(envelope: Envelope): void {
    const { topics, maxBlockMs, maxWaiting } = this.#options
    const { topic, feed } = envelope
    if (maxBlockMs === 0) this.#giveUp(envelope)
    else if (this.#waiting.countOf(feed) >= maxWaiting) {
      const message = `${topic}: ${maxWaiting} records of its stream already wait for metadata`
      gaveUp(envelope, 'BUFFER_EXHAUSTED', () => ({ message }))
    }
    if (envelope.failure !== null) {
      this.#onward.next(envelope)
      return
    }
    pinned(envelope)
    this.#options.holdings.begun()
    if (this.#options.partitioner === null) this.#options.holdings.wait(envelope)
    else this.#options.holdings.keep(envelope)
    this.#waiting.add(envelope, topics.find(topic) !== null)
    const deadline = envelope.enteredAt + maxBlockMs
    if (this.#alarm.at === null || deadline < this.#alarm.at) this.#alarm.set(deadline)
  }

  /** Metadata has changed, or time is up: places what can be placed now, in one turn or several. */
  #serve(): boolean {
    if (this.#pass === null && this.#stale.areNone) return false
    const pass = this.#pass ?? this.#begin()
    if (pass.goOn()) this.#served()
    this.#options.topics.serving(this.#pass !== null)
    this.#checkEmpty()
    return pass.isOfUse || (!this.#stale.areNone && this.#pass === null)
  }

  #begin(): PlacementPass {
    this.#pass = new PlacementPass(this.#ports, this.#stale.take())
    this.#isExpiring = this.#isTimeUp
    this.#isTimeUp = false
    return this.#pass
  }

  #expire(): void {
    this.#isTimeUp = true
    this.#stale.addAll()
  }

  #served(): void {
    this.#pass = null
    if (!this.#isExpiring) return
    this.#isExpiring = false
    const { oldest } = this.#waiting
    if (oldest < never) this.#alarm.set(oldest + this.#options.maxBlockMs)
  }

  #isReady(head: Envelope): boolean {
    if (this.#placeLater(head)) return true
    const isLate = this.#isExpiring && this.#isLate(head)
    if (isLate) this.#giveUp(head)
    return isLate
  }

  /** The same sum that the alarm is set to: a difference may be rounded the other way, forever. */
  #isLate({ enteredAt }: Envelope): boolean {
    return enteredAt + this.#options.maxBlockMs <= this.#options.clock.now()
  }

  #emit(queue: UnplacedQueue): void {
    const { clock, watched, holdings } = this.#options
    const envelope = this.#waiting.shift(queue)
    watched?.observer?.waitedForMetadata(clock.now() - envelope.enteredAt)
    holdings.handOn(envelope, this.#onward)
  }

  #checkEmpty(): void {
    if (!this.#waiting.isEmpty) return
    this.#alarm.clear()
    if (this.#completing) this.#out.complete()
  }

  #giveUp(envelope: Envelope): void {
    const { topics, maxBlockMs } = this.#options
    const { topic, partition: asked } = envelope
    const place = topics.find(topic)
    gaveUp(envelope, 'METADATA_TIMEOUT', () => {
      const facts = { limitMs: maxBlockMs, cause: topics.lastError(topic) }
      if (place === null) return facts
      const { partitionCount } = place.info
      const message = `${topic}-${asked}: METADATA_TIMEOUT after ${maxBlockMs} ms; the topic has ${partitionCount} partitions`
      return { ...facts, message }
    })
  }
}
