import { describe, expect, it } from 'vitest'
import { errorCode, errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import { type Circumstances, type Verdict, verdict } from '../../lib/sender/verdict.ts'

// The reaction of Kafka's producer to each error code of Produce, written by hand: what a code does
// without idempotence, what with it, whether metadata is stale, and whether the batch may be in the
// log.
//   R   retry; without retries left fail, and with idempotence start the numbering again
//   F   fail, and with idempotence start the numbering again
//   X   the end of the producer
//   M   metadata is stale          ?   may be in the log, whatever acks are
//   A   may be in the log with acks=all: a leader that lost the partition while it waited for replicas

type Column = 'ok' | 'placeless' | 'split' | 'R' | 'F' | 'X' | 'order' | 'unknown'
type Row = readonly [plain: Column, idempotent: Column, marks?: 'M' | '?' | 'M?' | 'A' | 'MA']

const table: Readonly<Record<KafkaErrorName, Row>> = {
  NONE: ['ok', 'ok'],
  DUPLICATE_SEQUENCE_NUMBER: ['placeless', 'placeless'],
  MESSAGE_TOO_LARGE: ['split', 'split'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: ['F', 'order'],
  UNKNOWN_PRODUCER_ID: ['F', 'unknown'],

  CORRUPT_MESSAGE: ['R', 'R'],
  UNKNOWN_TOPIC_OR_PARTITION: ['R', 'R', 'MA'],
  LEADER_NOT_AVAILABLE: ['R', 'R', 'M'],
  NOT_LEADER_OR_FOLLOWER: ['R', 'R', 'MA'],
  REQUEST_TIMED_OUT: ['R', 'R', '?'],
  REPLICA_NOT_AVAILABLE: ['R', 'R', 'M'],
  NETWORK_EXCEPTION: ['R', 'R', 'M?'],
  COORDINATOR_LOAD_IN_PROGRESS: ['R', 'R'],
  COORDINATOR_NOT_AVAILABLE: ['R', 'R'],
  NOT_COORDINATOR: ['R', 'R'],
  NOT_ENOUGH_REPLICAS: ['R', 'R'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: ['R', 'R', '?'],
  NOT_CONTROLLER: ['R', 'R'],
  CONCURRENT_TRANSACTIONS: ['R', 'R'],
  KAFKA_STORAGE_ERROR: ['R', 'R', 'M?'],
  FETCH_SESSION_ID_NOT_FOUND: ['R', 'R'],
  INVALID_FETCH_SESSION_EPOCH: ['R', 'R'],
  LISTENER_NOT_FOUND: ['R', 'R', 'M'],
  FENCED_LEADER_EPOCH: ['R', 'R', 'M'],
  UNKNOWN_LEADER_EPOCH: ['R', 'R'],
  OFFSET_NOT_AVAILABLE: ['R', 'R'],
  PREFERRED_LEADER_NOT_AVAILABLE: ['R', 'R', 'M'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: ['R', 'R', 'M'],
  ELECTION_NOT_NEEDED: ['R', 'R', 'M'],
  UNSTABLE_OFFSET_COMMIT: ['R', 'R'],
  THROTTLING_QUOTA_EXCEEDED: ['R', 'R'],
  UNKNOWN_TOPIC_ID: ['R', 'R', 'M'],
  INCONSISTENT_TOPIC_ID: ['R', 'R', 'M'],
  FETCH_SESSION_TOPIC_ID_ERROR: ['R', 'R'],

  UNKNOWN_SERVER_ERROR: ['F', 'F', '?'],
  OFFSET_OUT_OF_RANGE: ['F', 'F'],
  TRANSACTIONAL_ID_NOT_FOUND: ['F', 'F'],
  INVALID_FETCH_SIZE: ['F', 'F'],
  BROKER_NOT_AVAILABLE: ['F', 'F'],
  INVALID_TOPIC_EXCEPTION: ['F', 'F'],
  RECORD_LIST_TOO_LARGE: ['F', 'F'],
  INVALID_REQUIRED_ACKS: ['F', 'F'],
  TOPIC_AUTHORIZATION_FAILED: ['F', 'F'],
  INVALID_TIMESTAMP: ['F', 'F'],
  UNSUPPORTED_SASL_MECHANISM: ['F', 'F'],
  ILLEGAL_SASL_STATE: ['F', 'F'],
  INVALID_REQUEST: ['F', 'F'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: ['F', 'F'],
  POLICY_VIOLATION: ['F', 'F'],
  INVALID_PRODUCER_EPOCH: ['F', 'F'],
  INVALID_TXN_STATE: ['F', 'F'],
  INVALID_PRODUCER_ID_MAPPING: ['F', 'F'],
  SECURITY_DISABLED: ['F', 'F'],
  OPERATION_NOT_ATTEMPTED: ['F', 'F'],
  SASL_AUTHENTICATION_FAILED: ['F', 'F'],
  REASSIGNMENT_IN_PROGRESS: ['F', 'F'],
  UNSUPPORTED_COMPRESSION_TYPE: ['F', 'F'],
  STALE_BROKER_EPOCH: ['F', 'F'],
  FENCED_INSTANCE_ID: ['F', 'F'],
  INVALID_RECORD: ['F', 'F'],
  OFFSET_METADATA_TOO_LARGE: ['F', 'F'],
  ILLEGAL_GENERATION: ['F', 'F'],
  INVALID_GROUP_ID: ['F', 'F'],
  UNKNOWN_MEMBER_ID: ['F', 'F'],
  REBALANCE_IN_PROGRESS: ['F', 'F'],
  INVALID_COMMIT_OFFSET_SIZE: ['F', 'F'],
  GROUP_AUTHORIZATION_FAILED: ['F', 'F'],
  INVALID_TRANSACTION_TIMEOUT: ['F', 'F'],
  GROUP_ID_NOT_FOUND: ['F', 'F'],
  STALE_MEMBER_EPOCH: ['F', 'F'],
  TRANSACTION_ABORTABLE: ['F', 'F'],
  UNKNOWN_SUBSCRIPTION_ID: ['F', 'F'],
  TELEMETRY_TOO_LARGE: ['F', 'F'],
  REBOOTSTRAP_REQUIRED: ['F', 'F'],

  CLUSTER_AUTHORIZATION_FAILED: ['F', 'X'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ['F', 'X'],
  PRODUCER_FENCED: ['F', 'X'],
  // Without idempotence, Java fails only the batch; but no other batch would succeed.
  UNSUPPORTED_VERSION: ['X', 'X'],
}

const usual: Circumstances = {
  idempotent: false,
  awaitsReplicas: true,
  splittable: true,
  first: true,
  canRetry: true,
  logStartOffset: -1n,
}
const nothing: Verdict = {
  action: 'fail',
  refresh: false,
  doubt: false,
  absent: false,
  reset: false,
}

function asked(name: KafkaErrorName, circumstances: Partial<Circumstances>): Verdict {
  return verdict(errorCodes[name], { ...usual, ...circumstances })
}

/** What the table says for a batch of more than one record that is the first in line. */
function said(column: Column, marks: string, idempotent: boolean, canRetry: boolean): Verdict {
  const base = { ...nothing, refresh: marks.includes('M'), doubt: /[?A]/.test(marks) }
  const failed = { ...base, reset: idempotent }
  switch (column) {
    case 'ok':
      return { ...nothing, action: 'acknowledge' }
    case 'placeless':
      return { ...nothing, action: 'acknowledgeUnplaced' }
    case 'split':
      return { ...nothing, action: 'split' }
    case 'X':
      return { ...base, action: 'failAll' }
    case 'F':
      return failed
    case 'R':
      return canRetry ? { ...base, action: 'retry' } : failed
    case 'order':
      return canRetry ? { ...base, action: 'retry', absent: true, reset: true } : failed
    case 'unknown':
      return canRetry ? { ...base, action: 'retry' } : failed
  }
}

const names = Object.keys(errorCodes) as KafkaErrorName[]

describe('the answer to Produce', () => {
  it('has a row for every code', () => {
    expect(Object.keys(table).sort()).toEqual([...names].sort())
  })

  for (const idempotent of [false, true]) {
    for (const canRetry of [true, false]) {
      const mode = `${idempotent ? 'idempotent' : 'plain'}, ${canRetry ? 'retries left' : 'no retries left'}`
      it.each(names)(`%s means what Kafka's table says: ${mode}`, (name) => {
        const [plainColumn, idempotentColumn, marks = ''] = table[name]
        const column = idempotent ? idempotentColumn : plainColumn
        expect(asked(name, { idempotent, canRetry })).toEqual(
          said(column, marks, idempotent, canRetry),
        )
      })
    }
  }

  it('with an unknown code is an unknown error of the server', () => {
    const action = verdict(errorCode(12345), { ...usual, idempotent: true })
    expect(action).toEqual({ ...nothing, doubt: true, reset: true })
  })
})

describe('a batch of one record that is too large', () => {
  it('fails, and with idempotence leaves a gap in the numbers', () => {
    const one = { splittable: false }
    expect(asked('MESSAGE_TOO_LARGE', one)).toEqual(nothing)
    expect(asked('MESSAGE_TOO_LARGE', { ...one, idempotent: true })).toEqual({
      ...nothing,
      reset: true,
    })
  })
})

describe('a batch that is out of order', () => {
  it('after another one only waits for its turn', () => {
    const behind = asked('OUT_OF_ORDER_SEQUENCE_NUMBER', { idempotent: true, first: false })
    expect(behind).toEqual({ ...nothing, action: 'retry', absent: true })
  })
})

describe('in a transaction', () => {
  const inTransaction = { idempotent: true, transactional: true }

  it.each([
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', {}],
    ['UNKNOWN_PRODUCER_ID', { logStartOffset: 10n }],
  ] as const)('a batch whose numbering is lost fails: %s', (name, facts) => {
    const failed = { ...nothing, reset: true }
    expect(asked(name, { ...inTransaction, ...facts })).toEqual(failed)
  })

  it('a batch that is out of order after another still waits for its turn', () => {
    const behind = asked('OUT_OF_ORDER_SEQUENCE_NUMBER', { ...inTransaction, first: false })
    expect(behind).toMatchObject({ action: 'retry', reset: false })
  })

  it.each(names)(
    '%s means the same as without a transaction, unless the numbering is lost',
    (name) => {
      if (name === 'OUT_OF_ORDER_SEQUENCE_NUMBER') return
      const without = asked(name, { ...inTransaction, transactional: false })
      expect(asked(name, inTransaction)).toEqual(without)
    },
  )
})

describe('a producer that is unknown to the broker', () => {
  it('starts again if the log was cut, because then nothing is left of the batch', () => {
    const cut = asked('UNKNOWN_PRODUCER_ID', { idempotent: true, logStartOffset: 10n })
    expect(cut).toEqual({ ...nothing, action: 'retry', absent: true, reset: true })
  })
})

describe('a leader that was deposed', () => {
  it.each(['NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION'] as const)(
    'leaves no doubt if it answers before replicas have the batch: %s',
    (name) => {
      expect(asked(name, { awaitsReplicas: false }).doubt).toBe(false)
      expect(asked(name, { awaitsReplicas: true }).doubt).toBe(true)
    },
  )
})
