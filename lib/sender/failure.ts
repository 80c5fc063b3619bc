import type { Batch } from '../accumulator/batch.ts'
import { BrokerError } from '../errors/broker-error.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import { DeliveryError, type DeliveryErrorFacts, sentence } from '../errors/delivery-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import type { PartitionResponse } from './produce-request.ts'

// Why a batch failed, and from that the error of each of its records.

/** Why a batch failed. All its records share this, except those that the broker named. */
export interface Failure {
  readonly code: DeliveryErrorCode
  readonly limitMs?: number
  readonly cause?: unknown
  /** The broker's messages about single records, by their index in the batch (KIP-467). */
  readonly records?: ReadonlyMap<number, string | null>
}

/** Made from the error of a batch's last attempt. */
export function failureOf(batch: Batch, part: PartitionResponse | null): Failure {
  const cause = batch.lastError
  const named = part?.recordErrors ?? []
  const records = new Map(named.map((one) => [one.batchIndex, one.batchIndexErrorMessage] as const))
  return { code: codeOf(cause), cause, ...(records.size > 0 && { records }) }
}

/** A later batch of its partition is in the log, so this one can no longer be stored in order. */
export function overtaken({ topic, partition }: Batch): Failure {
  const cause = new BrokerError(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER.code, {
    request: `Produce ${topic}-${partition}`,
    detail:
      'the log has a later batch, but not this one: while both were in flight the topic was ' +
      'created again, or the broker forgot the producer',
  })
  return { code: 'SEQUENCE_LOST', cause }
}

/**
 * The errors of the records of a batch that failed at the monotonic time `now`, from `begin` up to (not
 * including) `end`. They are made together and without stacks, because a full buffer fails a million
 * records.
 */
export function recordErrors(
  batch: Batch,
  begin: number,
  end: number,
  failure: Failure,
  now: number,
): DeliveryError[] {
  const age = Math.round(now - batch.createdAt)
  return withoutStack(() => {
    const shared = sentence(failure.code, factsOf(batch, failure, age))
    const errors: DeliveryError[] = []
    for (let index = begin; index < end; index += 1) {
      const facts = factsOf(batch, failure, age)
      facts.record = batch.roll.recordOf(index)
      errors.push(errorOf(batch, index, failure, facts, shared))
    }
    return errors
  })
}

/** `shared`: the sentence for all records that the broker did not mention. */
function errorOf(
  batch: Batch,
  index: number,
  failure: Failure,
  facts: Facts,
  shared: string,
): DeliveryError {
  const { code, records } = failure
  if (records === undefined) facts.message = shared
  else if (records.has(index)) facts.cause = withWords(failure.cause, records.get(index))
  else {
    facts.message = sparedFor(failure, batch)
    return new DeliveryError('BATCH_REFUSED', facts)
  }
  return new DeliveryError(code, facts)
}

type Facts = { -readonly [Key in keyof DeliveryErrorFacts]: DeliveryErrorFacts[Key] }

/**
 * A literal, always of one shape: copying a larger object takes three times as long as making the error.
 */
function factsOf(batch: Batch, { limitMs, cause }: Failure, ageMs: number): Facts {
  return {
    message: undefined,
    record: undefined,
    topic: batch.topic,
    partition: batch.partition,
    persisted: batch.doubt ? 'possibly' : 'no',
    attempts: batch.attempts,
    ageMs,
    limitMs,
    limitBytes: undefined,
    cause,
  }
}

function sparedFor({ code, records }: Failure, { topic, partition }: Batch): string {
  const words = [...records!.values()].find((said) => said !== null && said !== '')
  const why = words === undefined ? code : `${code} (${words})`
  return `${topic}-${partition}: BATCH_REFUSED; the broker refused another record of its batch: ${why}`
}

/** The broker's error, with its message about this record instead of the one about the batch. */
function withWords(cause: unknown, words: string | null | undefined): unknown {
  if (!words || !(cause instanceof BrokerError)) return cause
  return new BrokerError(cause.errorCode, {
    request: 'Produce',
    detail: words,
    broker: cause.broker,
  })
}

function codeOf(cause: unknown): DeliveryErrorCode {
  if (cause instanceof BrokerError) {
    return cause.code === errorCodes.MESSAGE_TOO_LARGE.name ? 'RECORD_TOO_LARGE' : cause.code
  }
  return 'CONNECTION_LOST'
}
