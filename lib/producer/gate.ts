import type { Feed } from '../model.ts'
import type { Holdings } from '../stages/holding.ts'
import { Pass } from './pass.ts'

// Whether a pausable source should go on. A paced source should be no further ahead than the sender can
// use, because the number of live objects decides the cost of a record. Each source asks by its own pass
// (pass.ts), which also considers its own waiting records.
//
// Invariant: a waiting source is called once, when the gate is open again for it, never inside `wait`.
// While the gate is shut for all and a source waits, no batch lingers: otherwise records of others could
// keep it shut.

export interface GateParts {
  /** Whether the producer can use another record, from any source. */
  readonly isOpen: () => boolean
  /**
   * Called when a source has to wait, and while the gate then stays shut: lingering batches should be sent.
   */
  readonly closed: () => void
  readonly holdings: Pick<Holdings, 'beginnings' | 'holds'>
}

interface Waiter {
  readonly pass: Pass
  readonly opened: () => void
}

export class Gate {
  /** Called with the feeds that records enter: by a source that is emitting now. */
  emitting: Pass | null = null
  #parts: GateParts
  #waiting = new Set<Waiter>()

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** A pass for one source; `own` is its feed, if that is known. */
  passFor(own: Feed | null = null): Pass {
    return new Pass(this, this.#parts.holdings, own)
  }

  /** Whether it is open apart from the waiting records of single sources. */
  get isOpen(): boolean {
    return this.#parts.isOpen()
  }

  /** Calls `opened` once it is open for this pass; returns a function that unregisters it. */
  wait(pass: Pass, opened: () => void): () => void {
    const waiter = { pass, opened }
    this.#waiting.add(waiter)
    this.#parts.closed()
    return () => this.#waiting.delete(waiter)
  }

  /** Something has changed: calls the waiting sources that may go on; returns whether there was one. */
  check(): boolean {
    if (this.#waiting.size === 0) return false
    if (!this.isOpen) {
      this.#parts.closed()
      return false
    }
    const through = [...this.#waiting].filter(({ pass }) => pass.isClear)
    for (const waiter of through) this.#waiting.delete(waiter)
    for (const { opened } of through) opened()
    return through.length > 0
  }
}
