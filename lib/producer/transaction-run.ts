import { Bits } from '../collections/bits.ts'
import { TransactionError, type TransactionErrorCode } from '../errors/transaction-error.ts'
import type { Feed, ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import type { Fault } from '../sender/transaction-faults.ts'
import type { Offsets, RunEvents, RunPorts, RunWishes } from './transaction-parts.ts'

// One transaction, from the moment when it is requested: a feed of the engine on one side, its owner on the
// other (an operator, a function, a writable).
//
//   waiting ─ its turn ─► open ─ complete() ─► flushing ─ all acknowledged ─► committing ─► done
//      │                   │ a record fails, abort(), too slow, … │               │ refused   ▲
//      │                   └───────────────► aborting ◄───────────┴───────────────┘           │
//      └──────────────────────────────────────── └────────────────────────────────────────────┘
//
// Invariants: its records wait at the entrance until its turn. Results are held until the commit is
// answered; of an uncommitted transaction, only the error is reported. Exactly one of `committed` and
// `failed` is called, once. Driven by transaction-queue.ts.

/** Why it is aborted: an error of ours or the brokers', or an error of its owner. */
type Reason = { readonly fault: Fault } | { readonly error: unknown }

type State = 'waiting' | 'open' | 'flushing' | 'committing' | 'aborting' | 'done'

export class TransactionRun implements Feed {
  /** When it was requested, and when it was its turn (monotonic). */
  readonly joinedAt: number
  begunAt = 0
  /** Whether `paced` stops while records wait for its turn. */
  readonly stopsSources: boolean
  #ports: RunPorts<TransactionRun>
  #events: RunEvents
  #maxRecords: number
  #state: State = 'waiting'
  /** By position in the input: a record's metadata once it is acknowledged, until then the record. */
  #entries: (ProducerRecord | RecordMetadata)[] = []
  /** Which of them are metadata. */
  #acknowledged = new Bits()
  #outstanding = 0
  #offsets = 0
  /** Offsets that are being sent. */
  #sending = 0
  #isCompleted = false
  #areOffsetsAsked = false
  #reason: Reason | null = null

  constructor(
    ports: RunPorts<TransactionRun>,
    events: RunEvents,
    facts: RunWishes & { readonly now: number },
  ) {
    this.#ports = ports
    this.#events = events
    this.joinedAt = facts.now
    this.#maxRecords = facts.maxRecords
    this.stopsSources = facts.stopsSources
  }

  get state(): State {
    return this.#state
  }

  /** The number of its records. */
  get count(): number {
    return this.#entries.length
  }

  /** The number of its offsets. */
  get offsetCount(): number {
    return this.#offsets
  }

  /** Why it was aborted; null without a reason. */
  get cause(): unknown {
    const reason = this.#reason
    if (reason === null) return null
    return 'error' in reason ? reason.error : (reason.fault.cause ?? null)
  }

  /** Whether it takes input. */
  get isTaking(): boolean {
    return !this.#isCompleted && (this.#state === 'waiting' || this.#state === 'open')
  }

  next(record: ProducerRecord): void {
    if (!this.isTaking) return
    const ticket = this.#entries.length
    if (ticket === this.#maxRecords) {
      this.abortFor('TRANSACTION_TOO_LARGE', this.#tooLarge())
      return
    }
    this.#entries.push(record)
    this.#outstanding += 1
    if (ticket === 0) this.#ports.touched(this)
    this.#ports.enter(this, ticket, record)
  }

  settle(receipt: Receipt): void {
    const { ticket, metadata, error } = receipt
    this.#outstanding -= 1
    this.#events.settled?.(receipt)
    if (metadata !== null) {
      this.#acknowledged.add(ticket as number)
      this.#entries[ticket as number] = metadata
    } else if (this.#state !== 'aborting' && this.#state !== 'done') {
      this.abort({ fault: { code: 'ABORTED', outcome: 'aborted', cause: error } })
      return
    }
    if (this.#state === 'flushing') this.#checkFlushed()
  }

  /**
   * Adds offsets; `done` is called when they are in it. If that fails, the transaction is aborted instead.
   */
  sendOffsets(offsets: Offsets, done: () => void): void {
    if (this.#state !== 'open' && this.#state !== 'flushing') return
    this.#sending += 1
    this.#offsets += offsets.offsets.length
    this.#ports.sendOffsets(offsets, () => {
      this.#sending -= 1
      done()
      if (this.#state === 'flushing') this.#checkFlushed()
    })
  }

  /** The input has ended: it is committed once everything is acknowledged. */
  complete(): void {
    if (!this.isTaking) return
    this.#isCompleted = true
    if (this.#state === 'open') this.#flush()
  }

  /** It fails with an error of ours, once it is aborted. */
  abortFor(code: TransactionErrorCode, message?: string, cause?: unknown): void {
    const { transactionalId } = this.#ports
    if (message === undefined) this.abort({ fault: { code, outcome: 'aborted', cause } })
    else {
      const facts = { message: `${transactionalId}: ${code}: ${message}`, transactionalId }
      this.abort({ error: new TransactionError(code, { ...facts, records: this.#given(), cause }) })
    }
  }

  /** It fails with an error of its owner, once it is aborted. */
  abortWith(error: unknown): void {
    this.abort({ error })
  }

  /** It is aborted, if possible, and then fails with that. A commit that was sent goes on. */
  abort(reason: Reason): void {
    const { state } = this
    if (state === 'aborting' || state === 'done' || state === 'committing') return
    this.#stop(reason)
    const cause = 'fault' in reason ? reason.fault.cause : reason.error
    this.#ports.abort(this, 'SIBLING_FAILED', cause)
  }

  /** Its owner is gone. */
  leave(): void {
    this.#events = { committed() {}, failed() {} }
    this.abort({ error: null })
  }

  // The queue calls the following methods.

  /** It is its turn. */
  open(): void {
    this.#state = 'open'
    this.#events.opened?.()
    if (this.#isCompleted && this.#state === 'open') this.#flush()
  }

  /** The transaction can only be aborted. */
  mustAbort(fault: Fault): void {
    if (this.#state === 'aborting' || this.#state === 'done') return
    this.#stop({ fault })
    this.#ports.abort(this, 'SIBLING_FAILED', fault.cause)
  }

  /** It has ended as requested (null), or the producer has failed. */
  end(fault: Fault | null): void {
    const { state } = this
    if (state === 'done') return
    this.#state = 'done'
    const reason = this.#reason
    if (state === 'committing' && fault === null) {
      this.#events.committed(this.#entries as RecordMetadata[])
    } else if (reason !== null && 'error' in reason) this.#events.failed(reason.error)
    else this.#events.failed(this.#errorOf(fault, reason?.fault ?? null))
    this.#entries = none
  }

  #stop(reason: Reason): void {
    this.#state = 'aborting'
    this.#reason = reason
    this.#events.stopped?.()
  }

  #flush(): void {
    this.#state = 'flushing'
    this.#ports.hurry()
    if (this.#events.offsets !== undefined && !this.#areOffsetsAsked) {
      this.#areOffsetsAsked = true
      this.#sending += 1
      this.#ports.touched(this) // whoever knows the group may never say so
      this.#events.offsets((offsets) => this.#offsetsGiven(offsets))
    }
    this.#checkFlushed()
  }

  #offsetsGiven(offsets: Offsets | null): void {
    this.#sending -= 1
    if (this.#state !== 'flushing') return
    if (offsets === null || offsets.offsets.length === 0) this.#checkFlushed()
    else this.sendOffsets(offsets, () => {})
  }

  #checkFlushed(): void {
    if (this.#state !== 'flushing' || this.#outstanding > 0 || this.#sending > 0) return
    this.#state = 'committing'
    this.#ports.commit(this)
  }

  #errorOf(fault: Fault | null, reason: Fault | null): TransactionError {
    const { code, outcome, cause } = (fault ?? reason)!
    const { transactionalId } = this.#ports
    return new TransactionError(code, {
      transactionalId,
      outcome,
      records: this.#given(),
      cause: cause ?? reason?.cause,
    })
  }

  /** All records, in input order. */
  #given(): ProducerRecord[] {
    return this.#entries.map((entry, ticket) =>
      this.#acknowledged.has(ticket) ? (entry as RecordMetadata).record : (entry as ProducerRecord),
    )
  }

  #tooLarge(): string {
    return (
      `the transaction was aborted, because it has more than ${this.#maxRecords} records ` +
      '(maxRecords): split it, for example with bufferCount or windowCount'
    )
  }
}

const none: never[] = []
