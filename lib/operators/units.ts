import {
  from,
  type Observable,
  type ObservableInput,
  type Subscriber,
  type Subscription,
} from 'rxjs'
import { Fifo } from '../collections/fifo.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { TransactionQueue } from '../producer/transaction-queue.ts'
import type { Stage } from '../stages/operator.ts'
import { contained } from '../stages/unhandled.ts'
import type { Committed, ExactlyOnceOptions } from './exactly-once.ts'
import { emit } from './in-transaction.ts'
import { Intake } from './intake.ts'
import type { SourceOffsets } from './source-offsets.ts'
import { behindMax, checkFencing, isInput, tooManyBehind, tooManyWait, Unit } from './unit.ts'

// Consume-transform-produce: the records made from messages, and the offsets of these messages, go into one
// transaction after the other.
//
//   messages   -m-n-o-p-q-|       every unit is one transaction: its boundary commits it, and what comes
//   boundary   ----!---!---       meanwhile belongs to the next, which waits for its turn
//   wire       -mn-E-C op-E-C q-E-C
//   results    ------(mn)--(op)--(q|)
//
// While a unit waits for its turn, `every` does not count, and a paced source goes on (intake.ts). So the
// next transaction is filled while the previous one commits, however long that takes.
//
// Invariants: a message is emitted when the transaction with its offset is committed, in input order. Units
// end in the order in which they began. After a failed one, no other follows.

type Counts = 'maxMessages' | 'maxWaiting'

/** The options, with their defaults. */
export type UnitsOptions<M, R> = Omit<ExactlyOnceOptions<M, R>, 'every' | Counts> & {
  readonly every: number | Observable<unknown>
  readonly maxMessages: number
  readonly maxWaiting: number
  readonly release: () => void
}

export class Units<M, R extends ProducerRecord> implements Stage<M> {
  #queue: TransactionQueue
  #out: Subscriber<Committed<M, R>>
  #settled: UnitsOptions<M, R>
  /** Units whose outcome is not reported yet, oldest first; only the newest may take messages. */
  #units: Unit<M, R>[] = []
  /** Messages behind one whose records come from a stream, or are just being given. */
  #waiting = new Fifo<M>()
  /** Messages of transactions whose turn has not come. */
  #behind = 0
  #intake: Intake
  #records: Subscription | null = null
  #boundaries: Subscription | null = null
  #timer: { cancel(): void } | null = null
  /** User code may be running, and may give a message, or end the source, in the middle of another one. */
  #isTaking = false
  #isCompleted = false
  #isOver = false

  constructor(
    queue: TransactionQueue,
    out: Subscriber<Committed<M, R>>,
    settled: UnitsOptions<M, R>,
  ) {
    this.#queue = queue
    this.#out = out
    this.#settled = settled
    this.#intake = new Intake(queue.backlog(), queue.runUpBytes)
    // Before the first message, because it may have to wait for a transaction that a predecessor left open.
    queue.initialize({ resolve() {}, reject: (error) => this.#refused(error) })
    if (typeof settled.every !== 'number') {
      this.#boundaries = settled.every.subscribe({
        next: () => this.#boundary(),
        error: (error) => this.#abort(error),
      })
    }
  }

  next(message: M): void {
    if (this.#isOver) return
    this.#intake.entered()
    if (this.#behind >= behindMax) this.#abort(tooManyBehind(this.#queue.transactionalId))
    else if (this.#isFree) {
      this.#take(message)
      this.#takeWaiting()
    } else if (this.#waiting.length < this.#settled.maxWaiting) this.#waiting.push(message)
    else this.#abort(tooManyWait(this.#queue.transactionalId, this.#settled.maxWaiting))
  }

  complete(): void {
    this.#isCompleted = true
    this.#checkCompleted()
  }

  fail(cause: unknown): void {
    this.#abort(cause)
  }

  close(): void {
    this.#isOver = true
    this.#let()
    for (const { run } of this.#units) run?.leave()
    this.#units = []
  }

  /** No message has records that are still to come. */
  get #isFree(): boolean {
    return this.#records === null && !this.#isTaking
  }

  /** Puts one message into the open transaction, or into a new one. */
  #take(message: M): void {
    this.#isTaking = true
    try {
      const unit = this.#current()
      unit.offsets.note(this.#settled.position(message))
      const entry = { message, first: unit.run.count, end: unit.run.count }
      const given = this.#settled.records(message)
      unit.messages.push(entry)
      if (!unit.isOpen) this.#behind += 1
      if (isInput<R>(given)) this.#follow(unit, entry, given)
      else {
        if (given != null) this.#give(unit, given)
        this.#taken(unit, entry)
      }
    } catch (error) {
      this.#abort(error)
    } finally {
      this.#isTaking = false
    }
  }

  #follow(
    unit: Unit<M, R>,
    entry: Unit<M, R>['messages'][number],
    given: ObservableInput<R>,
  ): void {
    let isDone = false
    const records = from(given).subscribe({
      next: (record) => this.#give(unit, record),
      error: (error) => this.#abort(error),
      complete: () => {
        isDone = true
        this.#records = null
        this.#intake.isAwaiting = false
        this.#taken(unit, entry)
        this.#takeWaiting()
      },
    })
    if (isDone || this.#isOver) return
    this.#records = records
    this.#intake.isAwaiting = true
  }

  #give(unit: Unit<M, R>, record: R): void {
    if (!unit.isOpen) unit.waiting += this.#intake.waits(record)
    unit.run.next(record)
  }

  #takeWaiting(): void {
    while (this.#isFree && this.#waiting.length > 0 && !this.#isOver) {
      this.#take(this.#waiting.shift()!)
    }
    this.#checkCompleted()
  }

  #taken(unit: Unit<M, R>, entry: { readonly first: number; end: number }): void {
    entry.end = unit.run.count
    if (!unit.isOpen && entry.end === entry.first) unit.waiting += this.#intake.waits(null)
    if (unit.messages.length >= this.#settled.maxMessages || unit.isClosed) this.#commit(unit)
  }

  #current(): Unit<M, R> {
    const newest = this.#units.at(-1)
    if (newest !== undefined && !newest.isClosed) return newest
    const unit = new Unit<M, R>()
    this.#units.push(unit)
    const events = {
      opened: () => this.#opened(unit),
      stopped: () => this.#stop(),
      offsets: (send: Parameters<SourceOffsets['give']>[1]) => this.#giveOffsets(unit, send),
      committed: (results: readonly RecordMetadata[]) =>
        this.#ended(unit, { results: results as RecordMetadata<R>[] }),
      failed: (error: unknown) => this.#ended(unit, { error }),
    }
    unit.run = this.#queue.join(events, { stopsSources: false })
    return unit
  }

