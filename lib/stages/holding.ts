import { inContext } from '../collections/in-context.ts'
import type { CutToken, Envelope, Feed } from '../model.ts'
import type { AsyncContext } from '../runtime.ts'

// What waits inside a stage: for a promise, for metadata, for memory. The producer asks all stages at
// once to let go of what a feed no longer wants. A flush need not ask: what waits holds it (`wait`).

/**
 * So many records that have waited too long fail in one turn; a stage's alarm rings again at once for the
 * rest. Each has an error of its own (15 µs with its result), and a million may have come together.
 */
export const expiriesPerTurn = 2_048

/** A stage that may hold records back. */
export interface Holding {
  /** Whether a record of the feed waits here; with null, of any feed. */
  holds(feed: Feed | null): boolean
  /** All records that wait here. */
  held(): Iterable<Envelope>
  /** Removes and returns the records of a feed that wait here; with null, of all feeds. */
  withdraw(feed: Feed | null): Envelope[]
  /** Removes this record if it waits here. Returns whether it did. */
  recall(envelope: Envelope): boolean
}

/** The stages of a pipeline that hold records back. */
export class Holdings {
  #cuts: { readonly next: CutToken }
  #context: (() => AsyncContext) | null
  #members: Holding[] = []
  #beginnings = 0
  #inHand: Envelope | null = null

  /**
   * `cuts` has the flush that comes next. `context` gives the async context of its caller; absent: no
   * user code sees a record after it has waited, or all of it runs wherever it is called.
   */
  constructor(
    cuts: { readonly next: CutToken } = nobody,
    context: (() => AsyncContext) | null = null,
  ) {
    this.#cuts = cuts
    this.#context = context
  }

  /** Counts a stage in. */
  add(member: Holding): void {
    this.#members.push(member)
  }

  /** Leaves a stage out from now on. */
  delete(member: Holding): void {
    this.#members = this.#members.filter((other) => other !== member)
  }

  /**
   * Hands on what a stage held. It is in none of them then, so it is kept in mind: where the next one
   * throws, a bug of ours, it must not be lost. The next ones may call user code: in its own context.
   */
  handOn(envelope: Envelope, next: { next(envelope: Envelope): void }): void {
    this.#inHand = envelope
    inContext(envelope.context, next.next, next, envelope)
    this.#inHand = null
  }

  /** To be called by a stage whenever a record begins to wait in it of a feed that has none there. */
  begun(): void {
    this.#beginnings += 1
  }

  /**
   * How often something has begun to wait. Who found that nothing of a feed does need not look again
   * until this has changed: a paced source asks for each record it has.
   */
  get beginnings(): number {
    return this.#beginnings
  }

  /** Whether anything of a feed waits anywhere, or of any with null. */
  holds(feed: Feed | null): boolean {
    return this.#members.some((member) => member.holds(feed))
  }

  /** What was handed on and came to nowhere. */
  get inHand(): Envelope | null {
    return this.#inHand
  }

  /** Everything that waits anywhere. */
  *held(): Iterable<Envelope> {
    for (const member of this.#members) yield* member.held()
  }

  /**
   * To be called for each record that begins to wait, anywhere: a flush that comes next waits for it.
   * What waits already, or has done so, waits for an earlier one.
   */
  wait(envelope: Envelope): void {
    if (envelope.token !== null) return
    envelope.token = this.#cuts.next
    envelope.token.hold()
  }

  /** The same, for a record that user code has not seen yet: it will see it as if it had not waited. */
  keep(envelope: Envelope): void {
    this.wait(envelope)
    if (this.#context !== null) envelope.context ??= this.#context()
  }

  /** Takes out what waits anywhere of a feed, or of all with null. */
  withdraw(feed: Feed | null): Envelope[] {
    // Streams leave by the thousand, and each asks all stages: nothing is made for those that have none.
    let taken = noneHeld
    for (const member of this.#members) {
      const some = member.withdraw(feed)
      if (some.length > 0) taken = taken.length === 0 ? some : [...taken, ...some]
    }
    return taken
  }

  /** Takes out one record, wherever it waits; whether it did. */
  recall(envelope: Envelope): boolean {
    return this.#members.some((member) => member.recall(envelope))
  }
}

/** For whoever holds none of a feed. Nobody writes into it. */
export const noneHeld: Envelope[] = []

/** All of these, in this order. Mostly one of the lists has all there is, and it may be long. */
export function joined(lists: readonly Envelope[][]): Envelope[] {
  const full = lists.filter(({ length }) => length > 0)
  return full.length === 1 ? full[0]! : full.flat()
}

const nobody = { next: { order: 0, isWanted: false, hold() {}, release() {} } }
