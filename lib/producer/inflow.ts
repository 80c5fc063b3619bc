import type { Cuts } from './cut.ts'

// Whether more records are about to come: a paced source pulls in bursts, and between two of them it only
// lets the event loop run.
//
// Invariant: every pause ends by itself, in the next turn of the event loop, so waiting for the next burst
// takes no longer than that. Updated by operators/burst.ts, read by the sender.

export class Inflow {
  #cuts: Pick<Cuts, 'arePending'>
  #pausing = 0
  #bursts = 0

  constructor(cuts: Pick<Cuts, 'arePending'>) {
    this.#cuts = cuts
  }

  /**
   * The number of the last burst, while a source is about to pull another one; null if none is, or if a
   * flush waits.
   */
  get burst(): number | null {
    return this.#pausing > 0 && !this.#cuts.arePending ? this.#bursts : null
  }

  /** A source has pulled a burst, and will pull another. */
  paused(): void {
    this.#pausing += 1
  }

  /** The source goes on now, or was unsubscribed. */
  resumed(): void {
    this.#pausing -= 1
    this.#bursts += 1
  }
}
