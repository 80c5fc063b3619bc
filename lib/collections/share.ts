import type { Turn } from './turn.ts'

// How much of one kind of work a turn does. The rest waits for later turns, between which the event loop
// runs. Used for a million records that are to be reported, placed or taken.
//
// Invariant: all rounds of one turn do at most the share; if more is left, another turn is requested. The
// owner keeps the order of the work.
// Items may be dear and machines slow, so a share ends earlier when the event loop has been kept for long, but
// not before a few items are done.

/** After so many items the turn is asked how long it has taken. */
const askedEvery = 32

type OfTurn = Pick<Turn, 'serial' | 'later' | 'isLong'>

export class Share {
  #turn: OfTurn
  #most: number
  #left: number
  #serial = -1
  /** Items until the turn is asked how long it has taken. */
  #unasked = askedEvery

  /** `most` items per turn. */
  constructor(turn: OfTurn, most: number) {
    this.#turn = turn
    this.#most = most
    this.#left = most
  }

  /** How many items the current turn may still do. */
  get left(): number {
    if (this.#turn.serial !== this.#serial) {
      this.#serial = this.#turn.serial
      this.#left = this.#most
      this.#unasked = askedEvery
    }
    return this.#left
  }

  /** So many items were done. */
  spend(items = 1): void {
    this.#left = this.left - items
    this.#unasked -= items
    if (this.#unasked > 0) return
    this.#unasked = askedEvery
    if (this.#turn.isLong) this.#left = 0
  }

  /** There is more to do than this turn may. */
  later(): void {
    this.#turn.later()
  }
}
