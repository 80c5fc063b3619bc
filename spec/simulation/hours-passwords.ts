import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'

// The password of the hours: both sides have another one from one moment to the next. A login that is under way
// then is refused, and fails the records that wait for it. Only these may fail: the client reads the password for
// each login, so every other login has the current one.

/** The longest time from reading the password to the broker's judgement: two round trips. */
const loginMs = 20
/** The longest time from there until records fail: a broker holds a refusal back. */
const refusalMs = 1000

export class HoursPasswords {
  #current = 'p0'
  readonly #clock: VirtualClock
  readonly #changes: number[] = []
  readonly #reads: number[] = []

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  get current(): string {
    return this.#current
  }

  change(): void {
    this.#changes.push(this.#clock.now())
    this.#current = `p${this.#changes.length}`
  }

  /** For the client, which logs in with it. */
  read(): string {
    this.#reads.push(this.#clock.now())
    return this.#current
  }

  /** Whether a login that was refused a moment before `at` may have had the password before the current one. */
  wasOvertaken(at: number): boolean {
    return this.#changes.some(
      (change) =>
        change <= at &&
        change >= at - refusalMs &&
        this.#reads.some((read) => read <= change && read >= change - loginMs),
    )
  }
}
