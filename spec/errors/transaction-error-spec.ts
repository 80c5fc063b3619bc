import { inspect } from 'node:util'
import { BrokerError, DeliveryError, TransactionError, type TransactionErrorCode } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../lib/errors/error-codes.ts'

const transactionalId = 'totals-1'

function aborted(cause: unknown): TransactionError {
  return new TransactionError('ABORTED', { transactionalId, cause })
}

describe('a TransactionError', () => {
  it('has the transactional.id, the code, its meaning and the cause', () => {
    const cause = new DeliveryError('DELIVERY_TIMEOUT', {
      topic: 't',
      partition: 1,
      persisted: 'no',
    })
    expect(aborted(cause).message).toBe(
      'totals-1: ABORTED: the transaction was aborted; t-1: DELIVERY_TIMEOUT',
    )
  })

  it.each<readonly [TransactionErrorCode, 'aborted' | 'unknown', boolean]>([
    ['ABORTED', 'aborted', true],
    ['COMMIT_UNKNOWN', 'unknown', false],
    ['TRANSACTION_TIMEOUT', 'aborted', true],
    ['TRANSACTION_TOO_LARGE', 'aborted', false],
    ['INIT_TIMEOUT', 'aborted', true],
    ['FENCED', 'aborted', false],
    ['PRODUCER_FAILED', 'aborted', false],
    ['INVALID_CONFIGURATION', 'aborted', false],
    ['OUTSIDE_TRANSACTION', 'aborted', false],
    ['NESTED', 'aborted', false],
  ])('%s has the outcome %s; retriable: %s', (code, outcome, retriable) => {
    const error = new TransactionError(code, { transactionalId })
    expect(error).toMatchObject({ code, outcome, retriable, transactionalId })
  })

  it('with an unknown outcome says so, whatever its code', () => {
    const error = new TransactionError('FENCED', { transactionalId, outcome: 'unknown' })
    expect(error.outcome).toBe('unknown')
  })

  it.each([
    [new DeliveryError('RECORD_TOO_LARGE', { persisted: 'no' }), false],
    [new DeliveryError('TOPIC_AUTHORIZATION_FAILED', { persisted: 'no' }), false],
    [new DeliveryError('DELIVERY_TIMEOUT', { persisted: 'possibly' }), true],
    [new BrokerError(errorCodes.INVALID_PRODUCER_EPOCH.code, { request: 'Produce t-0' }), true],
    [new BrokerError(errorCodes.ILLEGAL_GENERATION.code, { request: 'TxnOffsetCommit' }), true],
    [new Error('the body failed'), true],
  ])('that was aborted because of %s may be tried again: %s', (cause, retriable) => {
    expect(aborted(cause).retriable).toBe(retriable)
  })

  it('has its records, and does not print them', () => {
    const records = [{ topic: 't', value: 'secret' }]
    const error = new TransactionError('ABORTED', { transactionalId, records })
    expect(error.records).toBe(records)
    expect(inspect(error)).not.toContain('secret')
    expect(JSON.stringify(error)).not.toContain('secret')
  })
})
