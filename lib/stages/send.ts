import type { OperatorFunction, Subscriber } from 'rxjs'
import type { Batch } from '../accumulator/batch.ts'
import { Fifo } from '../collections/fifo.ts'
import { Share } from '../collections/share.ts'
import type { Turn } from '../collections/turn.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Envelope, Receipt } from '../model.ts'
import type { Watched } from '../observer.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Dispatch } from '../sender/dispatch.ts'
import { type Failure, recordErrors } from '../sender/failure.ts'
import { type Outcome, Sender, type SenderSettings } from '../sender/sender.ts'
import type { Transactions } from '../sender/transactions.ts'
import { type Accumulated, isExpired, isLease } from './accumulate.ts'
import type { Holding, Holdings } from './holding.ts'
import { onward, operator, type Stage } from './operator.ts'

// Last stage: sends due batches to their brokers, and emits one receipt for each record. Receipts come in
// input order within a partition (a rejection may overtake), in completion order across partitions,
// synchronously in the turn of the answer. If there are more than a turn may emit, the rest stays settled,
// in order, for the turns that follow immediately. Completes once every record has its receipt. Calls no
// user code.

/**
 * At most so many results per turn. A full buffer may fail more than a million records at once, and making
 * their errors (5 µs each) would block the event loop for seconds.
 */
const receiptsPerTurn = 4_096

/** So many batches are sent in a turn (20 µs each), plus those of one request. */
const batchesPerTurn = 512

/** Options of {@link send}. */
export interface SendOptions {
  readonly settings: SenderSettings
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly holdings: Holdings
  /** Called when no batch can be delivered any more. */
  readonly fatal: (error: KafkaError) => void
  /** The transactions of the batches, if there are any. */
  readonly transactions?: Transactions | undefined
  /** The observer of batches and producer ids. */
  readonly watched?: Watched | undefined
  /** The burst of records that came last, while the next is about to come; otherwise null. */
  readonly burst?: (() => number | null) | undefined
  /** Called with the sender when it exists. */
  readonly opened?: ((sender: Sender) => void) | undefined
}

/** Sends the leased batches, and emits a receipt for each of their records. */
export function send(options: SendOptions): OperatorFunction<Accumulated, Receipt> {
  return operator((out) => new Send(options, out))
}

class Send implements Stage<Accumulated>, Holding {
  #out: Subscriber<Receipt>
  #onward: ReceiptTaker
  #sender: Sender
  #clock: Clock
  #turn: Turn
  #holdings: Holdings
  #watched: Watched | undefined
  /** Records that failed before they were in a batch. */
  #failed = new Fifo<Envelope>()
  /** The last turn in which one of them was reported. */
  #failedIn = -1
  #completing = false
  #share: Share

