import type { Clock } from '../runtime.ts'

// The time of each record in a synchronous burst of input, without two looks at the clock for each.
// Records share a look, 64 of them while they come quickly; if they come slowly each has its own, so that
// a record's time is that of its call, to a millisecond or two. Asked by engine.ts for each record.

/** How many records share one look at the clock, at most. */
const recordsMax = 64

/** A look that came this long after the one before it, in milliseconds, is shared by nobody. */
const slowMs = 1

export class BurstClock {
  /** Monotonic milliseconds. */
  now = 0
  /** Milliseconds since 1970. */
  timestamp = 0
  readonly #clock: Clock
  #left = 0
  /** How many records share the present look. */
  #shared = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A record comes: `now` and `timestamp` are its time. */
  look(): void {
    if (this.#left === 0) this.#tick()
    this.#left -= 1
  }

  /** A burst is over: the next record has a look of its own. */
  ended(): void {
    this.#left = 0
  }

  #tick(): void {
    const now = this.#clock.now()
    const isSlow = now - this.now > slowMs
    this.#shared = isSlow ? 1 : Math.min(recordsMax, 2 * this.#shared)
    this.#left = this.#shared
    this.now = now
    this.timestamp = this.#clock.timestamp()
  }
}
