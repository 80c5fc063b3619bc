import { Alarm } from '../collections/alarm.ts'
import type { Clock } from '../runtime.ts'
import type { TransactionSettings } from './transaction-ports.ts'

// The age of the open transaction. It is aborted before its coordinator does so, because under TV1 that
// would fence the producer: earlier by the time of a request, or after half of a short timeout.
//
// Invariant: it ages from its first record or offset until it has ended; the alarm is set only while
// something may still be added. Owned by transactions.ts.

export class TransactionAge {
  #clock: Clock
  #settings: TransactionSettings
  #begunAt: number | null = null
  #alarm: Alarm

  constructor(settings: TransactionSettings, clock: Clock, aged: () => void) {
    this.#settings = settings
    this.#clock = clock
    this.#alarm = new Alarm(clock, aged)
  }

  /** Its first record or offset came: from now on it ages. */
  touched(): void {
    if (this.#begunAt !== null) return
    this.#begunAt = this.#clock.now()
    this.#alarm.set(this.#begunAt + this.#max())
  }

  /** Nothing more is added. */
  hush(): void {
    this.#alarm.clear()
  }

  /** No transaction is open. */
  forget(): void {
    this.#begunAt = null
  }

  /** Whether a commit would come too late. */
  get isTooOld(): boolean {
    return this.#isOlder(this.#max())
  }

  /** Whether the coordinator has aborted it. */
  get isTimedOut(): boolean {
    return this.#isOlder(this.#settings.timeoutMs)
  }

  #isOlder(ageMs: number): boolean {
    return this.#begunAt !== null && this.#clock.now() - this.#begunAt >= ageMs
  }

  #max(): number {
    const { timeoutMs, requestTimeoutMs } = this.#settings
    return timeoutMs - Math.min(requestTimeoutMs, timeoutMs / 2)
  }
}
