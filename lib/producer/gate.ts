import type { Feed } from '../model.ts'
import type { Holdings } from '../stages/holding.ts'
import { Pass } from './pass.ts'

// Whether a source that can wait should go on. A paced source is to be no further ahead than the
// sender can use: what is alive at once decides what a record costs. Each source asks by a pass of its
// own (pass.ts), which also minds what waits of its own records.
// Invariant: whoever waits is called once, when the gate is open again for him, never inside `wait`.
// As long as the gate is shut for all and somebody waits, nothing lingers: what others add meanwhile
// could keep it shut.

export interface GateParts {
  /** Whether the producer has use for another record, whoever's it is. */
  readonly isOpen: () => boolean
  /** Called where somebody has to wait, and as long as the gate is shut then: what lingers should go out. */
  readonly closed: () => void
  readonly holdings: Pick<Holdings, 'beginnings' | 'holds'>
}

interface Waiter {
  readonly pass: Pass
  readonly opened: () => void
}

export class Gate {
  /** Who is told of the feeds that records enter: a source that emits just now. */
  emitting: Pass | null = null
  #parts: GateParts
  #waiting = new Set<Waiter>()

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** A way through for one source; `own` is its feed, where that is known. */
  passFor(own: Feed | null = null): Pass {
    return new Pass(this, this.#parts.holdings, own)
  }

  /** Whether it is open as far as all are concerned. */
  get isOpen(): boolean {
    return this.#parts.isOpen()
  }

  /** Calls `opened` once it is open for this pass; gives the way to take that back. */
  wait(pass: Pass, opened: () => void): () => void {
    const waiter = { pass, opened }
    this.#waiting.add(waiter)
    this.#parts.closed()
    return () => this.#waiting.delete(waiter)
  }

  /** Something has changed: lets through who waits and may go; whether anybody did. */
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
