import type { Clock, Timer } from '../runtime.ts'

// One deadline that can be moved and taken back, over a clock whose timers fire once.
// Invariant: at most one timer of the clock is armed, and only while the alarm is set.
// A later deadline leaves the armed timer where it is: it wakes early, sees that, and arms again.
// So a deadline that recedes with every message costs no timer per message, and neither does one that
// is in the background every other time.
// An alarm that wakes late lets the event loop turn once, and looks again: Node runs timers before it
// reads sockets, so after code that blocked the loop, 1. the deadline of a request has passed, 2. its
// answer has been in the socket for long. That answer may take the deadline back.

/** Later than that is no jitter of a timer: something has blocked the event loop. */
const lateMs = 50

export class Alarm {
  #clock: Clock
  #fire: () => void
  #timer: Timer | null = null
  #armedAt = 0
  #armedInBackground = false
  #at: number | null = null
  /** It woke late, and looks again when the event loop has turned. */
  #looksAgain = false

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock
    this.#fire = fire
  }

  /** When it fires; null when it is not set. */
  get at(): number | null {
    return this.#at
  }

  /**
   * Fires once, at or after `at`, in place of any deadline set before. A moment that has passed
   * fires as soon as the clock gets to it, never inside this call. With `background`, the wait does
   * not keep the process alive.
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

  /** Takes the deadline back; the clock holds nothing afterwards. */
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

  /** `dueAt` is when its timer was to fire. */
  #wake(dueAt: number): void {
    this.#timer = null
    if (this.#at === null) return
    if (this.#clock.now() - dueAt < lateMs) this.#look()
    else this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#looksAgain) return
    this.#looksAgain = true
    this.#clock.soon(() => {
      this.#looksAgain = false
      if (this.#timer === null) this.#look()
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
