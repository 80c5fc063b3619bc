import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { TransactionError } from '../errors/transaction-error.ts'
import type { ProducerRecord } from '../model.ts'
import type { TransactionStep, Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import type { Fault } from '../sender/transaction-faults.ts'
import type { TransactionEvents } from '../sender/transaction-ports.ts'
import type { Transactions } from '../sender/transactions.ts'
import { contained } from '../stages/unhandled.ts'
import type { Backlog } from './backlog.ts'
import type { Offsets, RunEvents, RunPorts, RunWishes } from './transaction-parts.ts'
import { TransactionRun } from './transaction-run.ts'

// The transactions of one producer, one after the other, in the order in which they were requested.
//
// Invariants: at most one is open, and only its records have passed the turnstiles. The next one begins
// when the end of the previous one is answered and nothing of it is in flight. While any is requested, the
// producer is active (`retain`), so its connections stay and close() waits. Owned by the engine.

export interface QueuePorts {
  readonly transactions: Transactions
  readonly clock: Clock
  /** The observer of transactions. */
  readonly watched: Watched
  readonly enter: (run: TransactionRun, ticket: number, record: ProducerRecord) => void
  /** Records of this run wait at the entrance, or go on (true). */
  readonly gate: (run: TransactionRun, isOpen: boolean) => void
  readonly ungate: (run: TransactionRun) => void
  /** What waits before there are records of it. */
  readonly backlog: () => Backlog
  /** How many bytes may wait for their turn before a paced source stops. */
  readonly runUpBytes: number
  /** Lingering batches are sent, or linger again (false). */
  readonly hurry: (isHurried: boolean) => void
  /** Drops the waiting records of a run, without telling it. */
  readonly withdraw: (run: TransactionRun) => void
  /** Fails everything without a result that is not in flight; nothing is sent again, until `resume`. */
  readonly interrupt: (run: TransactionRun, code: DeliveryErrorCode, cause: unknown) => void
  readonly resume: () => void
  readonly retain: () => void
  readonly release: () => void
  /** Runs `work` as a turn, or as part of one. */
  readonly turn: (work: () => void) => void
}

/** A caller that waits for the producer to be initialised. */
export interface InitAsker {
  resolve(): void
  reject(error: unknown): void
}

export class TransactionQueue implements RunPorts<TransactionRun>, TransactionEvents {
  readonly transactionalId: string
  /** A field, because it is called for each record. */
  readonly enter: QueuePorts['enter']
  #ports: QueuePorts
  #transactions: Transactions
  #waiting: TransactionRun[] = []
  #open: TransactionRun | null = null
  #askers: InitAsker[] = []
  /** Called when everything requested before has ended. */
  #flushes: { readonly runs: Set<TransactionRun>; readonly done: () => void }[] = []
  #isBusy = false
  #isServing = false
  #closed: unknown = null
  #isClosing = false
  /** Called when all is over: an unhandled error would end a program with outstanding work. */
  #afterClose: (() => void)[] = []
  #initializingSince = 0
  /** When the end of the open transaction was requested. */
  #endingSince = 0

  constructor(ports: QueuePorts) {
    this.#ports = ports
    this.enter = ports.enter
    this.#transactions = ports.transactions
    this.transactionalId = ports.transactions.settings.transactionalId
    ports.transactions.connect({ events: this })
  }

  /** The clock is that of the producer. */
  get clock(): Clock {
    return this.#ports.clock
  }

  /** The number of open and requested transactions. */
  get length(): number {
    return this.#waiting.length + (this.#open === null ? 0 : 1)
  }

  /** Whether no transaction is possible any more. */
  get isOver(): boolean {
    return this.#closed !== null || this.#transactions.fatality !== null
  }

  /** What an operator that feeds transactions holds back; the operator closes it. */
  backlog(): Backlog {
    return this.#ports.backlog()
  }

  /** How many bytes an operator may hold for later transactions before it stops a paced source. */
  get runUpBytes(): number {
    return this.#ports.runUpBytes
  }

  /** Throws: what is sent must belong to a transaction. */
  refuseOutside(): never {
    throw new TransactionError('OUTSIDE_TRANSACTION', { transactionalId: this.transactionalId })
  }

  /** Requests a transaction: it begins when it is its turn. */
  join(events: RunEvents, wishes: Partial<RunWishes> = {}): TransactionRun {
    const { maxRecords = Number.POSITIVE_INFINITY, stopsSources = true } = wishes
    const facts = { now: this.#ports.clock.now(), maxRecords, stopsSources }
    const run = new TransactionRun(this, events, facts)
    this.#ports.turn(() => {
      this.#waiting.push(run)
      this.#ports.gate(run, false)
      this.#serve()
    })
    return run
  }

  /** Registers the producer with its coordinator, and ends what its predecessor left open. */
  initialize(asker: InitAsker): void {
    this.#ports.turn(() => {
      this.#askers.push(asker)
      this.#serve()
    })
  }

  /** Calls `done` once everything requested by now has ended. */
  flush(done: () => void): void {
    const runs = new Set(this.#waiting)
    if (this.#open !== null) runs.add(this.#open)
    if (runs.size === 0) done()
    else this.#flushes.push({ runs, done })
  }

  /** The producer is closed: an open transaction is aborted, a commit goes on, nothing else begins. */
  close(reason: unknown): void {
    this.#closed = reason
    this.#isClosing = true
    this.#ports.turn(() => {
      if (this.#open?.isTaking === true) this.#open.abort({ error: reason })
      this.#serve()
    })
  }

  /** Nothing is outstanding any more. */
  closed(): void {
    this.#isClosing = false
    for (const tell of this.#afterClose.splice(0)) contained(tell)
  }

  /** No broker accepts the login, for now. */
  refuse(error: KafkaError): void {
    this.#transactions.refuse(error)
  }

  /** Everything ends now, even without an answer. */
  abandon(cause: unknown): void {
    const isCommitting = this.#open?.state === 'committing'
    this.#transactions.abandon({ code: 'PRODUCER_FAILED', outcome: 'aborted', cause })
    this.#closed ??= cause
    const run = this.#open
    this.#open = null
    const fault = { code: 'COMMIT_UNKNOWN', outcome: 'unknown', cause } as const
    if (run !== null && isCommitting) this.#finish(run, fault)
    else if (run !== null) {
      run.abort({ error: cause })
      this.#finish(run, null)
    }
    this.#serve()
  }

  // The requests of runs.

  touched(run: TransactionRun): void {
    if (run === this.#open) this.#transactions.touched()
  }

  hurry(): void {
    this.#endingSince = this.#ports.clock.now()
    this.#ports.hurry(true)
  }

  sendOffsets({ group, offsets }: Offsets, done: () => void): void {
    const since = this.#ports.clock.now()
    this.#ports.turn(() =>
      this.#transactions.sendOffsets(group, offsets, () => {
        this.#tell('offsetsSent', since, this.#open)
        done()
      }),
    )
  }

  commit(run: TransactionRun): void {
    this.#ports.turn(() => {
      if (run === this.#open) this.#transactions.end('commit')
    })
  }

  abort(run: TransactionRun, code: DeliveryErrorCode, cause: unknown): void {
    this.#ports.turn(() => {
      if (run === this.#open) {
        this.#endingSince = this.#ports.clock.now()
        this.#ports.interrupt(run, code, cause)
        if (run === this.#open && this.#transactions.state !== 'fatal')
          this.#transactions.end('abort')
        return
      }
      const index = this.#waiting.indexOf(run)
      if (index < 0) return
      this.#waiting.splice(index, 1)
      this.#ports.withdraw(run)
      this.#finish(run, null)
      this.#serve()
    })
  }

  // The events of the coordinator's side.

  ready(): void {
    this.#tell('initialized', this.#initializingSince, null)
    for (const { resolve } of this.#askers.splice(0)) resolve()
    this.#serve()
  }

  notReady(fault: Fault): void {
    for (const { reject } of this.#askers.splice(0)) reject(this.#errorOf(fault))
    const isOver = (run: TransactionRun) =>
      fault.code !== 'INIT_TIMEOUT' || run.joinedAt <= this.#initializingSince
    const failed = this.#waiting.filter(isOver)
    this.#waiting = this.#waiting.filter((run) => !isOver(run))
    for (const run of failed) this.#drop(run, fault)
    this.#serve()
  }

  mustAbort(fault: Fault): void {
    this.#open?.mustAbort(fault)
  }

  ended(fault: Fault | null): void {
    const run = this.#open
    if (run === null) return
    this.#open = null
    this.#told(run, fault)
    this.#ports.resume()
    this.#finish(run, fault)
    this.#serve()
  }

  dead(fault: Fault): void {
    const run = this.#open
    this.#open = null
    if (run !== null) {
      if (run.state !== 'committing') this.#ports.interrupt(run, 'SIBLING_FAILED', fault.cause)
      this.#told(run, fault)
      this.#finish(run, fault)
    }
    this.#serve()
  }

  /** Begins what may begin; fails what never will. */
  #serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    try {
      this.#fail()
      this.#check()
      while (this.#open === null && this.#isWanted && this.#prepare()) {
        for (const { resolve } of this.#askers.splice(0)) resolve()
        this.#begin()
        this.#fail()
      }
      this.#check()
    } finally {
      this.#isServing = false
    }
  }

  get #isWanted(): boolean {
    return this.#waiting.length > 0 || this.#askers.length > 0
  }

  #prepare(): boolean {
    const { state } = this.#transactions
    if (this.#transactions.prepare()) return true
    if (state !== 'initializing') this.#initializingSince = this.#ports.clock.now()
    return false
  }

  #begin(): void {
    const run = this.#waiting.shift()
    if (run === undefined) return
    this.#open = run
    const now = this.#ports.clock.now()
    this.#transactions.begin()
    this.#ports.hurry(false)
    if (run.count > 0) this.#transactions.touched()
    run.begunAt = now
    this.#tell('begun', run.joinedAt, run)
    this.#ports.gate(run, true)
    contained(() => run.open())
  }

  /** If no transaction is possible any more, all waiting callers are told. */
  #fail(): void {
    const { fatality } = this.#transactions
    const closed = this.#closed
    if (fatality === null && closed === null) return
    const error = closed ?? this.#errorOf(fatality!)
    for (const { reject } of this.#askers.splice(0)) reject(error)
    for (const run of this.#waiting.splice(0)) {
      if (closed === null) this.#drop(run, fatality!)
      else {
        this.#ports.withdraw(run)
        this.#ports.ungate(run)
        run.abort({ error: closed })
        this.#finish(run, null)
      }
    }
  }

  #drop(run: TransactionRun, fault: Fault): void {
    this.#ports.withdraw(run)
    this.#finish(run, fault)
  }

  #finish(run: TransactionRun, fault: Fault | null): void {
    this.#ports.ungate(run)
    const tell = () => run.end(fault)
    if (this.#isClosing && !(run.state === 'committing' && fault === null)) {
      this.#afterClose.push(tell)
    } else contained(tell)
    if (this.#flushes.length === 0) return
    for (const flush of this.#flushes) flush.runs.delete(run)
    const done = this.#flushes.filter(({ runs }) => runs.size === 0)
    this.#flushes = this.#flushes.filter(({ runs }) => runs.size > 0)
    for (const flush of done) flush.done()
  }

  /** How the open transaction has ended. */
  #told(run: TransactionRun, fault: Fault | null): void {
    const isCommitted = run.state === 'committing' && fault === null
    const step = fault?.outcome === 'unknown' ? 'unknown' : isCommitted ? 'committed' : 'aborted'
    this.#tell(step, this.#endingSince, run, fault?.cause ?? run.cause)
  }

  #tell(step: TransactionStep, since: number, run: TransactionRun | null, cause?: unknown): void {
    const { clock, watched } = this.#ports
    const { observer } = watched
    if (observer === null) return
    const now = clock.now()
    const facts = {
      transactionalId: this.transactionalId,
      records: run?.count ?? 0,
      offsets: run?.offsetCount ?? 0,
      ageMs: run === null ? 0 : now - run.begunAt,
    }
    observer.transacted?.(step, now - since, facts, cause)
  }

  /** While any is requested, the producer is active. */
  #check(): void {
    const isBusy = this.#open !== null || this.#isWanted
    if (isBusy === this.#isBusy) return
    this.#isBusy = isBusy
    if (isBusy) this.#ports.retain()
    else this.#ports.release()
  }

  #errorOf({ code, outcome, cause }: Fault): TransactionError {
    return new TransactionError(code, { transactionalId: this.transactionalId, outcome, cause })
  }
}
