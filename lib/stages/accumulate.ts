import type { OperatorFunction, Subscriber } from 'rxjs'
import { Accumulator, type AccumulatorSettings } from '../accumulator/accumulator.ts'
import { Batch } from '../accumulator/batch.ts'
import type { Memory } from '../accumulator/memory.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import { Unreadable } from '../accumulator/unreadable.ts'
import { Alarm } from '../collections/alarm.ts'
import { Share } from '../collections/share.ts'
import type { Turn } from '../collections/turn.ts'
import type { Envelope, Feed } from '../model.ts'
import type { Watched } from '../observer.ts'
import type { Clock, Compressor } from '../runtime.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import { failed, gaveUp, pinned, unreadable } from './envelope.ts'
import { expiriesPerTurn, type Holding, type Holdings } from './holding.ts'
import { operator, type Stage } from './operator.ts'
import { SizeLimit } from './size-limit.ts'
import { WaitingRoom } from './waiting-room.ts'

// Fourth stage: puts records into batches by partition, and emits a lease for each due batch. It is like
// `bufferTime` and `bufferCount` combined, by partition, counting bytes, with a time that begins with the
// first record. It emits the right to take the batch, which stays open until it is taken.
// Order is kept for each partition. If buffer.memory has no room, records wait, in order for each feed, for
// at most max.block.ms. A later record, of any feed, gets no memory before them, as in Java: it goes into
// an open batch that has room for it, or waits behind. So a large record gets what it needs, however many
// small ones there are. Completes once its source has and every batch is taken: a queue emits another lease
// after each take. It reports no expiry of batches taken by then.

/** The output: a lease, a batch that is too old (the sender fails it), or a record that failed. */
export type Accumulated = Lease | ExpiredBatch | Envelope

/** A batch without a result after delivery.timeout.ms. */
export interface ExpiredBatch {
  readonly expired: Batch
}

/** Options of {@link accumulate}. */
export interface AccumulateOptions extends AccumulatorSettings {
  /** The maximum size of a record, uncompressed, as a batch of its own, in bytes. */
  readonly maxRequestSize: number
  /** Milliseconds a record may wait for memory, from when it was passed in. 0: it does not wait. */
  readonly maxBlockMs: number
  /** The maximum number of waiting records per feed. */
  readonly maxWaiting: number
  readonly memory: Memory
  readonly clock: Clock
  readonly turn: Turn
  readonly holdings: Holdings
  /** The observer of records that wait for memory. */
  readonly watched?: Watched | undefined
  /** Called when the number of batches that wait for a partition changes. */
  readonly waiting?: ((place: PartitionState, change: 1 | -1) => void) | undefined
  /** Called with the accumulator when it exists, and with the waiting room, for flushes. */
  readonly opened?:
    | ((accumulator: Accumulator, room: { readonly length: number }) => void)
    | undefined
}

/** Gathers records into batches, and emits a lease for each batch that is due. */
export function accumulate(options: AccumulateOptions): OperatorFunction<Envelope, Accumulated> {
  return operator((out) => new Accumulate(options, out))
}

/** At most so many waiting records get memory in one turn (2 µs each). */
const servedPerTurn = 4_096

class Accumulate implements Stage<Envelope>, Holding {
  #options: AccumulateOptions
  #out: Subscriber<Accumulated>
  #accumulator: Accumulator
  #room: WaitingRoom
  #alarm: Alarm
  #share: Share
  #sizeLimit: SizeLimit
  #completing = false

