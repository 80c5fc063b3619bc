import type { OperatorFunction, Subscriber } from 'rxjs'
import { Alarm } from '../collections/alarm.ts'
import { inContext } from '../collections/in-context.ts'
import type { Turn } from '../collections/turn.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Clock } from '../runtime.ts'
import { gaveUp } from './envelope.ts'
import { expiriesPerTurn, type Holding, type Holdings, noneHeld } from './holding.ts'
import { Lanes, pendingMax } from './lanes.ts'
import { onward, operator, type Stage } from './operator.ts'
import { RecordBytes, type Serializers } from './record-bytes.ts'

// Second stage: key, value and headers become bytes. Order is kept for each feed and topic: a serializer's
// promise holds back only later records there, for at most max.block.ms. At most 16 promises of a feed are
// awaited at once, and at most `maxWaiting` records wait. Completes when all have settled. If a serializer
// throws, rejects, takes too long or returns something other than bytes, only that record fails. So does an
// object that is not a record, or has getters that throw.

/** Options of {@link serialize}. */
export interface SerializeOptions extends Serializers {
  /** The maximum number of records per feed that wait for promises. */
  readonly maxWaiting: number
  /** Milliseconds a record may wait for promises, from when it was passed in. */
  readonly maxBlockMs: number
  readonly clock: Clock
  readonly turn: Turn
  readonly holdings: Holdings
}

/** Serializes the key, the value and the headers of each record. */
export function serialize(options: SerializeOptions): OperatorFunction<Envelope, Envelope> {
  return operator((out) => new Serialize(options, out))
}

class Serialize implements Stage<Envelope>, Holding {
  #options: SerializeOptions
  #out: Subscriber<Envelope>
  #onward: Pick<Stage<Envelope>, 'next'>
  #bytes: RecordBytes
  /** Feeds that wait for a promise. */
  #lanes = new Map<Feed, Lanes>()
  /** Set while any feed waits. */
  #alarm: Alarm
  #completing = false

  constructor(options: SerializeOptions, out: Subscriber<Envelope>) {
    this.#options = options
    this.#out = out
    this.#onward = onward(out)
    this.#bytes = new RecordBytes(options)
    this.#alarm = new Alarm(options.clock, () => options.turn.run(() => this.#expire()))
    options.holdings.add(this)
  }

  next(envelope: Envelope): void {
    const lanes = this.#lanes.size > 0 ? this.#lanes.get(envelope.feed) : undefined
    if (lanes !== undefined && envelope.failure === null) {
      this.#queue(lanes, envelope)
      return
    }
    const pending = this.#bytes.fill(envelope)
    if (pending === null) this.#onward.next(envelope)
    else this.#start(envelope, pending)
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#completing = true
    this.#checkComplete()
  }

  close(): void {
    this.#options.holdings.delete(this)
    this.#lanes.clear()
    this.#alarm.clear()
  }

  holds(feed: Feed | null): boolean {
    return feed === null ? this.#lanes.size > 0 : this.#lanes.has(feed)
  }

  *held(): Iterable<Envelope> {
    for (const lanes of this.#lanes.values()) yield* lanes.held()
  }

  withdraw(feed: Feed | null): Envelope[] {
    if (feed !== null && !this.#lanes.has(feed)) return noneHeld
    const taken: Envelope[] = []
    for (const owner of feed === null ? [...this.#lanes.keys()] : [feed]) {
      const lanes = this.#lanes.get(owner)
      if (lanes === undefined) continue
      for (const envelope of lanes.held()) taken.push(envelope)
      lanes.close()
      this.#lanes.delete(owner)
    }
    this.#checkEmpty()
    return taken
  }

  recall(envelope: Envelope): boolean {
    return this.#lanes.get(envelope.feed)?.recall(envelope) ?? false
  }

  #queue(lanes: Lanes, envelope: Envelope): void {
    const { maxWaiting } = this.#options
    if (lanes.length < maxWaiting) {
      this.#options.holdings.keep(envelope)
      lanes.add(envelope)
      return
    }
    const message = `${maxWaiting} records of the stream already wait for a serializer's promise`
    this.#onward.next(gaveUp(envelope, 'BUFFER_EXHAUSTED', () => ({ message })))
  }

  #start(envelope: Envelope, pending: Promise<void>): void {
    // Its serializer has closed the stage: nothing of it may be left.
    if (this.#out.closed) return
    const lanes = this.#lanes.get(envelope.feed) ?? this.#open(envelope.feed)
    this.#options.holdings.keep(envelope)
    lanes.start(envelope, pending)
    const deadline = envelope.enteredAt + this.#options.maxBlockMs
    if (this.#alarm.at === null || deadline < this.#alarm.at) this.#alarm.set(deadline)
  }

  #open(feed: Feed): Lanes {
    const lanes = new Lanes({
      serialize: (envelope) => inContext(envelope.context, this.#bytes.fill, this.#bytes, envelope),
      emit: (envelope) => this.#options.holdings.handOn(envelope, this.#onward),
      orphaned: (envelope, pending) => this.#start(envelope, pending),
      late: (envelope, isBegun) => late(envelope, isBegun, this.#options.maxBlockMs),
      settled: (work) => this.#options.turn.run(work),
      empty: () => this.#emptied(feed),
    })
    this.#lanes.set(feed, lanes)
    this.#options.holdings.begun()
    return lanes
  }

  #expire(): void {
    const { clock, maxBlockMs } = this.#options
    const now = clock.now()
    let left = expiriesPerTurn
    // The same sum that the alarm is set to: a difference may be rounded the other way, forever.
    const isLate = (enteredAt: number) => enteredAt + maxBlockMs <= now
    for (const lanes of [...this.#lanes.values()]) left -= lanes.expire(isLate, left)
    let oldest = Number.POSITIVE_INFINITY
    for (const lanes of this.#lanes.values()) oldest = Math.min(oldest, lanes.oldest)
    if (oldest < Number.POSITIVE_INFINITY) this.#alarm.set(oldest + maxBlockMs)
  }

  #emptied(feed: Feed): void {
    this.#lanes.delete(feed)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (this.#lanes.size === 0) this.#alarm.clear()
    this.#checkComplete()
  }

  #checkComplete(): void {
    if (this.#completing && this.#lanes.size === 0) this.#out.complete()
  }
}

/** It has waited too long, for its own promise or for earlier ones. */
function late(envelope: Envelope, isBegun: boolean, limitMs: number): void {
  const why = isBegun
    ? "its serializer's promise has not settled"
    : `${pendingMax} earlier promises of its stream have not settled`
  const message = `${envelope.topic}: SERIALIZER_FAILED after ${limitMs} ms: ${why}`
  gaveUp(envelope, 'SERIALIZER_FAILED', () => ({ message, limitMs }))
}
