import type { CutToken, Envelope, Feed } from '../model.ts'

// What waits inside a stage: for a promise, for metadata, for memory. The producer asks all stages at
// once: to let go of what a feed no longer wants, or to have a flush wait for what waits.

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
  #members = new Set<Holding>()

  add(member: Holding): void {
    this.#members.add(member)
  }

  delete(member: Holding): void {
    this.#members.delete(member)
  }

  /** Whether anything waits anywhere. */
  get isHolding(): boolean {
    for (const member of this.#members) if (member.isHolding) return true
    return false
  }

  /** A flush waits for everything that waits now. */
  hold(token: CutToken): void {
    for (const member of this.#members) {
      for (const envelope of member.held()) {
        if (envelope.token !== null) continue
        envelope.token = token
        token.hold()
      }
    }
  }

  withdraw(feed: Feed | null): Envelope[] {
    return [...this.#members].flatMap((member) => member.withdraw(feed))
  }
}
