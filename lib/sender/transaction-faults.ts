import type { KafkaError } from '../errors/kafka-error.ts'
import type { TransactionErrorCode, TransactionOutcome } from '../errors/transaction-error.ts'
import type { Refusal } from './coordinator-call.ts'

// Why a transaction, or the whole producer, failed: the content of a TransactionError. Pure.

/** Why an operation has failed. */
export interface Fault {
  readonly code: TransactionErrorCode
  readonly outcome: TransactionOutcome
  readonly cause?: unknown
}

const misconfigured: ReadonlySet<string> = new Set([
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'INVALID_TRANSACTION_TIMEOUT',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'INVALID_GROUP_ID',
  'POLICY_VIOLATION',
])

/** Why a producer has failed: its id was taken over, something must be changed, or the cause is unknown. */
export function fatalFault(
  cause: KafkaError,
  reaction: Refusal['reaction'],
  outcome: TransactionOutcome,
): Fault {
  if (reaction === 'fenced') return { code: 'FENCED', outcome, cause }
  const code = misconfigured.has(cause.code) ? 'INVALID_CONFIGURATION' : 'PRODUCER_FAILED'
  return { code, outcome, cause }
}
