import { Alarm } from '../collections/alarm.ts'
import { Fifo } from '../collections/fifo.ts'
import type { Clock } from '../runtime.ts'
import type { Batch } from './batch.ts'

// Batches that become due the same time after they were begun. They are in the order of their creation, so
// a queue is enough, and no scan over partitions. Most have ended long before they are due.
//
// Tens of thousands may be due at the same time, one for each partition. So the alarm, or a press, does a share
// of them, and the alarm fires again for the rest at once.
//
// Invariants: the alarm is set while the queue is not empty. At most half of the queued batches, and a few,
// have ended, so one long-lived batch does not keep the others in memory. The accumulator has two: for
// linger.ms and for delivery.timeout.ms.

/** Below this many, ended batches are not searched for. */
const fewest = 64

/** So many become due without a break: 2 µs each. */
const mostAtOnce = 4_096

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
  /** Older ones, which are due whatever the time. */
  #pressed = new Fifo<Batch>()

  /** `delayMs` counts from a batch's creation; Infinity: none is ever due, and none is kept. */
  constructor(delayMs: number, clock: Clock, events: DeadlineEvents) {
    this.#delayMs = delayMs
    this.#clock = clock
    this.#events = events
    this.#alarm = new Alarm(clock, () => this.#fired())
  }

  /** The number of queued batches, some of which have ended. */
  get length(): number {
    return this.#batches.length + this.#pressed.length
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
    const isUnderWay = this.#pressed.length > 0
    if (isUnderWay) for (const batch of this.#batches) this.#pressed.push(batch)
    else this.#pressed = this.#batches
    this.#batches = new Fifo()
    if (!isUnderWay) this.#fired()
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
    this.#pressed = new Fifo()
    this.#batches = new Fifo()
    this.#alarm.clear()
  }

  #fired(): void {
    const now = this.#clock.now()
    let left = mostAtOnce
    for (; left > 0 && this.#pressed.length > 0; left -= 1) this.#fall(this.#pressed.shift()!)
    for (let oldest = this.#batches.peek(); oldest !== undefined; oldest = this.#batches.peek()) {
      const dueAt = oldest.createdAt + this.#delayMs
      if (this.#events.isOver(oldest)) this.#batches.shift()
      else if (dueAt > now || left === 0) {
        this.#alarm.set(this.#pressed.length > 0 ? now : dueAt)
        return
      } else {
        left -= 1
        this.#fall(this.#batches.shift()!)
      }
    }
    if (this.#pressed.length > 0) this.#alarm.set(now)
    else this.#alarm.clear()
  }

  #fall(batch: Batch): void {
    if (!this.#events.isOver(batch)) this.#events.due(batch)
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
    if (this.length === 0) this.#alarm.clear()
  }
}
