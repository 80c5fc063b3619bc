import { describe, expect, it } from 'vitest'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { BrokerError } from '../../lib/errors/broker-error.ts'
import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import { type Failure, failureOf, recordErrors } from '../../lib/sender/failure.ts'
import { batchOf } from '../support/batch-of.ts'

function refusal(name: KafkaErrorName, detail: string | null = null): BrokerError {
  return new BrokerError(errorCodes[name].code, { request: 'Produce t-0', detail })
}

/** The part of an answer that names records of the batch. */
function naming(...named: [number, string | null][]) {
  const recordErrors = named.map(([batchIndex, batchIndexErrorMessage]) => ({
    batchIndex,
    batchIndexErrorMessage,
  }))
  return { recordErrors } as never
}

describe('failureOf', () => {
  it("has the broker's code, a shorter one for a record that is too large, and one for a lost connection", () => {
    const { batch } = batchOf(['a'])
    const code = (error: BrokerError | ConnectionError) => {
      batch.lastError = error
      return failureOf(batch, null).code
    }
    expect(code(refusal('POLICY_VIOLATION'))).toBe('POLICY_VIOLATION')
    expect(code(refusal('MESSAGE_TOO_LARGE'))).toBe('RECORD_TOO_LARGE')
    expect(code(new ConnectionError('DISCONNECTED', 'gone'))).toBe('CONNECTION_LOST')
  })
})

/** About one record only. */
const recordError = (batch: Batch, index: number, failure: Failure, now: number) =>
  recordErrors(batch, index, index + 1, failure, now)[0]!

describe('recordErrors', () => {
  it('names the record, its partition, the attempts and its age', () => {
    const { batch } = batchOf(['a', 'b'], { partition: 3, now: 100 })
    batch.attempts = 2
    const error = recordError(batch, 1, { code: 'DELIVERY_TIMEOUT', limitMs: 1500 }, 1700.4)
    expect(error).toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      topic: 't',
      partition: 3,
      attempts: 2,
      ageMs: 1600,
      limitMs: 1500,
      persisted: 'no',
    })
    expect(error.record).toBe(batch.roll.recordOf(1))
  })

  it('says `possibly` if an attempt may have reached the log', () => {
    const { batch } = batchOf(['a'])
    batch.doubt = true
    expect(recordError(batch, 0, { code: 'CLOSED' }, 0).persisted).toBe('possibly')
  })

  it("has the broker's message about the batch and about single records", () => {
    const { batch } = batchOf(['a', 'b', 'c', 'd', 'e'])
    batch.lastError = refusal('INVALID_RECORD', 'not one of ours')
    const failure = failureOf(batch, naming([0, 'zero'], [2, 'two'], [3, null]))
    const causes = [0, 1, 2, 3, 4].map(
      (index) => (recordError(batch, index, failure, 0).cause as Error).message,
    )
    expect(causes[0]).toContain('(zero)')
    expect(causes[2]).toContain('(two)')
    expect(causes[3]).toContain('(not one of ours)')
  })

  it('has its own, retriable code if the broker has named other records', () => {
    const { batch } = batchOf(['a', 'b'])
    batch.lastError = refusal('INVALID_RECORD')
    const failure = failureOf(batch, naming([0, 'no key']))
    expect(recordError(batch, 0, failure, 0)).toMatchObject({
      code: 'INVALID_RECORD',
      retriable: false,
    })
    const spared = recordError(batch, 1, failure, 0)
    expect(spared).toMatchObject({ code: 'BATCH_REFUSED', retriable: true, persisted: 'no' })
    expect(spared.message).toContain('refused another record of its batch: INVALID_RECORD (no key)')
    expect(spared.stack!.split('\n')).toHaveLength(1)
    expect(Error.stackTraceLimit).toBeGreaterThan(0)
  })

  it('has the meaning of the code if the broker has no message', () => {
    const { batch } = batchOf(['a'])
    batch.lastError = refusal('INVALID_REQUEST')
    const { message } = recordError(batch, 0, failureOf(batch, naming()), 0)
    expect(message).toContain('the request is malformed')
  })
})
