import type { Receipt } from '../model.ts'

// Results in the order of the input: each is held until all before it have left.
// Invariant: what is held lies behind a record that has no result yet, and nobody is handed a result
// inside the handing over of another. Tickets are positions, from 0 without a gap.
// Used by operators/delivery.ts; how much may be held is bounded at the entrance
// (producer/turnstiles.ts).

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

  /** A result came; hands over those whose turn it is now. */
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

  /** What is missing will never come: hands over all that is held, in order. */
  release(): void {
    const held = [...this.#held.values()]
    this.#held.clear()
    held.sort((one, other) => (one.ticket as number) - (other.ticket as number))
    for (const receipt of held) this.#hand(receipt)
  }
}
