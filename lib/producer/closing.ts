import { Alarm } from '../collections/alarm.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { contained } from '../stages/unhandled.ts'
import type { Engine } from './engine.ts'
import type { EventSource } from './events.ts'

// How a producer ends that is closed: what was given is delivered first, until the earliest of the
// deadlines that were asked for; then all connections end.
// Invariant: it is closed once, and the streams on it are told twice: to take no more input, at once,
// and that they are over, when nothing of anybody's is outstanding. Not before: an error that nobody
// takes ends a Node program, and with it what others have on its way. All are told, whatever one of them
// throws. Owned by the producer; operators/delivery.ts watches.

/** A stream on a producer that may be closed. */
export interface ClosingWatcher {
  /** No input is taken any more; results still come. */
  closing(): void
  /** The last result of all was given. */
  closed(reason: ConnectionError): void
}

/**
 * How long records wait on for metadata: a topic that a broker makes when it is asked about has come by
 * then, one that nobody made never does. After it an answer, or a failed connection, decides.
 */
const patienceMs = 1_000

/** Later than anything. */
const never = Number.POSITIVE_INFINITY

/** How long the last metrics may take to be acknowledged. */
const farewellMs = 1_000

export class Closing {
  #engine: Engine
  #events: EventSource
  /** Until when it goes on delivering. */
  #deadline: Alarm
  /** Until when records wait for metadata. */
  #patience: Alarm
  /** Until when brokers may take the last metrics. */
  #farewell: Alarm | null = null
  /** Resolves when the last connection is gone. */
  readonly ended: Promise<void>
  #end!: () => void
  #isBegun = false
  /** Why records and streams fail from then on. */
  #reason: ConnectionError | null = null
  /** The last result of all was given. */
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

  /** Closes it, within so many milliseconds; again: at the earliest of all ends, which is one. */
  begin(timeout: number | undefined): Promise<void> {
    if (!this.#isBegun) this.#begin()
    if (timeout !== undefined) this.#endWithin(timeout)
    return this.ended
  }

  /** Tells `watcher` when it is closed, at once where it is. Gives the way to take that back. */
  watch(watcher: ClosingWatcher): () => void {
    this.#watchers.add(watcher)
    if (this.#isBegun) watcher.closing()
    if (this.#isOver) watcher.closed(this.#reason!)
    return () => this.#watchers.delete(watcher)
  }

  #begin(): void {
    // Before anybody is told: whoever is may close it again.
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

  /** All results are given: brokers get the last metrics that they asked for, if they are quick. */
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
