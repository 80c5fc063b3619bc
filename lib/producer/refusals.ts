import { Fifo } from '../collections/fifo.ts'
import { Share } from '../collections/share.ts'
import type { Turn } from '../collections/turn.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { Envelope, Feed, Receipt } from '../model.ts'
import type { Holding } from '../stages/holding.ts'
import { refusal } from './unbatched.ts'

// Records that fail together while they wait: all of a stream whose first record has failed, or all of a
// closed producer. That may be a million, and each gets its own error (15 µs with its result). So a turn
// reports some thousands, and the event loop runs before the next.
//
// Invariant: a record in here has its failure and waits only to be reported; until then it is outstanding,
// and a flush waits for it. Unsubscribing a stream costs nothing here, however many records wait: they are
// dropped at their turn. Owned by the engine.

/** As many as the send stage reports from batches would double the time of a turn. */
const refusalsPerTurn = 2_048

interface Group {
  readonly waiting: Fifo<Envelope>
  readonly code: DeliveryErrorCode
  readonly cause: unknown
  /** Records of unsubscribed streams, which get no result. */
  readonly isDropped: boolean
}

export class Refusals implements Holding {
  #share: Share
  #settle: (receipt: Receipt) => void
  #drop: (receipt: Receipt) => void
  #groups = new Fifo<Group>()
  /** Streams that were unsubscribed since their records came in here. */
  #left = new Set<Feed>()

  /** `settle` gives a record its result; `drop` tells everyone but its stream. */
  constructor(turn: Turn, settle: (receipt: Receipt) => void, drop: (receipt: Receipt) => void) {
    this.#share = new Share(turn, refusalsPerTurn)
    this.#settle = settle
    this.#drop = drop
    turn.on('report', () => this.report())
  }

  /** These fail with `code`, as soon as it is their turn. */
  add(envelopes: Envelope[], code: DeliveryErrorCode, cause: unknown): void {
    this.#groups.push({ waiting: new Fifo(envelopes), code, cause, isDropped: false })
    this.report()
  }

  /** Of these, only the interceptors are told, as soon as it is their turn. */
  discard(envelopes: Envelope[]): void {
    const waiting = new Fifo(envelopes)
    this.#groups.push({ waiting, code: 'DISCARDED', cause: undefined, isDropped: true })
    this.report()
  }

  /** Reports as many as this turn has time for; returns whether there was any. */
  report(): boolean {
    let isOfUse = false
    for (let group = this.#groups.peek(); group !== undefined; group = this.#groups.peek()) {
      const envelope = group.waiting.peek()
      if (envelope === undefined) this.#groups.delete(group)
      else if (this.#share.left <= 0) {
        this.#share.later()
        return isOfUse
      } else {
        group.waiting.shift()
        this.#share.spend()
        isOfUse = true
        this.#tell(envelope, group)
      }
    }
    this.#left.clear()
    return isOfUse
  }

  /** Records here wait only for their turn to be reported. */
  holds(): boolean {
    return false
  }

  *held(): Iterable<Envelope> {
    for (const { waiting } of this.#groups) yield* waiting
  }

  /** A stream was unsubscribed: from now on its records are not reported to it. */
  leave(feed: Feed): void {
    if (this.#groups.length > 0) this.#left.add(feed)
  }

  /** They have their failure, and cannot be withdrawn. */
  withdraw(): Envelope[] {
    return []
  }

  recall(): boolean {
    return false
  }

  #tell(envelope: Envelope, { code, cause, isDropped }: Group): void {
    const receipt = refusal(envelope, code, cause)
    if (isDropped || this.#left.has(envelope.feed)) this.#drop(receipt)
    else this.#settle(receipt)
    envelope.token?.release()
  }
}
