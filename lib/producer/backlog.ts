import type { Feed } from '../model.ts'
import type { Holding, Holdings } from '../stages/holding.ts'
import type { Gate } from './gate.ts'

// What waits in an operator of ours before there is a record of it, so that no stage knows: a paced source
// is to stop for it as it does for records that wait.
//
// Invariant: it has no records, so there is nothing to take out of it. Whoever made it closes it.
// Used by operators/units.ts.

export class Backlog implements Holding {
  #gate: Gate
  #holdings: Holdings
  #wanted: () => void
  /** Sources know those who wait by their feeds; nothing is ever settled by this one. */
  #feed: Feed = { settle() {} }
  #isWaiting = false

  /** `wanted` is called where sources may go on. */
  constructor(gate: Gate, holdings: Holdings, wanted: () => void) {
    this.#gate = gate
    this.#holdings = holdings
    this.#wanted = wanted
    holdings.add(this)
  }

  /** Something came in: if a source emits it just now, that source stops while anything waits here. */
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
