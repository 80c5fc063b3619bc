import { isBranded, KafkaError } from './kafka-error.ts'
import { wordsOf } from './quoted.ts'

/** Why a transaction was not committed, by what the program can do about it (KIP-1050). */
export type TransactionErrorCode =
  | 'ABORTED' // it was aborted: run it again, unless its cause must be fixed first
  | 'COMMIT_UNKNOWN' // no broker answered whether it was committed: compare the committed offsets
  | 'TRANSACTION_TIMEOUT' // it was aborted because it took nearly transaction.timeout.ms
  | 'TRANSACTION_TOO_LARGE' // it was aborted because it had more than maxRecords records, or more than maxWaiting messages waited
  | 'INIT_TIMEOUT' // max.block.ms passed, and no coordinator accepted the transactional.id
  | 'FENCED' // another producer uses this transactional.id now: this one can do nothing more
  | 'PRODUCER_FAILED' // a broker's answer after which this producer cannot continue
  | 'INVALID_CONFIGURATION' // somebody must change a setting, a permission, or a broker
  | 'OUTSIDE_TRANSACTION' // a producer with a transactional.id sends in transactions only
  | 'NESTED' // a transaction, or a call that waits for it, inside another one of the same producer

/**
 * What is known of the transaction. `aborted`: none of its records is visible. `unknown`: it may be
 * committed or aborted.
 */
export type TransactionOutcome = 'aborted' | 'unknown'

/** The facts of a {@link TransactionError}. */
export interface TransactionErrorFacts {
  readonly message?: string | undefined
  readonly transactionalId: string
  /** Default: `'aborted'`. `COMMIT_UNKNOWN` is always `'unknown'`. */
  readonly outcome?: TransactionOutcome | undefined
  readonly records?: readonly unknown[] | undefined
  readonly cause?: unknown
}

/**
 * A transaction was not committed, or it is unknown whether it was (`outcome`).
 *
 * `records` has all its records, in input order. If `outcome` is `'aborted'`, no consumer with
 * `isolation.level=read_committed` ever sees any of them, and none of its offsets was committed.
 * Consumers with `read_uncommitted` may have seen some. `retriable` says whether the same transaction may
 * succeed later without any change. `cause` is the error that ended it.
 */
export class TransactionError<R = unknown> extends KafkaError {
  readonly code: TransactionErrorCode
  readonly outcome: TransactionOutcome
  readonly transactionalId: string
  /** All records of the transaction, in input order. Not enumerable, so they do not show in logs. */
  declare readonly records: readonly R[]

  override get name(): 'TransactionError' {
    return 'TransactionError'
  }

  constructor(code: TransactionErrorCode, facts: TransactionErrorFacts) {
    const { cause, transactionalId } = facts
    super(facts.message ?? sentence(code, facts), { cause, retriable: mayPass(code, cause) })
    this.code = code
    this.outcome = code === 'COMMIT_UNKNOWN' ? 'unknown' : (facts.outcome ?? 'aborted')
    this.transactionalId = transactionalId
    const value = facts.records ?? []
    Object.defineProperty(this, 'records', { value, enumerable: false })
  }
}

const sentences: Readonly<Record<TransactionErrorCode, string>> = {
  ABORTED: 'the transaction was aborted',
  COMMIT_UNKNOWN:
    'no broker answered the commit within max.block.ms, so it may have taken effect: before you run ' +
    'the transaction again, check the committed offsets, or read the topic with read_committed',
  TRANSACTION_TIMEOUT:
    'the transaction was aborted, because it took nearly transaction.timeout.ms: make it shorter, or ' +
    'increase the limit',
  TRANSACTION_TOO_LARGE: 'the transaction was aborted, because it has too many records',
  INIT_TIMEOUT: 'no coordinator accepted the transactional id within max.block.ms',
  FENCED: 'another producer uses this transactional.id now, so this one can send nothing any more',
  PRODUCER_FAILED: 'this producer can send nothing any more: close it and create a new one',
  INVALID_CONFIGURATION:
    'the brokers refuse it: change the setting, the permission or the broker that the cause names',
  OUTSIDE_TRANSACTION:
    'a producer with a transactional.id sends in transactions only: use inTransaction(producer), ' +
    'producer.transaction(…) or producer.writable({ transaction: true })',
  NESTED:
    'inside the function of a transaction, another one of the same producer, flush() and ' +
    'initTransactions() would wait for it forever: await tx.send(), or use another producer',
}

function sentence(code: TransactionErrorCode, { transactionalId, cause }: TransactionErrorFacts) {
  const why = cause === undefined ? '' : `; ${wordsOf(cause)}`
  return `${transactionalId}: ${code}: ${sentences[code]}${why}`
}

/** Errors that no second attempt fixes: a person has to change the record, a permission or a setting. */
const lasting: ReadonlySet<string> = new Set([
  'RECORD_TOO_LARGE',
  'INVALID_RECORD',
  'SERIALIZER_FAILED',
  'PARTITIONER_FAILED',
  'AUTHENTICATION_FAILED',
  'ACCESS_DENIED',
  'BOOTSTRAP_UNRESOLVED',
  'INVALID_TOPIC_EXCEPTION',
  'RECORD_LIST_TOO_LARGE',
  'MESSAGE_TOO_LARGE',
  'INVALID_REQUIRED_ACKS',
  'INVALID_GROUP_ID',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'POLICY_VIOLATION',
  'SASL_AUTHENTICATION_FAILED',
  'SECURITY_DISABLED',
  'CLOSED',
])

function mayPass(code: TransactionErrorCode, cause: unknown): boolean {
  if (code === 'TRANSACTION_TIMEOUT' || code === 'INIT_TIMEOUT') return true
  return code === 'ABORTED' && !(isBranded(cause) && lasting.has(cause.code))
}
