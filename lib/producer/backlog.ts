import type { Feed } from '../model.ts'
import type { Holding, Holdings } from '../stages/holding.ts'
import type { Gate } from './gate.ts'

// What waits inside an operator of ours before there is a record of it, so no stage knows of it: a paced
// source has to stop for it as it does for waiting records.
//
// Invariant: it holds no records, so nothing can be taken out of it. Its creator closes it. Used by
// operators/units.ts and operators/empty-items.ts.

export class Backlog implements Holding {
  #gate: Gate
  #holdings: Holdings
  #wanted: () => void
  /** Sources identify waiting records by their feeds; this feed never gets a result. */
  #feed: Feed = { settle() {} }
  #isWaiting = false

  /** `wanted` is called when sources may go on. */
  constructor(gate: Gate, holdings: Holdings, wanted: () => void) {
    this.#gate = gate
    this.#holdings = holdings
    this.#wanted = wanted
    holdings.add(this)
  }

  /** Something came in: if a source is emitting now, it stops while anything waits here. */
  entered(): void {
    this.#gate.emitting?.entered(this.#feed)
  }

  /** Whether anything waits here. */
  set isWaiting(is: boolean) {
    if (is === this.#isWaiting) return
    this.#isWaiting = is
    if (is) this.#holdings.begun()
    else this.#wanted()
  }

  close(): void {
    this.isWaiting = false
    this.#holdings.delete(this)
  }

  holds(feed: Feed | null): boolean {
    return this.#isWaiting && (feed === null || feed === this.#feed)
  }

  held(): [] {
    return []
  }

  withdraw(): [] {
    return []
  }

  recall(): boolean {
    return false
  }
}
