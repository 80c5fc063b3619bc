// The statistics of one kind of event: in total, and in the last few time windows, by the rules of Java's
// SampledStat and Rate. A sensor gives every statistic of its events, so an event is recorded once, into
// typed arrays: nothing is allocated for it except, at first, the windows themselves.
//
// A *sample* holds the events of one window. An event after the end of the current sample's window begins
// another one. One more than `samples` is kept, because the oldest overlaps the period in question. A
// sample without an event for `samples` windows is emptied when it is read, and counts as begun then: as in
// Java, reading moves the windows.
// Invariant: `#current` and `#count` refer to samples in `#table`, or both are 0 before the first event.

/** How time is divided: `metrics.num.samples` and `metrics.sample.window.ms`. */
export interface Windows {
  readonly samples: number
  readonly windowMs: number
}

// The numbers of one sample in the table.
const begun = 0
const last = 1
const events = 2
const sum = 3
const max = 4
const width = 5

const few = 4

/** The events of one kind. */
export class Sensor {
  #windows: Windows
  #table: Float64Array | null = null
  /** The number of samples in use, and the index of the newest. */
  #count = 0
  #current = 0
  #total = 0
  #events = 0

  constructor(windows: Windows) {
    this.#windows = windows
  }

  /** The sum of all values since its creation. */
  get total(): number {
    return this.#total
  }

  /** The number of all events since its creation. */
  get events(): number {
    return this.#events
  }

  /** An event at the monotonic time `now`; with `times` 0, its value belongs to a recorded one. */
  record(value: number, now: number, times = 1): void {
    this.#total += value
    this.#events += times
    const at = this.#at(now)
    const table = this.#table!
    table[at + events]! += times
    table[at + sum]! += value
    table[at + max] = Math.max(table[at + max]!, value)
    table[at + last] = now
  }

  /** The average value in the last windows; NaN without events. */
  avg(now: number): number {
    this.#forget(now)
    return this.#sumOf(sum) / this.#sumOf(events)
  }

  /** The largest value in the last windows; NaN without events. */
  max(now: number): number {
    this.#forget(now)
    if (this.#sumOf(events) === 0) return Number.NaN
    let largest = Number.NEGATIVE_INFINITY
    for (let index = 0; index < this.#count; index += 1) {
      largest = Math.max(largest, this.#table![index * width + max]!)
    }
    return largest
  }

  /** The sum of the values in the last windows, per second. */
  rate(now: number): number {
    this.#forget(now)
    return this.#sumOf(sum) / this.#seconds(now)
  }

  /** The number of events in the last windows, per second. */
  frequency(now: number): number {
    this.#forget(now)
    return this.#sumOf(events) / this.#seconds(now)
  }

  #sumOf(field: number): number {
    let all = 0
    for (let index = 0; index < this.#count; index += 1) all += this.#table![index * width + field]!
    return all
  }

  /**
   * How long the windows have been counting. If fewer windows are complete than required, the missing ones
   * count as empty: otherwise the first event would give an enormous rate.
   */
  #seconds(now: number): number {
    const { samples, windowMs } = this.#windows
    if (this.#count === 0) this.#begin(0, now)
    let oldest = now
    for (let index = 0; index < this.#count; index += 1) {
      oldest = Math.min(oldest, this.#table![index * width + begun]!)
    }
    const elapsed = now - oldest
    const missing = samples - 1 - Math.floor(elapsed / windowMs)
    return Math.max(elapsed + (missing > 0 ? missing * windowMs : 0), 1) / 1000
  }

  /** Empties the samples without an event in all windows. */
  #forget(now: number): void {
    const { samples, windowMs } = this.#windows
    for (let index = 0; index < this.#count; index += 1) {
      if (now - this.#table![index * width + last]! >= samples * windowMs) this.#begin(index, now)
    }
  }

  /** The index of the sample for an event at `now`. */
  #at(now: number): number {
    const { samples, windowMs } = this.#windows
    if (this.#count === 0) this.#begin(0, now)
    else if (now - this.#table![this.#current * width + begun]! >= windowMs) {
      this.#current = (this.#current + 1) % (samples + 1)
      this.#begin(this.#current, now)
    }
    return this.#current * width
  }

  /** The sample at `index` is emptied and begins now; it may be the first there. */
  #begin(index: number, now: number): void {
    if (index === this.#count) {
      this.#count += 1
      this.#grow()
    }
    const at = index * width
    this.#table!.fill(0, at, at + width)
    this.#table![at + begun] = now
    this.#table![at + last] = now
    this.#table![at + max] = Number.NEGATIVE_INFINITY
  }

  /**
   * Makes room for the samples in use: there may be many, so they are allocated when needed. The first one has
   * a table of its own: V8 keeps so few numbers in the object, and most of thousands of topics need no more.
   */
  #grow(): void {
    const table = this.#table
    const needed = this.#count * width
    if (table === null) this.#table = new Float64Array(width)
    else if (table.length < needed) {
      this.#table = new Float64Array(Math.max(2 * needed, width * few))
      this.#table.set(table)
    }
  }
}
