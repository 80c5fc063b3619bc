import type { CutToken, Envelope, Feed } from '../model.ts'

// What waits inside a stage: for a promise, for metadata, for memory. The producer asks all stages at
// once: to let go of what a feed no longer wants, or to have a flush wait for what waits.

/** A stage that may hold records back. */
export interface Holding {
  /** Whether anything of a feed waits here, or of any with null. */
  holds(feed: Feed | null): boolean
  /** Everything that waits here. */
  held(): Iterable<Envelope>
  /** Takes out what waits here of a feed, or of all with null; it is the caller's then. */
  withdraw(feed: Feed | null): Envelope[]
}

/** The stages of a pipeline that hold records back. */
export class Holdings {
  #members: Holding[] = []
  #beginnings = 0
  #inHand: Envelope | null = null

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
   * throws, a bug of ours, it must not be lost.
   */
  handOn(envelope: Envelope, next: { next(envelope: Envelope): void }): void {
    this.#inHand = envelope
    next.next(envelope)
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

  /** A flush waits for everything that waits now; what has a token waits for an earlier one. */
  hold(token: CutToken): void {
    for (const envelope of this.held()) {
      if (envelope.token !== null) continue
      envelope.token = token
      token.hold()
    }
  }

  /** Takes out what waits anywhere of a feed, or of all with null. */
  withdraw(feed: Feed | null): Envelope[] {
    return this.#members.flatMap((member) => member.withdraw(feed))
  }
}
