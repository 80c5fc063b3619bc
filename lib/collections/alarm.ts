import type { Clock, Timer } from '../runtime.ts'

// One deadline that can be moved and cancelled, over a clock whose timers fire once.
//
// Invariant: at most one timer of the clock is armed, and only while the alarm is set.
// A later deadline leaves the armed timer in place: it fires early, notices that, and is armed again. So a
// deadline that moves with every message costs no timer per message, even if it is in the background every
// other time.
// An alarm that fires late lets the event loop turn once, and checks again, because Node runs timers before
// it reads sockets. After code that blocked the loop: 1. The deadline of a request has passed. 2. Its
// answer has been in the socket for a while. That answer may cancel the deadline. If that is a
// newer deadline, which has passed since the check was requested, there is one more check.

/** A timer later than this is not jitter: something has blocked the event loop. */
const lateMs = 50

export class Alarm {
  #clock: Clock
  #fire: () => void
  #timer: Timer | null = null
  #armedAt = 0
  #armedInBackground = false
  #at: number | null = null
  /** It fired late, and checks again when the event loop has turned. */
  #looksAgain = false

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock
    this.#fire = fire
  }

  /** When it fires; null if it is not set. */
  get at(): number | null {
    return this.#at
  }

  /**
   * Fires once, at or after `at`, in place of any earlier deadline. If `at` has passed, it fires as soon as
   * the clock gets to it, never inside this call. With `background`, the wait does not keep the process
   * alive.
   */
  set(at: number, background = false): void {
    this.#at = at
    const timer = this.#timer
    if (timer === null || this.#armedAt > at) {
      this.#arm(at, background)
    } else if (this.#armedInBackground !== background) {
      timer.inBackground(background)
      this.#armedInBackground = background
    }
  }

  /** Cancels the deadline; the clock holds nothing afterwards. */
  clear(): void {
    this.#at = null
    this.#timer?.cancel()
    this.#timer = null
  }

  #arm(at: number, background: boolean): void {
    this.#timer?.cancel()
    this.#armedAt = at
    this.#armedInBackground = background
    const dueAt = Math.max(at, this.#clock.now())
    this.#timer = this.#clock.at(at, () => this.#wake(dueAt), background)
  }

  /** `dueAt` is when its timer should have fired. */
  #wake(dueAt: number): void {
    this.#timer = null
    if (this.#at === null) return
    if (this.#clock.now() - dueAt < lateMs) this.#look()
    else this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#looksAgain) return
    this.#looksAgain = true
    const askedAt = this.#clock.now()
    this.#clock.soon(() => {
      this.#looksAgain = false
      if (this.#timer !== null || this.#at === null) return
      const hasPassedSince = askedAt < this.#at && this.#at <= this.#clock.now()
      if (hasPassedSince) this.#lookSoon()
      else this.#look()
    })
  }

  #look(): void {
    const at = this.#at
    if (at === null) return
    if (at > this.#clock.now()) {
      this.#arm(at, this.#armedInBackground)
      return
    }
    this.#at = null
    this.#fire()
  }
}
