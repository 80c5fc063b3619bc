import { errorCodes, type KafkaErrorCode } from '../errors/error-codes.ts'

// What a broker's answer about one batch means, as a pure function for the sender. The table of the Java
// client's Sender, stricter in two ways: every failure that leaves a gap in the numbering requests a reset,
// and every answer says whether it leaves doubt.

/** What the sender knows about the batch, besides the code. */
export interface Circumstances {
  readonly idempotent: boolean
  /** It is part of a transaction: a new numbering begins with the next one, never in the middle. */
  readonly transactional?: boolean
  /** acks=all: the leader answers once the replicas have it, long after it wrote it itself. */
  readonly awaitsReplicas: boolean
  /** It has more than one record, so it can be split. */
  readonly splittable: boolean
  /** No older batch of its partition is unsettled. */
  readonly first: boolean
  /** Retries and time are left. */
  readonly canRetry: boolean
  /** -1 if the broker did not say. Used only for UNKNOWN_PRODUCER_ID. */
  readonly logStartOffset: bigint
}

export type Action =
  | 'acknowledge'
  | 'acknowledgeUnplaced' // it is in the log; the offset is unknown
  | 'split'
  | 'retry'
  | 'fail'
  | 'failAll' // no request of this producer can succeed any more

export interface Verdict {
  readonly action: Action
  /** The client's metadata is out of date. */
  readonly refresh: boolean
  /** The attempt may have reached the log all the same. */
  readonly doubt: boolean
  /** It is not in the log, by this attempt or an earlier one: it may get another number. */
  readonly absent: boolean
  /** The partition's numbers no longer match the broker's: they begin anew once nothing is in flight. */
  readonly reset: boolean
}

const fatal: ReadonlySet<number> = codes(
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
)

/** The broker, or the network, answered without saying whether the batch was written. */
const doubtful: ReadonlySet<number> = codes(
  'UNKNOWN_SERVER_ERROR',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR', // the disk may have failed after the write, or may come back with it
)

/**
 * A broker also answers this when it loses the partition while it waits for replicas: 1. The batch is in
 * its log, and the first replicas fetch it. 2. One of them becomes leader. 3. The old leader answers that
 * it is not the leader; the new one has the batch.
 */
const deposed: ReadonlySet<number> = codes('NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION')

export function verdict(error: KafkaErrorCode, batch: Circumstances): Verdict {
  const { code, stale } = error
  if (code === errorCodes.NONE.code) return acknowledge
  if (code === errorCodes.DUPLICATE_SEQUENCE_NUMBER.code) return simply('acknowledgeUnplaced')
  if (code === errorCodes.MESSAGE_TOO_LARGE.code && batch.splittable) return simply('split')
  const lost = batch.idempotent ? numberingLost(code, batch) : null
  // In a transaction, only the coordinator assigns another epoch: the transaction must be aborted.
  const numbering = batch.transactional === true && lost === 'reset' ? null : lost
  const doubt = doubtful.has(code) || (batch.awaitsReplicas && deposed.has(code))
  if ((error.retriable || numbering !== null) && batch.canRetry) {
    // Out of order: if the broker had it, it would recognise it. Unknown producer: everything that the
    // broker had of this producer is deleted, including this batch.
    const absent = code === errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER.code || numbering === 'reset'
    return { action: 'retry', refresh: stale, doubt, absent, reset: numbering === 'reset' }
  }
  const isFatal =
    fatal.has(code) && (batch.idempotent || code === errorCodes.UNSUPPORTED_VERSION.code)
  const action = isFatal ? 'failAll' : 'fail'
  return { action, refresh: stale, doubt, absent: false, reset: batch.idempotent && !isFatal }
}

/** Whether an answer is about the numbering, and whether repeating the batch unchanged can help. */
function numberingLost(code: number, batch: Circumstances): 'repeat' | 'reset' | null {
  if (code === errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER.code) {
    // Behind an older batch that failed: its turn will come. The first in line: a gap.
    return batch.first ? 'reset' : 'repeat'
  }
  if (code === errorCodes.UNKNOWN_PRODUCER_ID.code) {
    return batch.logStartOffset === -1n ? 'repeat' : 'reset'
  }
  return null
}

const acknowledge = simply('acknowledge')

function simply(action: Action): Verdict {
  return { action, refresh: false, doubt: false, absent: false, reset: false }
}

function codes(...names: (keyof typeof errorCodes)[]): ReadonlySet<number> {
  return new Set(names.map((name) => errorCodes[name].code))
}
