import { Fifo } from '../collections/fifo.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import type { Envelope, Feed, Receipt } from '../model.ts'
import { failed } from '../stages/envelope.ts'
import { type Holdings, joined, noneHeld } from '../stages/holding.ts'

// Everything that has entered and is in no batch yet: at the entrance, in front of the stages, in them.
// Invariant: what is taken out is in none of them any more and holds no flush; it is the caller's, who
// owes its receipt (`refusal`). `entrance` is one queue for good. The engine fills and empties it, and
// asks for what a feed takes back.

export class Unbatched {
  /** Records that came in while a turn ran. Not asked for by a call: it is looked at for each record. */
  readonly entrance = new Fifo<Envelope>()
  #holdings: Holdings
  #wanted: () => void

  /** `wanted` is called where others may have waited behind what was taken out. */
  constructor(holdings: Holdings, wanted: () => void) {
    this.#holdings = holdings
    this.#wanted = wanted
  }

  /** A record waits at the entrance. */
  enter(envelope: Envelope): void {
    this.#holdings.keep(envelope)
    this.entrance.push(envelope)
  }

  /** Takes out what waits of a feed, or of all with null: the stages' first, then the entrance's. */
  take(feed: Feed | null): Envelope[] {
    const taken = this.takeHolding(feed)
    for (const envelope of taken) envelope.token?.release()
    return taken
  }

  /** The same, and each still holds the flush that waits for it. */
  takeHolding(feed: Feed | null): Envelope[] {
    const held = this.#holdings.withdraw(feed)
    const left = this.#leave(feed)
    const taken = left.length === 0 ? held : joined([held, left])
    if (taken.length > 0) this.#wanted()
    return taken
  }

  /** Takes out one record, which still holds the flush that waits for it; false if it is in a batch, or has its result. */
  recall(envelope: Envelope): boolean {
    if (!this.#holdings.recall(envelope) && !this.entrance.delete(envelope)) return false
    this.#wanted()
    return true
  }

  /**
   * All that can be found, whatever state the stages are in: also what has its failure and waits to be
   * reported, and what was on its way from one stage to the next.
   */
  takeAll(): Envelope[] {
    const { inHand } = this.#holdings
    const found = [...this.take(null), ...this.#holdings.held()]
    return inHand === null ? found : [...found, inHand]
  }

  #leave(feed: Feed | null): Envelope[] {
    const { entrance } = this
    if (entrance.length === 0) return noneHeld
    if (feed === null) return entrance.takeAll()
    const leaving: Envelope[] = []
    for (let left = entrance.length; left > 0; left -= 1) {
      const envelope = entrance.shift()!
      if (envelope.feed === feed) leaving.push(envelope)
      else entrance.push(envelope)
    }
    return leaving
  }
}

/** The receipt of a record that is in no batch; what it has failed with before stays. */
export function refusal(envelope: Envelope, code: DeliveryErrorCode, cause?: unknown): Receipt {
  const { feed, ticket, failure } = envelope
  const error = failure ?? withoutStack(() => failed(envelope, code, { cause }).failure!)
  return { feed, ticket, metadata: null, error, refused: envelope }
}
