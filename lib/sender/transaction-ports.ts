import type { Clock } from '../runtime.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { TransactionDispatch } from './transaction-dispatch.ts'
import type { Fault } from './transaction-faults.ts'

// What a transactional producer needs, and whom it tells what. Types only.
// Used by transactions.ts and those beside it.

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
  /** There may be something to send. */
  readonly wake: () => void
  /** Runs `work`, which is all that follows from one event. */
  readonly turn: (work: () => void) => void
}

/** What the owner is told. */
export interface TransactionEvents {
  /** The next transaction may begin. */
  ready(): void
  /** It could not be initialised; it may be tried again unless `isDead`. */
  notReady(fault: Fault): void
  /** The open transaction can only be aborted: the owner ends it. */
  mustAbort(fault: Fault): void
  /** The end that was asked for is there; null: as asked. */
  ended(fault: Fault | null): void
  /** No transaction is possible any more; the open one is over, and `ended` does not follow. */
  dead(fault: Fault): void
}

/** What the sender is told. */
export interface SenderEvents {
  /** There is an identity. */
  identified(): void
  /** These partitions may be sent to. */
  admitted(places: readonly PartitionState[]): void
  /** Whether nothing of the transaction is in flight. */
  isQuiet(): boolean
}
