import type { Clock } from '../runtime.ts'

// The time of each record in a synchronous burst of input, without reading two clocks for each. While
// records come quickly, up to 64 share a reading; if they come slowly, each has its own, so a record's time
// is that of its call, to a millisecond or two. Asked by engine.ts for each record.

/** The maximum number of records that share one reading. */
const recordsMax = 64

/** A reading is not shared if it came this many milliseconds after the previous one. */
const slowMs = 1

export class BurstClock {
  /** Monotonic milliseconds. */
  now = 0
  /** Milliseconds since 1970. */
  timestamp = 0
  readonly #clock: Clock
  #left = 0
  /** How many records share the present reading. */
  #shared = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A record comes: `now` and `timestamp` are its time. */
  look(): void {
    if (this.#left === 0) this.#tick()
    this.#left -= 1
  }

  /** A burst has ended: the next record gets a new reading. */
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
