import { Fifo } from '../collections/fifo.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import type { Envelope, Feed, Receipt } from '../model.ts'
import { failed } from '../stages/envelope.ts'
import { type Holdings, joined, noneHeld } from '../stages/holding.ts'

// Everything that has entered and is in no batch yet: at the entrance, in front of the stages, in them.
//
// Invariant: a removed record is in none of them any more and holds no flush; the caller owes its receipt
// (`refusal`). `entrance` is one queue for good. The engine fills and empties it, and removes the records
// that a feed withdraws.

export class Unbatched {
  /** Records that came in while a turn ran. A field, because it is checked for each record. */
  readonly entrance = new Fifo<Envelope>()
  #holdings: Holdings
  #wanted: () => void

  /** `wanted` is called if others may have waited behind the removed records. */
  constructor(holdings: Holdings, wanted: () => void) {
    this.#holdings = holdings
    this.#wanted = wanted
  }

  /** A record waits at the entrance. */
  enter(envelope: Envelope): void {
    this.#holdings.keep(envelope)
    this.entrance.push(envelope)
  }

  /** Removes the waiting records of a feed, or of all with null: the stages' first, then the entrance's. */
  take(feed: Feed | null): Envelope[] {
    const taken = this.takeHolding(feed)
    for (const envelope of taken) envelope.token?.release()
    return taken
  }

  /** The same, but each still holds the flush that waits for it. */
  takeHolding(feed: Feed | null): Envelope[] {
    const held = this.#holdings.withdraw(feed)
    const left = this.#leave(feed)
    const taken = left.length === 0 ? held : joined([held, left])
    if (taken.length > 0) this.#wanted()
    return taken
  }

  /**
   * Removes one record, which still holds the flush that waits for it; false if it is in a batch, or has
   * its result.
   */
  recall(envelope: Envelope): boolean {
    if (!this.#holdings.recall(envelope) && !this.entrance.delete(envelope)) return false
    this.#wanted()
    return true
  }

  /**
   * Everything that can be found, whatever state the stages are in: also failed records that wait to be
   * reported, and one between two stages.
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

/** The receipt of a record that is in no batch; an earlier failure stays. */
export function refusal(envelope: Envelope, code: DeliveryErrorCode, cause?: unknown): Receipt {
  const { feed, ticket, failure } = envelope
  const error = failure ?? withoutStack(() => failed(envelope, code, { cause }).failure!)
  return { feed, ticket, metadata: null, error, refused: envelope }
}
