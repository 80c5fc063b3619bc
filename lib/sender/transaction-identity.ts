import type { Watched } from '../observer.ts'
import type { Identity } from './identity.ts'

// The identity of a transactional producer: its id and epoch as its coordinator assigned them, and whether
// it needs another epoch before anything new is numbered.
//
// Invariant: a known identity is never discarded. So a producer that lost its `transactional.id` is told so
// by the coordinator, and does not take it back.
// It tells of a new id, and of an epoch that was asked for, but not of those that each end returns under TV2.
// Owned by transactions.ts.

export class TransactionIdentity {
  #watched: Watched | undefined
  #known: Identity | null = null
  /** The numbers of a partition are lost. */
  #needsBump = false
  /** Whether it was used under TV1, so that TV2 must begin with another epoch. */
  #usedTv1 = false
  /**
   * Under TV1: 1. EndTxn or TxnOffsetCommit has no answer, and is sent again. 2. The next transaction
   * begins. 3. The first attempt arrives. It has the same epoch, so it would end that transaction, or
   * commit an old offset. So another epoch comes first. Java does not do this.
   */
  #mayArrive = false

  constructor(watched?: Watched) {
    this.#watched = watched
  }

  /** The coordinator's last answer; null before the first. */
  get known(): Identity | null {
    return this.#known
  }

  /** The identity of new batches; null while none may be numbered. */
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

  /** Another epoch is needed before anything new is numbered. */
  bump(): void {
    if (this.#known !== null) this.#needsBump = true
  }

  /** A request that may yet arrive has no answer. */
  doubt(): void {
    this.#mayArrive = true
  }

  /** A transaction has ended, and its end was answered. */
  ended(): void {
    if (this.#mayArrive) this.#needsBump = true
    this.#mayArrive = false
  }

  /** The end of a transaction (TV2) returns another epoch: numbers begin anew. */
  next(identity: Identity): void {
    if (this.#isNew(identity)) this.#tell(identity, true)
    this.#take(identity)
  }

  /** InitProducerId returns another epoch, which no earlier request has. */
  renew(identity: Identity): void {
    this.#tell(identity, this.#isNew(identity))
    this.#take(identity)
    this.#usedTv1 = false
    this.#mayArrive = false
  }

  #take(identity: Identity): void {
    this.#known = identity
    this.#needsBump = false
  }

  #isNew({ producerId }: Identity): boolean {
    return this.#known?.producerId !== producerId
  }

  #tell({ producerId, producerEpoch }: Identity, isNew: boolean): void {
    this.#watched?.observer?.identified(producerId, producerEpoch, isNew)
  }
}