  /** It is its turn, perhaps at once: from now on its time counts. */
  #opened(unit: Unit<M, R>): void {
    unit.isOpen = true
    this.#behind -= unit.messages.length
    this.#intake.went(unit.waiting)
    unit.waiting = 0
    const { every } = this.#settled
    if (typeof every !== 'number' || unit.isClosed) return
    const { clock } = this.#queue
    this.#timer = clock.at(clock.now() + every, () => this.#boundary())
  }

  #giveOffsets({ offsets, run }: Unit<M, R>, send: Parameters<SourceOffsets['give']>[1]): void {
    const { group, fencing = 'group' } = this.#settled
    const { transactionalId } = this.#queue
    const failed = (error: unknown) => run.abortWith(error)
    offsets.give(group, send, failed, (membership) => {
      if (fencing === 'group') checkFencing(membership, transactionalId)
    })
  }

  /** The open transaction is committed; a message whose records are still coming belongs to it. */
  #boundary(): void {
    const newest = this.#units.at(-1)
    if (newest === undefined || newest.isClosed) return
    newest.isClosed = true
    if (this.#isFree) this.#commit(newest)
  }

  #commit(unit: Unit<M, R>): void {
    unit.isClosed = true
    unit.isCommitted = true
    this.#timer?.cancel()
    this.#timer = null
    unit.run.complete()
  }

  #checkCompleted(): void {
    if (!this.#isCompleted || !this.#isFree || this.#waiting.length > 0) return
    this.#boundary()
    if (this.#units.length > 0 || this.#isOver) return
    this.#isOver = true
    this.#let()
    contained(() => this.#out.complete())
  }

  /** The newest unit is aborted; earlier ones, which are complete, are committed first. */
  #abort(error: unknown): void {
    if (this.#isOver) return
    this.#stop()
    const newest = this.#units.at(-1)
    if (newest === undefined || newest.isCommitted) this.#ended(new Unit<M, R>(), { error })
    else newest.run.abortWith(error)
  }

  /** No transaction is possible: waiting ones get the error by themselves. */
  #refused(error: unknown): void {
    if (this.#units.length > 0 || this.#isOver) return
    this.#stop()
    this.#ended(new Unit<M, R>(), { error })
  }

  /** The input has ended. */
  #stop(): void {
    this.#let()
    this.#waiting = new Fifo()
    this.#settled.release()
  }

  #let(): void {
    this.#records?.unsubscribe()
    this.#records = null
    this.#intake.close()
    this.#boundaries?.unsubscribe()
    this.#timer?.cancel()
  }

  /** Outcomes are reported in the order of their units. */
  #ended(unit: Unit<M, R>, outcome: NonNullable<Unit<M, R>['outcome']>): void {
    if (this.#isOver) return
    unit.outcome = outcome
    if (!this.#units.includes(unit)) this.#units.push(unit)
    for (let head = this.#units[0]; head?.outcome != null; head = this.#units[0]) {
      this.#units.shift()
      if ('error' in head.outcome) {
        this.#fail(head.outcome.error)
        return
      }
      this.#emit(head, head.outcome.results)
      if (this.#isOver) return
    }
    this.#checkCompleted()
  }

  #emit({ messages }: Unit<M, R>, results: readonly RecordMetadata<R>[]): void {
    this.#intake.sent(results)
    const committed = messages.map(({ message, first, end }) => ({
      message,
      results: results.slice(first, end),
    }))
    emit(this.#out, committed)
  }

  #fail(error: unknown): void {
    this.#isOver = true
    this.#stop()
    for (const { run } of this.#units) run?.leave()
    this.#units = []
    contained(() => this.#out.error(error))
  }
}
