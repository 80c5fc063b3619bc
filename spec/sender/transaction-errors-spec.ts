import { describe, expect, it } from 'vitest'
import { errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import {
  type Reaction,
  reactionTo,
  type TransactionCall,
} from '../../lib/sender/transaction-errors.ts'

// The rows of Java's error tables (4.3.1 and 4.4). L: look up the coordinator, then retry. R:
// retry. A: abort. U: abort, and the producer is uninitialized. P: fenced. F: fatal.

const calls: readonly TransactionCall[] = [
  'FindCoordinator',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
]
const letters: Readonly<Record<string, Reaction>> = {
  L: 'lookup',
  R: 'retry',
  A: 'abort',
  U: 'uninitialized',
  P: 'fenced',
  F: 'fatal',
}

const rows: readonly (readonly [string, KafkaErrorName])[] = [
  // In the order of `calls`. Java's InitProducerId also looks up the coordinator.
  ['RLLLLL', 'COORDINATOR_NOT_AVAILABLE'],
  ['RLLLLL', 'NOT_COORDINATOR'],
  ['RRRRLR', 'REQUEST_TIMED_OUT'],
  ['RRRRRR', 'CONCURRENT_TRANSACTIONS'],
  ['RRRRRR', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['RRRRRR', 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['RRRRRR', 'NETWORK_EXCEPTION'],
  ['RRRRRR', 'UNKNOWN_TOPIC_ID'],
  ['FPPPPP', 'INVALID_PRODUCER_EPOCH'],
  ['FPPPPP', 'PRODUCER_FENCED'],
  ['FUFFFF', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  ['FUAFFF', 'CLUSTER_AUTHORIZATION_FAILED'],
  ['FFFFFF', 'INVALID_TXN_STATE'],
  ['FFFFFF', 'INVALID_PRODUCER_ID_MAPPING'],
  ['FFAFFF', 'TOPIC_AUTHORIZATION_FAILED'],
  ['AFAAAF', 'GROUP_AUTHORIZATION_FAILED'],
  ['FFAFFF', 'OPERATION_NOT_ATTEMPTED'],
  ['FFAAFA', 'UNKNOWN_PRODUCER_ID'],
  ['FFAFAF', 'FENCED_INSTANCE_ID'],
  ['FFAFAF', 'ILLEGAL_GENERATION'],
  ['FFAFAF', 'UNKNOWN_MEMBER_ID'],
  ['FFAFAF', 'GROUP_ID_NOT_FOUND'],
  ['FFAFAF', 'STALE_MEMBER_EPOCH'],
  ['FFAFFF', 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
  ['AAAAAA', 'TRANSACTION_ABORTABLE'],
  ['FFAFFF', 'INVALID_TRANSACTION_TIMEOUT'],
  ['FFAFFF', 'UNKNOWN_SERVER_ERROR'],
]
const cells = rows.flatMap(([row, name]) =>
  calls.map((call, index) => [name, call, letters[row[index]!]!] as const),
)

describe('the answer to a transaction request', () => {
  it.each(cells)('%s to %s means: %s', (name, call, reaction) => {
    expect(reactionTo(call, errorCodes[name].code)).toBe(reaction)
  })

  it.each(calls)('no error to %s means that it is done', (call) => {
    expect(reactionTo(call, 0)).toBe('done')
  })

  it('TRANSACTION_ABORTABLE to an abort is fatal: it would be aborted forever', () => {
    expect(reactionTo('EndTxn', errorCodes.TRANSACTION_ABORTABLE.code, true)).toBe('fatal')
    expect(reactionTo('EndTxn', errorCodes.NOT_COORDINATOR.code, true)).toBe('lookup')
  })

  it('an unknown code is UNKNOWN_SERVER_ERROR, which is not a commit', () => {
    expect(reactionTo('EndTxn', 9999)).toBe('fatal')
  })
})
