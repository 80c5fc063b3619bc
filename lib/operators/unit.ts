import type { ObservableInput } from 'rxjs'
import { TransactionError } from '../errors/transaction-error.ts'
import type { RecordMetadata } from '../model.ts'
import { type GroupMembership, isFencing } from '../producer/group-metadata.ts'
import type { TransactionRun } from '../producer/transaction-run.ts'
import { SourceOffsets } from './source-offsets.ts'

// One transaction of exactlyOnce: its messages, their results, its offsets. Filled, ended and reported by
// units.ts, in the order of the units.

/** One transaction and its messages. */
export class Unit<M, R> {
  readonly messages: { readonly message: M; readonly first: number; end: number }[] = []
  readonly offsets = new SourceOffsets()
  /** Absent if this is only an error that waits until earlier units have ended. */
  run!: TransactionRun
  /** It takes no more messages, except for the rest of one that has begun. */
  isClosed = false
  /** Its commit was requested: nothing can abort it any more. */
  isCommitted = false
  /** It is its turn. */
  isOpen = false
  /** The bytes that wait for its turn, as the intake estimates them. */
  waiting = 0
  outcome: { readonly results: readonly RecordMetadata<R>[] } | { readonly error: unknown } | null =
    null
}

/** Refuses a membership that does not prevent a consumer that has left its group from committing. */
export function checkFencing(membership: GroupMembership, transactionalId: string): void {
  if (isFencing(membership)) return
  const message =
    `${transactionalId}: INVALID_CONFIGURATION: the group ${membership.groupId} was given ` +
    "without generationId and memberId: give both, or say { fencing: 'transactional.id' }, " +
    'with one transactional.id for each input partition'
  throw new TransactionError('INVALID_CONFIGURATION', { transactionalId, message })
}

/** Whether it is a stream of records, or a list; a record has a topic. */
export function isInput<R>(given: unknown): given is ObservableInput<R> {
  if (typeof given !== 'object' || given === null || 'topic' in given) return false
  return true
}

/** Why no further message can wait for the records of an earlier one. */
export function tooManyWait(transactionalId: string, maxWaiting: number): TransactionError {
  const message =
    `${transactionalId}: TRANSACTION_TOO_LARGE: ${maxWaiting} messages (maxWaiting) wait already for ` +
    'the records of an earlier one, which come from a stream that has not ended: give messages by ' +
    'paced(source, producer), which waits for it'
  return new TransactionError('TRANSACTION_TOO_LARGE', { transactionalId, message })
}

/** How many messages of a source that cannot pause may wait for their transaction. */
export const behindMax = 1_000_000

/** Why no further message can wait for a transaction. */
export function tooManyBehind(transactionalId: string): TransactionError {
  const message =
    `${transactionalId}: TRANSACTION_TOO_LARGE: ${behindMax} messages wait already for earlier ` +
    'transactions: give messages by paced(source, producer), which waits for them'
  return new TransactionError('TRANSACTION_TOO_LARGE', { transactionalId, message })
}
