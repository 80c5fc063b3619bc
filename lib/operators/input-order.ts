import type { Receipt } from '../model.ts'

// Results in the order of the input: each is held until all earlier ones have left.
//
// Invariant: a held result is behind a record without a result, and no result is passed on inside the
// passing on of another. Tickets are positions, from 0 without a gap. Used by operators/delivery.ts;
// producer/turnstiles.ts limits how many are held, at the entrance.

export class InputOrder {
  #hand: (receipt: Receipt) => void
  #held = new Map<number, Receipt>()
  /** The position whose result leaves next. */
  #next = 0
  #isHanding = false

  /** `hand` gets each result when it is its turn. */
  constructor(hand: (receipt: Receipt) => void) {
    this.#hand = hand
  }

  /** A result came; passes on those whose turn it is now. */
  take(receipt: Receipt): void {
    this.#held.set(receipt.ticket as number, receipt)
    if (this.#isHanding) return
    this.#isHanding = true
    for (
      let due = this.#held.get(this.#next);
      due !== undefined;
      due = this.#held.get(this.#next)
    ) {
      this.#held.delete(this.#next)
      this.#next += 1
      this.#hand(due)
    }
    this.#isHanding = false
  }

  /** The missing results will never come: passes on all held ones, in order. */
  release(): void {
    const held = [...this.#held.values()]
    this.#held.clear()
    held.sort((one, other) => (one.ticket as number) - (other.ticket as number))
    for (const receipt of held) this.#hand(receipt)
  }
}
