import type { Turn } from './turn.ts'

// How much of one kind of work a turn does. The rest waits for later turns, between which the event loop
// runs. Used for a million records that are to be reported, placed or taken.
//
// Invariant: all rounds of one turn do at most the share; if more is left, another turn is requested. The
// owner keeps the order of the work.

export class Share {
  #turn: Pick<Turn, 'serial' | 'later'>
  #most: number
  #left: number
  #serial = -1

  /** `most` items per turn. */
  constructor(turn: Pick<Turn, 'serial' | 'later'>, most: number) {
    this.#turn = turn
    this.#most = most
    this.#left = most
  }

  /** How many items the current turn may still do. */
  get left(): number {
    if (this.#turn.serial !== this.#serial) {
      this.#serial = this.#turn.serial
      this.#left = this.#most
    }
    return this.#left
  }

  /** So many items were done. */
  spend(items = 1): void {
    this.#left = this.left - items
  }

  /** There is more to do than this turn may. */
  later(): void {
    this.#turn.later()
  }
}
