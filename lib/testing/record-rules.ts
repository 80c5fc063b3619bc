// What a topic requires of each record, besides being readable: a key if it is compacted, and a time that
// is not far ahead. A batch that breaks a rule is refused as a whole, and its answer names the records that
// do. Called by append.ts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { Batch } from '../records/batch-reader.ts'
import type { PartitionState } from './cluster-state.ts'

export interface RecordError {
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string
}

/** Why a batch is refused, in Kafka's words. */
export interface BrokenRule {
  readonly error: KafkaErrorName
  readonly message: string
  readonly recordErrors: readonly RecordError[]
}

/** `message.timestamp.before.max.ms`: how far back it may be, which is unlimited. */
const behindMsMax = 0x7fff_ffff_ffff_ffffn
/** Of a batch of millions of records, not all are listed. */
const recordErrorsMax = 10_000
/** How many of them the message for the whole batch repeats. */
const recordErrorsTold = 3

/** The first rule that the batch breaks; null if there is none. */
export function brokenRule(
  batch: Batch,
  partition: PartitionState,
  { now, aheadMsMax }: { readonly now: number; readonly aheadMsMax: number },
): BrokenRule | null {
  const { cleanupPolicy, timestampType } = partition.topic.settings
  const keyless = cleanupPolicy === 'compact' ? withoutKey(batch, partition) : null
  return keyless ?? (timestampType === 'LogAppendTime' ? null : outOfTime(batch, now, aheadMsMax))
}

function withoutKey({ walk }: Batch, { topic, index }: PartitionState): BrokenRule | null {
  const place = `${topic.name}-${index}`
  const why = `Compacted topic cannot accept message without key in topic partition ${place}`
  const recordErrors = errorsOf(walk(), ({ key }) => (key === null ? why : null))
  if (recordErrors.length === 0) return null
  const told = recordErrors.slice(0, recordErrorsTold).map(({ batchIndex }) => {
    return `RecordError(batchIndex=${batchIndex}, message='${why}')`
  })
  const message =
    `One or more records have been rejected due to ${recordErrors.length} record errors in total, ` +
    `and only showing the first three errors at most: [${told.join(', ')}]`
  return { error: 'INVALID_RECORD', message, recordErrors }
}

/** `aheadMsMax`: how far ahead of the broker's clock a record may be. */
function outOfTime({ header, walk }: Batch, now: number, aheadMsMax: number): BrokenRule | null {
  const newest = now + aheadMsMax
  if (header.maxTimestamp <= newest) return null
  const allowed = `[${BigInt(now) - behindMsMax}, ${newest}]`
  const recordErrors = errorsOf(walk(), ({ timestamp, offset }) => {
    if (timestamp <= newest) return null
    return `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within ${allowed}`
  })
  const message = 'One or more records have been rejected due to invalid timestamp'
  return { error: 'INVALID_TIMESTAMP', message, recordErrors }
}

function errorsOf<R>(records: Iterable<R>, wrong: (record: R) => string | null): RecordError[] {
  const recordErrors: RecordError[] = []
  let batchIndex = 0
  for (const record of records) {
    const why = wrong(record)
    if (why !== null && recordErrors.length < recordErrorsMax) {
      recordErrors.push({ batchIndex, batchIndexErrorMessage: why })
    }
    batchIndex += 1
  }
  return recordErrors
}
