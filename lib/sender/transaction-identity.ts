import type { Identity } from './identity.ts'

// Who a transactional producer is: its id and epoch as its coordinator gave them, and whether it needs
// another epoch before anything new is numbered.
//
// Invariant: what is known of the identity is never thrown away, so that whoever lost its place is told so
// by the coordinator, and takes it from nobody. Owned by transactions.ts.

export class TransactionIdentity {
  #known: Identity | null = null
  /** The numbers of a partition are lost. */
  #needsBump = false
  /** Whether it was used under TV1, so that TV2 has to begin with another epoch. */
  #usedTv1 = false
  /**
   * Under TV1. 1. EndTxn or TxnOffsetCommit has no answer, and is sent again. 2. The next transaction
   * begins. 3. The first attempt arrives: it would end that one, or commit an old offset, for it has the
   * same epoch. So another epoch comes first. Java does not do so.
   */
  #mayArrive = false

  /** What the coordinator said last; null before it said anything. */
  get known(): Identity | null {
    return this.#known
  }

  /** Who new batches are sent as; null while nobody may number any. */
  get current(): Identity | null {
    return this.#needsBump ? null : this.#known
  }

  /** Whether a transaction may begin under it. */
  isFreshFor(isTv2: boolean): boolean {
    return !this.#needsBump && !(isTv2 && this.#usedTv1)
  }

  /** A transaction begins. */
  used(isTv2: boolean): void {
    if (!isTv2) this.#usedTv1 = true
  }

  /** Another epoch comes before anything new is numbered. */
  bump(): void {
    if (this.#known !== null) this.#needsBump = true
  }

  /** A request that may yet arrive has no answer. */
  doubt(): void {
    this.#mayArrive = true
  }

  /** A transaction has ended, and told so. */
  ended(): void {
    if (this.#mayArrive) this.#needsBump = true
    this.#mayArrive = false
  }

  /** The end of a transaction (TV2) gives another: numbers begin anew. */
  next(identity: Identity): void {
    this.#known = identity
    this.#needsBump = false
  }

  /** InitProducerId gives another, which nothing that was sent before has. */
  renew(identity: Identity): void {
    this.next(identity)
    this.#usedTv1 = false
    this.#mayArrive = false
  }
}
