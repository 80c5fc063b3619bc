import { Alarm } from '../collections/alarm.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { contained } from '../stages/unhandled.ts'
import type { Engine } from './engine.ts'
import type { EventSource } from './events.ts'

// How a producer closes: accepted records are delivered first, until the earliest of the requested
// deadlines; then all connections end.
//
// Invariant: it is closed once. Streams on it are called twice: at once, to take no more input, and when
// nothing of any stream is outstanding, to end. Not earlier, because an unhandled error ends a Node
// program, and with it the records of other streams. All of them are called, whatever one of them throws.
// Owned by the producer; operators/delivery.ts watches it.

/** A stream on a producer that may be closed. */
export interface ClosingWatcher {
  /** No input is taken any more; results still come. */
  closing(): void
  /** The last result of all streams was emitted. */
  closed(reason: ConnectionError): void
}

/**
 * How long records still wait for metadata. By then, a topic that a broker creates on request exists, and
 * one that is not created never will. Afterwards, an answer or a failed connection decides.
 */
const patienceMs = 1_000

/** Later than any deadline. */
const never = Number.POSITIVE_INFINITY

/** How long the brokers may take to acknowledge the last metrics. */
const farewellMs = 1_000

export class Closing {
  #engine: Engine
  #events: EventSource
  /** The deadline for delivery. */
  #deadline: Alarm
  /** The deadline for metadata. */
  #patience: Alarm
  /** The deadline for the last metrics. */
  #farewell: Alarm | null = null
  /** Resolves when the last connection has ended. */
  readonly ended: Promise<void>
  #end!: () => void
  #isBegun = false
  /** Why records and streams fail from then on. */
  #reason: ConnectionError | null = null
  /** The last result was emitted. */
  #isOver = false
  #watchers = new Set<ClosingWatcher>()

  constructor(engine: Engine, events: EventSource) {
    this.#engine = engine
    this.#events = events
    this.#deadline = new Alarm(engine.runtime.clock, () => {
      engine.abort('CLOSED', this.#reason)
    })
    this.#patience = new Alarm(engine.runtime.clock, () => engine.endWaiting())
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Closes it within so many milliseconds. Later calls may shorten that; the end is one. */
  begin(timeout: number | undefined): Promise<void> {
    if (!this.#isBegun) this.#begin()
    if (timeout !== undefined) this.#endWithin(timeout)
    return this.ended
  }

  /** Calls `watcher` when it is closed, immediately if it is. Returns a function that unregisters it. */
  watch(watcher: ClosingWatcher): () => void {
    this.#watchers.add(watcher)
    if (this.#isBegun) watcher.closing()
    if (this.#isOver) watcher.closed(this.#reason!)
    return () => this.#watchers.delete(watcher)
  }

  #begin(): void {
    // Before any watcher is called: one of them may close it again.
    this.#isBegun = true
    this.#reason = new ConnectionError('CLOSED', 'the producer was closed')
    this.#engine.refuse('CLOSED', this.#reason)
    for (const watcher of [...this.#watchers]) contained(() => watcher.closing())
    this.#engine.telemetry?.dismissAskers()
    const { runtime, outstanding } = this.#engine
    if (outstanding > 0) this.#patience.set(runtime.clock.now() + patienceMs)
    this.#engine.whenIdle(() => this.#delivered())
  }

  #endWithin(timeout: number): void {
    const { runtime, outstanding } = this.#engine
    const at = runtime.clock.now() + timeout
    const alarm = outstanding > 0 ? this.#deadline : this.#farewell
    if (alarm !== null && at < (alarm.at ?? (outstanding > 0 ? never : 0))) alarm.set(at)
  }

  /** All results are emitted: the brokers get the last metrics that they asked for, if they are quick. */
  #delivered(): void {
    this.#patience.clear()
    const { telemetry, runtime } = this.#engine
    if (telemetry === null) {
      this.#over()
      return
    }
    const latest = runtime.clock.now() + farewellMs
    const until = Math.min(this.#deadline.at ?? latest, latest)
    this.#deadline.clear()
    this.#farewell = new Alarm(runtime.clock, () => telemetry.end())
    this.#farewell.set(until)
    telemetry.leave(() => this.#over())
  }

  #over(): void {
    this.#farewell?.clear()
    this.#deadline.clear()
    this.#isOver = true
    for (const watcher of [...this.#watchers]) contained(() => watcher.closed(this.#reason!))
    this.#engine.stop(() => {
      contained(() => this.#events.complete())
      this.#end()
    })
  }
}
