import type { Turn } from './turn.ts'

// How much of one kind of work a turn does: the rest waits for a turn of its own, between which the event
// loop has its own. Whoever has a million records to tell of, to place or to take in asks for it here.
// Invariant: what is done in all rounds of one turn is at most the share; with more left, another turn is
// asked for. The order of the work is its owner's to keep.

export class Share {
  #turn: Pick<Turn, 'serial' | 'later'>
  #most: number
  #left: number
  #serial = -1

  /** `most` items a turn. */
  constructor(turn: Pick<Turn, 'serial' | 'later'>, most: number) {
    this.#turn = turn
    this.#most = most
    this.#left = most
  }

  /** How many items may still be done in the turn that runs now. */
  get left(): number {
    if (this.#turn.serial !== this.#serial) {
      this.#serial = this.#turn.serial
      this.#left = this.#most
    }
    return this.#left
  }

  /** So many were done. */
  spend(items = 1): void {
    this.#left = this.left - items
  }

  /** There is more to do than this turn should. */
  later(): void {
    this.#turn.later()
  }
}
