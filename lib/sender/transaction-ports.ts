import type { Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { TransactionDispatch } from './transaction-dispatch.ts'
import type { Fault } from './transaction-faults.ts'

// What a transactional producer needs, and what it reports to its owner and to the sender. Types only. Used
// by transactions.ts and its parts.

export interface TransactionSettings {
  readonly transactionalId: string
  /** transaction.timeout.ms: the coordinator aborts a transaction that is older. */
  readonly timeoutMs: number
  readonly maxBlockMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
}

export interface TransactionPorts {
  readonly dispatch: TransactionDispatch
  readonly clock: Clock
  /** Who is told of identities. Absent: nobody. */
  readonly watched?: Watched | undefined
  /** There may be something to send. */
  readonly wake: () => void
  /** Runs `work`, which is everything that follows from one event. */
  readonly turn: (work: () => void) => void
}

/** The events for the owner. */
export interface TransactionEvents {
  /** The next transaction may begin. */
  ready(): void
  /** It could not be initialised; that may be tried again unless `isDead`. */
  notReady(fault: Fault): void
  /** The open transaction can only be aborted: the owner ends it. */
  mustAbort(fault: Fault): void
  /** The requested end is complete; null: as requested. */
  ended(fault: Fault | null): void
  /** No transaction is possible any more. The open one is over, and `ended` does not follow. */
  dead(fault: Fault): void
}

/** The events for the sender. */
export interface SenderEvents {
  /** There is an identity. */
  identified(): void
  /** These partitions may be sent to. */
  admitted(places: readonly PartitionState[]): void
  /** Whether nothing of the transaction is in flight. */
  isQuiet(): boolean
}
