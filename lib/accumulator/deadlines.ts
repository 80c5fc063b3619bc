import { Alarm } from '../collections/alarm.ts'
import { Fifo } from '../collections/fifo.ts'
import type { Clock } from '../runtime.ts'
import type { Batch } from './batch.ts'

// Batches that become due the same time after they were begun. They are in the order of their creation, so
// a queue is enough, and no scan over partitions. Most have ended long before they are due.
//
// Invariants: the alarm is set while the queue is not empty. At most half of the queued batches, and a few,
// have ended, so one long-lived batch does not keep the others in memory. The accumulator has two: for
// linger.ms and for delivery.timeout.ms.

/** Below this many, ended batches are not searched for. */
const fewest = 64

export interface DeadlineEvents {
  /** It no longer matters when it becomes due. */
  isOver(batch: Batch): boolean
  /** It is due, and no longer queued here. */
  due(batch: Batch): void
}

export class Deadlines {
  #delayMs: number
  #clock: Clock
  #events: DeadlineEvents
  #batches = new Fifo<Batch>()
  #alarm: Alarm
  #sweepAt = fewest

  /** `delayMs` counts from a batch's creation; Infinity: none is ever due, and none is kept. */
  constructor(delayMs: number, clock: Clock, events: DeadlineEvents) {
    this.#delayMs = delayMs
    this.#clock = clock
    this.#events = events
    this.#alarm = new Alarm(clock, () => this.#fired())
  }

  /** The number of queued batches, some of which have ended. */
  get length(): number {
    return this.#batches.length
  }

  /** The newest batch. */
  add(batch: Batch): void {
    if (this.#delayMs === Number.POSITIVE_INFINITY) return
    this.#dropHead()
    if (this.#batches.length >= this.#sweepAt) this.#sweep()
    this.#batches.push(batch)
    if (this.#alarm.at === null) this.#alarm.set(batch.createdAt + this.#delayMs)
  }

  /** Everything is due now. */
  press(): void {
    const batches = this.#batches
    this.clear()
    for (const batch of batches) if (!this.#events.isOver(batch)) this.#events.due(batch)
  }

  /** Makes batches of at least average size due now, the fullest first; the rest stays. */
  pressFullest(): void {
    const batches = [...this.#batches].filter((batch) => !this.#events.isOver(batch))
    const bytes = batches.reduce((sum, { estimate }) => sum + estimate, 0)
    const isFull = ({ estimate }: Batch) => estimate * batches.length >= bytes
    this.#keep(batches.filter((batch) => !isFull(batch)))
    const fullest = batches.filter(isFull).sort((a, b) => b.estimate - a.estimate)
    for (const batch of fullest) this.#events.due(batch)
  }

  /** Forgets everything, and leaves no timer. */
  clear(): void {
    this.#batches = new Fifo()
    this.#alarm.clear()
  }

  #fired(): void {
    const now = this.#clock.now()
    for (let oldest = this.#batches.peek(); oldest !== undefined; oldest = this.#batches.peek()) {
      if (!this.#events.isOver(oldest)) {
        const dueAt = oldest.createdAt + this.#delayMs
        if (dueAt > now) {
          this.#alarm.set(dueAt)
          return
        }
        this.#batches.shift()
        this.#events.due(oldest)
      } else this.#batches.shift()
    }
  }

  /** Whether two ended batches are at the head: batches mostly end in the order of their creation. */
  #dropHead(): void {
    for (let dropped = 0; dropped < 2; dropped += 1) {
      const oldest = this.#batches.peek()
      if (oldest === undefined || !this.#events.isOver(oldest)) return
      this.#batches.shift()
    }
  }

  #sweep(): void {
    this.#keep([...this.#batches].filter((batch) => !this.#events.isOver(batch)))
  }

  #keep(batches: readonly Batch[]): void {
    this.#batches = new Fifo()
    for (const batch of batches) this.#batches.push(batch)
    this.#sweepAt = Math.max(fewest, 2 * batches.length)
    if (batches.length === 0) this.#alarm.clear()
  }
}
