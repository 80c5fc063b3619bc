import { Alarm } from '../collections/alarm.ts'
import type { Clock } from '../runtime.ts'
import type { Call } from './coordinator-call.ts'
import { Remedy } from './remedy.ts'
import { describeTransaction } from './transaction-calls.ts'

// When the first batch of a transaction may be sent, under TV2: not before the last transaction is complete.
//
// 1. The coordinator answers EndTxn. 2. The next transaction begins, and its first batch arrives at a leader.
// 3. The leader asks the coordinator to add the partition, which refuses, because the markers of the last
// transaction are not written yet. 4. The leader holds the batch, and asks again after 20 ms.
// With replicas it is worse: a coordinator that gets no requests completes no transaction, because only
// the next request, whichever it is, has its last write passed on to the replicas.
//
// So where a batch was held, the next transactions wait for a millisecond. Where this does not help, they ask
// the coordinator what it knows of the last one, until it is complete. From time to time it is tried without.
//
// Invariant: batches wait here for 100 ms at most, as they would at the leader, and only while the
// transaction is open. Owned by transactions.ts.

export interface CompletionPorts {
  readonly clock: Clock
  /** Runs `work`, which is everything that follows from one event. */
  readonly turn: (work: () => void) => void
  readonly transactionalId: string
  readonly ask: (call: Call) => void
  /** Batches may be sent now. */
  readonly opened: () => void
}

/** What a transaction does first. */
type Way = 'sends' | 'pauses' | 'asks'

export class TransactionCompletion {
  #ports: CompletionPorts
  #pauses = new Remedy()
  #asks = new Remedy()
  /** Whether the last one that paused was held nevertheless. */
  #wasHeld = false
  /** How many of the transactions that asked in a row were no faster for it. */
  #slow = 0
  /** How many transactions say nothing, because batches are slow for another reason. */
  #deaf = 0
  #way: Way = 'sends'
  #endedAt = Number.NEGATIVE_INFINITY
  /** While batches wait: since when; otherwise null. */
  #since: number | null = null
  #isAsking = false
  /** How long batches of this transaction waited. */
  #waitedMs = 0
  /** Another one since batches may be sent: answers to earlier questions are ignored. */
  #generation = 0
  #alarm: Alarm
  /** When the first request was sent; null: none was, or it is over. */
  #sentAt: number | null = null
  #wasSent = false

  constructor(ports: CompletionPorts) {
    this.#ports = ports
    this.#alarm = new Alarm(ports.clock, () => ports.turn(() => this.#rung()))
  }

  /** Whether batches may be sent. */
  get isOpen(): boolean {
    return this.#since === null
  }

  /** The end of a transaction was answered. */
  ended(): void {
    this.#endedAt = this.#ports.clock.now()
  }

  /** A transaction begins. */
  begin(isTv2: boolean): void {
    this.#sentAt = null
    this.#wasSent = !isTv2
    this.#waitedMs = 0
    this.#way = 'sends'
    if (!isTv2) return
    if (this.#deaf > 0) this.#deaf -= 1
    else if (this.#asks.use()) this.#way = 'asks'
    else if (this.#pauses.use()) this.#way = 'pauses'
    const now = this.#ports.clock.now()
    const pauseUntil = this.#endedAt + pauseMs
    if (this.#way === 'sends' || (this.#way === 'pauses' && pauseUntil <= now)) return
    this.#since = now
    if (pauseUntil > now) this.#alarm.set(pauseUntil)
    else this.#ask()
  }

  /** A request with batches is sent. */
  departing(): void {
    if (this.#wasSent) return
    this.#wasSent = true
    this.#sentAt = this.#ports.clock.now()
  }

  /** A request with batches was answered, or will not be. */
  landed(isAnswered: boolean): void {
    const sentAt = this.#sentAt
    this.#sentAt = null
    if (sentAt === null || !isAnswered) return
    const tookMs = this.#ports.clock.now() - sentAt
    const isHeld = tookMs >= heldMs
    if (this.#way === 'asks') this.#judge(this.#waitedMs + tookMs)
    else if (this.#deaf > 0) return
    else if (this.#way === 'sends') this.#pauses.note(isHeld)
    else {
      // One that is held now and then is cheaper than a question each time.
      if (!isHeld || this.#wasHeld) this.#asks.note(isHeld)
      this.#wasHeld = isHeld
    }
  }

  /** Nothing waits any more, and no timer is left. */
  drop(): void {
    this.#since = null
    this.#isAsking = false
    this.#generation += 1
    this.#alarm.clear()
  }

  /** If most that asked were no faster than one that is held, batches are slow for another reason. */
  #judge(tookMs: number): void {
    if (tookMs >= heldMs) this.#slow += 1
    if (this.#asks.left > 0) return
    if (this.#slow * 2 > this.#asks.used) {
      this.#deaf = deafMax
      this.#pauses = new Remedy()
      this.#asks = new Remedy()
    }
    this.#slow = 0
  }

  #rung(): void {
    if (this.#since === null) return
    const now = this.#ports.clock.now()
    if (this.#way === 'pauses' || now - this.#since >= patienceMs) this.#open()
    else this.#ask()
  }

  #ask(): void {
    this.#alarm.set(this.#since! + patienceMs)
    if (this.#isAsking) return
    this.#isAsking = true
    const generation = this.#generation
    const { transactionalId, ask } = this.#ports
    ask(
      describeTransaction(transactionalId, {
        done: ({ transactionStates: [known] }) => {
          if (generation === this.#generation) this.#told(known!.transactionState)
        },
        failed: () => {
          // Not every cluster, or every login, gets an answer.
          this.#deaf = Number.POSITIVE_INFINITY
          if (generation === this.#generation) this.#open()
        },
      }),
    )
  }

  /** If it is too early, the next question comes the later, the longer it takes. */
  #told(state: string): void {
    this.#isAsking = false
    if (state === 'PrepareCommit' || state === 'PrepareAbort') {
      const now = this.#ports.clock.now()
      this.#alarm.set(now + Math.max(pauseMs, (now - this.#since!) / 2))
    } else this.#open()
  }

  #open(): void {
    this.#waitedMs = this.#ports.clock.now() - this.#since!
    this.drop()
    this.#ports.opened()
  }
}

const pauseMs = 1
/** Leaders ask again after so long (`add.partitions.to.txn.retry.backoff.ms`): what took less was not held. */
const heldMs = 20
/** `add.partitions.to.txn.retry.backoff.max.ms`: how long a leader holds a batch. */
const patienceMs = 100
const deafMax = 256