  constructor(options: AccumulateOptions, out: Subscriber<Accumulated>) {
    this.#options = options
    this.#out = out
    this.#room = new WaitingRoom(options)
    const settings = { ...options, compressor: inTurn(options) }
    this.#accumulator = new Accumulator(settings, options.memory, options.clock, {
      due: (lease) => out.next(lease),
      expired: (expired) => out.next({ expired }),
      ...(options.waiting && { waiting: options.waiting }),
    })
    this.#alarm = new Alarm(options.clock, () => options.turn.run(() => this.#expire()))
    this.#sizeLimit = new SizeLimit(options)
    this.#share = new Share(options.turn, servedPerTurn)
    options.turn.on('serve', () => this.#serve())
    options.holdings.add(this)
    options.opened?.(this.#accumulator, this.#room)
  }

  next(envelope: Envelope): void {
    if (envelope.failure !== null || this.#sizeLimit.refuses(envelope)) this.#out.next(envelope)
    else if (this.#isBehind(envelope.feed) || !this.#append(envelope)) this.#wait(envelope)
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#completing = true
    this.#accumulator.hurry()
    this.#checkEmpty()
  }

  close(): void {
    this.#alarm.clear()
    this.#accumulator.stop()
    this.#options.holdings.delete(this)
  }

  holds(feed: Feed | null): boolean {
    return feed === null ? !this.#room.isEmpty : this.#room.has(feed)
  }

  held(): Iterable<Envelope> {
    return this.#room.held()
  }

  withdraw(feed: Feed | null): Envelope[] {
    const taken = this.#room.withdraw(feed)
    this.#checkEmpty()
    return taken
  }

  recall(envelope: Envelope): boolean {
    const waited = this.#room.recall(envelope)
    if (waited) this.#checkEmpty()
    return waited
  }

  #isBehind(feed: Feed): boolean {
    return !this.#room.isEmpty && this.#room.has(feed)
  }

  /** Whether the record is in a batch, or has failed because its bytes cannot be read. */
  #append(envelope: Envelope): boolean {
    const { token } = envelope
    // A flush that has not begun need not wait for its batch.
    if (token !== null && !token.isWanted) envelope.token = null
    try {
      if (this.#accumulator.append(envelope)) {
        token?.release()
        return true
      }
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown
      envelope.token = token
      this.#out.next(unreadable(envelope, thrown.cause))
      return true
    }
    envelope.token = token
    return false
  }

  /** It is the turn of a record that has waited: the memory is for that one. */
  #appendHead(head: Envelope): boolean {
    const { memory } = this.#options
    memory.isSpokenFor = false
    const fits = this.#append(head)
    memory.isSpokenFor = true
    return fits
  }

  #wait(envelope: Envelope): void {
    const { maxBlockMs, maxWaiting, memory, watched } = this.#options
    const { topic } = envelope
    if (this.#isImpossible(envelope)) return
    const tooMany = this.#room.lengthOf(envelope.feed) >= maxWaiting
    if (maxBlockMs === 0 || tooMany) {
      watched?.observer?.waitedForMemory(0, true)
      const why = tooMany ? `${maxWaiting} records of its stream already wait` : 'max.block.ms is 0'
      const message = `${topic}: BUFFER_EXHAUSTED: buffer.memory of ${memory.limit} bytes is full, and ${why}`
      const facts = { message, limitBytes: memory.limit }
      this.#out.next(gaveUp(envelope, 'BUFFER_EXHAUSTED', () => facts))
      return
    }
    pinned(envelope)
    this.#options.holdings.begun()
    this.#options.holdings.wait(envelope)
    this.#room.add(envelope)
    memory.isSpokenFor = true
    this.#accumulator.press()
    const deadline = envelope.enteredAt + maxBlockMs
    if (this.#alarm.at === null || deadline < this.#alarm.at) this.#alarm.set(deadline)
  }

  /** Whether the process could not allocate its batch. As in Java, only that record fails. */
  #isImpossible(envelope: Envelope): boolean {
    const cause = this.#options.memory.takeRefusal()
    if (cause === null) return false
    const message = `${envelope.topic}: BUFFER_EXHAUSTED: the process could not allocate memory for its batch`
    this.#out.next(failed(envelope, 'BUFFER_EXHAUSTED', { message, cause }))
    return true
  }

  /** Appends the waiting records for which there is room now. */
  #serve(): boolean {
    if (this.#completing) this.#checkEmpty()
    if (this.#room.isEmpty) return false
    const before = this.#share.left
    for (let head = this.#room.peek(); head !== undefined; head = this.#room.peek()) {
      if (this.#share.left <= 0) {
        this.#share.later()
        break
      }
      if (!this.#appendHead(head) && !this.#isImpossible(head)) break
      this.#room.shift()
      this.#share.spend()
    }
    if (!this.#room.isEmpty) this.#accumulator.press()
    else this.#checkEmpty()
    return this.#share.left < before
  }

  #expire(): void {
    const { clock, maxBlockMs, memory } = this.#options
    const now = clock.now()
    // The same sum that the alarm is set to: a difference may be rounded the other way, forever.
    const isLate = (enteredAt: number) => enteredAt + maxBlockMs <= now
    for (const envelope of this.#room.expired(isLate, expiriesPerTurn)) {
      const facts = { limitMs: maxBlockMs, limitBytes: memory.limit }
      this.#out.next(gaveUp(envelope, 'BUFFER_EXHAUSTED', () => facts))
    }
    const { oldest } = this.#room
    if (oldest !== null) this.#alarm.set(oldest + maxBlockMs)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (!this.#room.isEmpty) return
    this.#options.memory.isSpokenFor = false
    this.#alarm.clear()
    if (this.#completing && this.#accumulator.queuedBytes === 0) this.#out.complete()
  }
}

/** A compressing thread that finishes is an event of its own. */
function inTurn({ compressor, turn }: AccumulateOptions): Compressor | null {
  if (compressor == null) return null
  return {
    bytesMin: compressor.bytesMin,
    compress: (codec, bytes, level, done) =>
      compressor.compress(codec, bytes, level, (stream) => turn.run(() => done(stream))),
  }
}

/** Returns whether an output of `accumulate` is an expired batch. */
export function isExpired(item: Accumulated): item is ExpiredBatch {
  return (item as Partial<ExpiredBatch>).expired instanceof Batch
}

/** Returns whether an output of `accumulate` is a lease. */
export function isLease(item: Accumulated): item is Lease {
  return typeof (item as Partial<Lease>).take === 'function'
}