  constructor(options: SendOptions, out: Subscriber<Receipt>) {
    const { settings, turn } = options
    this.#out = out
    this.#onward = onward(out)
    this.#clock = options.clock
    this.#turn = turn
    this.#share = new Share(turn, receiptsPerTurn)
    this.#holdings = options.holdings
    this.#watched = options.watched
    this.#holdings.add(this)
    this.#sender = new Sender(settings, {
      ...options,
      wake: () => turn.soon(),
    })
    turn.on('report', () => this.#report())
    const batches = new Share(turn, batchesPerTurn)
    // A failure may end its stream: then the records that were placed with it must not be sent.
    turn.on('drain', () => this.#reportFailed(this.#failedIn === turn.serial ? 0 : 1))
    turn.on('drain', () => this.#sender.drain(batches))
    options.opened?.(this.#sender)
  }

  next(item: Accumulated): void {
    if (isLease(item)) this.#sender.lease(item)
    else if (isExpired(item)) this.#sender.expired(item.expired)
    else {
      this.#holdings.wait(item)
      this.#failed.push(item)
      this.#turn.soon()
    }
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#completing = true
    this.#checkComplete()
  }

  close(): void {
    this.#sender.stop()
    this.#holdings.delete(this)
  }

  /** Records here wait only for their turn to be reported. */
  holds(): boolean {
    return false
  }

  /** A flush waits for these, too: they have failed, and that is not reported yet. */
  held(): Iterable<Envelope> {
    return this.#failed
  }

  /** They have their result, so they cannot be withdrawn. */
  withdraw(): Envelope[] {
    return []
  }

  recall(): boolean {
    return false
  }

  #report(): boolean {
    const before = this.#share.left
    this.#reportFailed()
    this.#reportSettled()
    if (this.#failed.length + this.#sender.settled.length > 0) this.#share.later()
    if (this.#completing) this.#checkComplete()
    return this.#share.left < before
  }

  /** At least so many, even if the turn has had its share; returns whether there was any. */
  #reportFailed(least = 0): boolean {
    let told = 0
    while (told < least || this.#share.left > 0) {
      const envelope = this.#failed.shift()
      if (envelope === undefined) break
      told += 1
      this.#failedIn = this.#turn.serial
      this.#share.spend()
      const { feed, ticket, failure } = envelope
      this.#watched?.observer?.refused?.(failure!.topic ?? '', failure!.code)
      this.#onward.next({ feed, ticket, metadata: null, error: failure, refused: envelope })
      envelope.token?.release()
    }
    return told > 0
  }

  /** If our own code throws in the middle, the rest still has its result (salvage). */
  #reportSettled(): void {
    const { settled } = this.#sender
    while (this.#share.left > 0) {
      const head = settled.peek()
      if (head === undefined) return
      const { batch, failure } = head
      const { told } = batch
      const now = failure === null ? 0 : this.#clock.now() // only failures need the time
      const isAll = report(head, now, this.#onward, this.#share.left)
      this.#share.spend(Math.max(1, batch.told - told))
      if (isAll) this.#sender.told()
    }
  }

  #checkComplete(): void {
    if (this.#failed.length === 0 && this.#sender.isIdle) this.#out.complete()
  }
}

/**
 * Emits one receipt for each record of a batch that was settled at the monotonic time `now`, at most `most`
 * of them; returns whether that was all. After an interruption, it continues behind the record that was
 * being reported.
 */
export function report(
  { batch, failure }: Outcome,
  now: number,
  out: ReceiptTaker,
  most: number = Number.POSITIVE_INFINITY,
): boolean {
  const end = Math.min(batch.roll.count, batch.told + most)
  if (failure === null) acknowledged(batch, end, out)
  else refused(batch, end, failure, now, out)
  if (end < batch.roll.count) return false
  batch.reported()
  return true
}

/** The consumer of receipts, usually a subscriber. */
export interface ReceiptTaker {
  next(receipt: Receipt): void
}

function acknowledged(batch: Batch, end: number, out: ReceiptTaker): void {
  const { topic, partition, roll, baseOffset, logAppendTime } = batch
  for (let index = batch.told; index < end; index += 1) {
    batch.told = index + 1
    const metadata = {
      topic,
      partition,
      offset: baseOffset < 0 ? -1 : baseOffset + index,
      timestamp: logAppendTime < 0 ? batch.timestampOf(index) : logAppendTime,
      serializedKeySize: batch.keySizeOf(index),
      serializedValueSize: batch.valueSizeOf(index),
      record: roll.recordOf(index),
    }
    out.next({ feed: roll.feedOf(index), ticket: roll.ticketOf(index), metadata, error: null })
  }
}

function refused(
  batch: Batch,
  end: number,
  failure: Failure,
  now: number,
  out: ReceiptTaker,
): void {
  const { roll, told } = batch
  const errors = recordErrors(batch, told, end, failure, now)
  for (let index = told; index < end; index += 1) {
    batch.told = index + 1
    const error = errors[index - told]!
    out.next({ feed: roll.feedOf(index), ticket: roll.ticketOf(index), metadata: null, error })
  }
}
