import type { Clock, Timer } from '../runtime.ts'

// One deadline that can be moved and taken back, over a clock whose timers fire once.
// Invariant: at most one timer of the clock is armed, and only while the alarm is set.
// A later deadline leaves the armed timer where it is: it wakes early, sees that, and arms again.
// So a deadline that recedes with every message costs no timer per message, and neither does one that
// is in the background every other time.

export class Alarm {
  #clock: Clock
  #fire: () => void
  #timer: Timer | null = null
  #armedAt = 0
  #armedInBackground = false
  #at: number | null = null

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
    this.#timer = this.#clock.at(at, () => this.#wake(), background)
  }

  #wake(): void {
    this.#timer = null
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
