import { errorCode, errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'

// What a broker's answer to a transaction's request means: the table of Java's TransactionManager (4.3.1,
// with 4.4's codes), as a pure function. What an answer means for a batch is in verdict.ts.
//
// Unlike Java, the caller distinguishes the meanings of INVALID_TXN_STATE in the answer to a commit or an
// abort, because it knows the transaction's age and whether anything was ever confirmed to be in it.

/** The requests of a transaction. */
export type TransactionCall =
  | 'FindCoordinator'
  | 'InitProducerId'
  | 'AddPartitionsToTxn'
  | 'AddOffsetsToTxn'
  | 'TxnOffsetCommit'
  | 'EndTxn'
  | 'DescribeTransactions'

export type Reaction =
  | 'done'
  | 'retry'
  | 'lookup' // find the coordinator again, then retry
  | 'abort' // the transaction can only be aborted; the producer remains usable
  | 'uninitialized' // the call has failed; it may be made again once the permission is granted
  | 'fenced' // another producer has the transactional id
  | 'fatal' // no request can succeed any more

type Name = KafkaErrorName
type Row = Partial<Record<TransactionCall, Reaction>>

const everywhere = (reaction: Reaction): Row => ({
  InitProducerId: reaction,
  AddPartitionsToTxn: reaction,
  AddOffsetsToTxn: reaction,
  TxnOffsetCommit: reaction,
  EndTxn: reaction,
})

/** Codes that are not here are retried if they are retriable; otherwise see `others`. */
const table: Partial<Record<Name, Row>> = {
  COORDINATOR_NOT_AVAILABLE: everywhere('lookup'),
  NOT_COORDINATOR: everywhere('lookup'),
  REQUEST_TIMED_OUT: { TxnOffsetCommit: 'lookup' },
  INVALID_PRODUCER_EPOCH: everywhere('fenced'),
  PRODUCER_FENCED: everywhere('fenced'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    InitProducerId: 'uninitialized',
    AddPartitionsToTxn: 'fatal',
  },
  CLUSTER_AUTHORIZATION_FAILED: { InitProducerId: 'uninitialized' },
  INVALID_TXN_STATE: { AddPartitionsToTxn: 'fatal' },
  INVALID_PRODUCER_ID_MAPPING: { AddPartitionsToTxn: 'fatal' },
  GROUP_AUTHORIZATION_FAILED: {
    FindCoordinator: 'abort',
    AddOffsetsToTxn: 'abort',
    TxnOffsetCommit: 'abort',
  },
  UNKNOWN_PRODUCER_ID: { AddOffsetsToTxn: 'abort', EndTxn: 'abort' },
  FENCED_INSTANCE_ID: { TxnOffsetCommit: 'abort' },
  ILLEGAL_GENERATION: { TxnOffsetCommit: 'abort' },
  UNKNOWN_MEMBER_ID: { TxnOffsetCommit: 'abort' },
  GROUP_ID_NOT_FOUND: { TxnOffsetCommit: 'abort' },
  STALE_MEMBER_EPOCH: { TxnOffsetCommit: 'abort' },
  TRANSACTION_ABORTABLE: { FindCoordinator: 'abort', ...everywhere('abort') },
}

/**
 * The meaning of all other codes. AddPartitionsToTxn names partitions: they may be at fault, not the
 * producer.
 */
const others: Readonly<Record<TransactionCall, Reaction>> = {
  FindCoordinator: 'fatal',
  InitProducerId: 'fatal',
  AddPartitionsToTxn: 'abort',
  AddOffsetsToTxn: 'fatal',
  TxnOffsetCommit: 'fatal',
  EndTxn: 'fatal',
  DescribeTransactions: 'abort',
}

/** What an error code in the answer to a request means. `aborting`: the request is EndTxn(abort). */
export function reactionTo(call: TransactionCall, code: number, aborting = false): Reaction {
  const { name, retriable } = errorCode(code)
  if (code === errorCodes.NONE.code) return 'done'
  const reaction = table[name]?.[call] ?? (retriable ? 'retry' : others[call])
  // If an abort could be answered by an abort, that would never end.
  return aborting && reaction === 'abort' && name === 'TRANSACTION_ABORTABLE' ? 'fatal' : reaction
}
