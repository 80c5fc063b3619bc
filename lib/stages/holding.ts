import type { CutToken, Envelope, Feed } from '../model.ts'

// What waits inside a stage: for a promise, for metadata, for memory. The producer asks all stages at
// once: to let go of what a feed no longer wants, or to have a flush wait for what waits.

/** A stage that may hold records back. */
export interface Holding {
  /** Whether anything waits here. */
  readonly isHolding: boolean
  /** Everything that waits here. */
  held(): Iterable<Envelope>
  /** Takes out what waits here of a feed, or of all with null; it is the caller's then. */
  withdraw(feed: Feed | null): Envelope[]
}

/** The stages of a pipeline that hold records back. */
export class Holdings {
  #members: Holding[] = []
  /** False only while nothing waits anywhere: a paced source asks for each record it has. */
  #mayHold = false
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

  /** To be called by a stage whenever something begins to wait in it. */
  begun(): void {
    this.#mayHold = true
  }

  /** Whether anything waits anywhere. */
  get isHolding(): boolean {
    return this.#mayHold && this.#look()
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

  #look(): boolean {
    this.#mayHold = this.#members.some((member) => member.isHolding)
    return this.#mayHold
  }
}
