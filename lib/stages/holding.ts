import { inContext } from '../collections/in-context.ts'
import type { CutToken, Envelope, Feed } from '../model.ts'
import type { AsyncContext } from '../runtime.ts'

// What waits inside a stage: for a promise, for metadata, for memory. The producer asks all stages at once
// to remove the records that a feed no longer wants. A flush need not ask, because a waiting record holds
// it (`wait`).

/**
 * At most so many expired waiting records fail in one turn; the stage's alarm fires again at once for the
 * rest. Each has its own error (15 µs with its result), and a million may have come together.
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
   * `cuts` has the next flush. `context` returns the async context of its caller. Absent: no user code sees
   * a record after it has waited, or all of it runs in the current context.
   */
  constructor(
    cuts: { readonly next: CutToken } = nobody,
    context: (() => AsyncContext) | null = null,
  ) {
    this.#cuts = cuts
    this.#context = context
  }

  /** Adds a stage. */
  add(member: Holding): void {
    this.#members.push(member)
  }

  /** Removes a stage. */
  delete(member: Holding): void {
    this.#members = this.#members.filter((other) => other !== member)
  }

  /**
   * Passes on a record that a stage held. Meanwhile it is in no stage, so it is remembered: if a later
   * stage throws, which would be a bug here, it must not be lost. Later stages may call user code, in its
   * own context.
   */
  handOn(envelope: Envelope, next: { next(envelope: Envelope): void }): void {
    this.#inHand = envelope
    inContext(envelope.context, next.next, next, envelope)
    this.#inHand = null
  }

  /** A stage calls this when a record begins to wait in it whose feed had none waiting there. */
  begun(): void {
    this.#beginnings += 1
  }

  /**
   * How often something has begun to wait. After a check that nothing of a feed waits, no new check is
   * needed until this changes: a paced source asks for each record.
   */
  get beginnings(): number {
    return this.#beginnings
  }

  /** Whether anything of a feed waits anywhere; with null, of any feed. */
  holds(feed: Feed | null): boolean {
    return this.#members.some((member) => member.holds(feed))
  }

  /** Records that were passed on and arrived nowhere. */
  get inHand(): Envelope | null {
    return this.#inHand
  }

  /** Everything that waits anywhere. */
  *held(): Iterable<Envelope> {
    for (const member of this.#members) yield* member.held()
  }

  /**
   * Called for each record that begins to wait, anywhere: the next flush waits for it. A record that waits
   * already, or has done so, holds an earlier one.
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

  /** Removes what waits anywhere of a feed, or of all feeds with null. */
  withdraw(feed: Feed | null): Envelope[] {
    // Streams may be unsubscribed by the thousand, and each asks all stages: nothing is allocated if they
    // have none.
    let taken = noneHeld
    for (const member of this.#members) {
      const some = member.withdraw(feed)
      if (some.length > 0) taken = taken.length === 0 ? some : [...taken, ...some]
    }
    return taken
  }

  /** Removes one record, wherever it waits; returns whether it did. */
  recall(envelope: Envelope): boolean {
    return this.#members.some((member) => member.recall(envelope))
  }
}

/** For a feed without any. Nothing writes into it. */
export const noneHeld: Envelope[] = []

/** All of these, in this order. Usually one list has all of them, and it may be long. */
export function joined(lists: readonly Envelope[][]): Envelope[] {
  const full = lists.filter(({ length }) => length > 0)
  return full.length === 1 ? full[0]! : full.flat()
}

const nobody = { next: { order: 0, isWanted: false, hold() {}, release() {} } }
