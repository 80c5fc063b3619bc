import { Fifo } from '../collections/fifo.ts'
import type { Turn } from '../collections/turn.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { Envelope, Feed, Receipt } from '../model.ts'
import type { Holding } from '../stages/holding.ts'
import { refusal } from './unbatched.ts'

// Records that fail together while they wait: all of a stream whose sibling has failed, all of a producer
// that is closed. That may be a million, and each gets an error of its own (15 µs with its result), so a turn
// tells of some thousands, and the event loop has its turn before the next.
// Invariant: a record in here has its failure and waits for nothing but to be told; until then it is
// outstanding, and a flush waits for it. Owned by the engine.

/** As many as the send stage tells of what was in batches would double the time of a turn. */
const refusalsPerTurn = 2_048

interface Group {
  readonly waiting: Fifo<Envelope>
  readonly code: DeliveryErrorCode
  readonly cause: unknown
}

export class Refusals implements Holding {
  #turn: Turn
  #tell: (receipt: Receipt) => void
  #groups: Group[] = []
  #budget = refusalsPerTurn
  #serial = -1

  constructor(turn: Turn, tell: (receipt: Receipt) => void) {
    this.#turn = turn
    this.#tell = tell
    turn.on('report', () => this.report())
  }

  /** These fail with `code`, as soon as it is their turn. */
  add(envelopes: readonly Envelope[], code: DeliveryErrorCode, cause: unknown): void {
    const waiting = new Fifo<Envelope>()
    for (const envelope of envelopes) waiting.push(envelope)
    this.#groups.push({ waiting, code, cause })
    this.report()
  }

  /** Tells of as many as this turn has time for; whether of any. */
  report(): boolean {
    if (this.#groups.length === 0) return false
    if (this.#turn.serial !== this.#serial) {
      this.#serial = this.#turn.serial
      this.#budget = refusalsPerTurn
    }
    const before = this.#budget
    let group = this.#groups[0]
    while (group !== undefined && this.#budget > 0) {
      const envelope = group.waiting.shift()
      if (envelope === undefined) this.#groups = this.#groups.filter((other) => other !== group)
      else {
        this.#budget -= 1
        this.#tell(refusal(envelope, group.code, group.cause))
        envelope.token?.release()
      }
      group = this.#groups[0]
    }
    if (group !== undefined) this.#turn.later()
    return this.#budget < before
  }

  /** Nothing waits here for anything but its turn to be told. */
  holds(): boolean {
    return false
  }

  *held(): Iterable<Envelope> {
    for (const { waiting } of this.#groups) yield* waiting
  }

  /** Who leaves is told nothing. */
  withdraw(feed: Feed | null): Envelope[] {
    const taken: Envelope[] = []
    for (const { waiting } of this.#groups) {
      for (let left = waiting.length; left > 0; left -= 1) {
        const envelope = waiting.shift()!
        if (feed === null || envelope.feed === feed) taken.push(envelope)
        else waiting.push(envelope)
      }
    }
    return taken
  }

  /** It has its failure, and nobody can take it back. */
  recall(): boolean {
    return false
  }
}
