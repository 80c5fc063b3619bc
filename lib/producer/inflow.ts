import type { Cuts } from './cut.ts'

// Whether more records are about to come: a paced source pulls in bursts, and between two of them it only
// lets the event loop have its turn.
// Invariant: every pause ends by itself, in the next turn of the event loop. So whoever waits for the next
// burst waits for no longer than that. Told by operators/burst.ts, asked by the sender.

export class Inflow {
  #cuts: Pick<Cuts, 'arePending'>
  #pausing = 0
  #bursts = 0

  constructor(cuts: Pick<Cuts, 'arePending'>) {
    this.#cuts = cuts
  }

  /**
   * The number of the burst that was pulled last, while a source is about to pull another; null where none
   * is, and where a flush waits for what there is.
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
