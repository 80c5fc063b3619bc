// Appends one batch to one partition, or says why not: a real broker's checks, in its order. KafkaApis (one
// batch, magic), UnifiedLog and LogValidator (size, checksum, records), and then ProducerStateManager
// (sequence). It also refuses what Kafka silently corrects but no producer has a reason to send;
// spec/kafka/truth/stricter.ts has the list. Called by answer-produce.ts.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import {
  type BatchHeader,
  codecMask,
  controlFlag,
  logAppendTimeFlag,
  readHeader,
  transactionalFlag,
} from '../records/batch-header.ts'
import {
  type Batch,
  checkBatch,
  checkFrame,
  foreignItemsMax,
  openBatch,
} from '../records/batch-reader.ts'
import { codecById, type Decompress } from '../records/compression.ts'
import type { BrokerSettings } from './answer.ts'
import type { PartitionState } from './cluster-state.ts'
import { misfitOf } from './one-batch.ts'
import { brokenRule, type RecordError } from './record-rules.ts'
import type { TransactionCheck } from './transaction-check.ts'

/** The result for a batch. */
export interface AppendResult {
  readonly error: KafkaErrorName
  /** The message in the answer besides the code: usually none, as with a real broker. */
  readonly message: string | null
  /** The message for the violations; empty for an appended batch. */
  readonly why: string
  readonly baseOffset: number
  readonly logAppendTime: number
  readonly logStartOffset: number
  /** Records that made the broker refuse the batch, by index. */
  readonly recordErrors: readonly RecordError[]
  /** Whether no correct client would have sent it. */
  readonly violation: boolean
}

/** The state that a batch is checked against. */
interface Facts {
  readonly version: number
  readonly now: number
  readonly settings: BrokerSettings
  /** The transactional id of the request; null: none. */
  readonly transactionalId: string | null
  /** Whether a transactional batch is in its producer's transaction. */
  check(header: BatchHeader): Pick<TransactionCheck, 'error' | 'message'>
}

/** The batch for the partition that `version` of Produce named. */
export function append(partition: PartitionState, bytes: Uint8Array, facts: Facts): AppendResult {
  const result = appended(partition, bytes, facts)
  const isOfLog = result.logStartOffset >= 0
  return isOfLog ? { ...result, logStartOffset: partition.log.startOffset } : result
}

function appended(partition: PartitionState, bytes: Uint8Array, facts: Facts): AppendResult {
  const { log, producers, topic, leaderEpoch } = partition
  const bytesMax = topic.settings.maxMessageBytes ?? facts.settings.messageMaxBytes
  const refused = misfit(bytes, facts, bytesMax) ?? forbidden(readHeader(bytes))
  if (refused) return refused

  const checked = recordsOf(bytes)
  if ('error' in checked) return checked
  const { header } = checked
  const ofBroker = topic.settings.timestampType === 'LogAppendTime'
  const { aheadMsMax } = facts.settings.release
  const broken = brokenRule(checked, partition, { now: facts.now, aheadMsMax })
  if (broken) return { ...refusedByLog(broken.error, broken.message, false), ...broken }

  if (header.producerId !== -1n) {
    const verdict = producers.judge(header, facts.settings.release.refusesUnknownProducers)
    if (verdict.kind === 'refuse') return refusedByLog(verdict.error, verdict.why, false)
    if (verdict.kind === 'repeat') return accepted(verdict.of, verdict.of.maxTimestamp)
    if (!isTransactional(header) && log.transactions.isOpen(header.producerId)) {
      const why = `producer ${header.producerId} has a transaction open, and this batch is not of it`
      return refusedByLog('INVALID_TXN_STATE', why)
    }
  }
  const stored = log.append(bytes, header, leaderEpoch, ofBroker ? facts.now : null)
  if (header.producerId !== -1n) producers.remember(header, stored)
  if (isTransactional(header)) log.transactions.begin(header.producerId, stored.baseOffset)
  return accepted(stored, ofBroker ? stored.maxTimestamp : -1)
}

/** A refusal because of the partition, not of the batch. */
export function refusal(error: KafkaErrorName, why: string, violation = true): AppendResult {
  return {
    error,
    message: null,
    why,
    baseOffset: -1,
    logAppendTime: -1,
    logStartOffset: -1,
    recordErrors: [],
    violation,
  }
}

/** The same if the log itself refuses: the answer then has the log start offset. */
function refusedByLog(error: KafkaErrorName, why: string, violation = true): AppendResult {
  return { ...refusal(error, why, violation), logStartOffset: 0 }
}

/** A repeat is answered with the newest time of its batch, even if that is the producer's. */
function accepted({ baseOffset }: { baseOffset: number }, logAppendTime: number): AppendResult {
  return {
    error: 'NONE',
    message: null,
    why: '',
    baseOffset,
    logAppendTime,
    logStartOffset: 0,
    recordErrors: [],
    violation: false,
  }
}

/** Errors that show before the records are read. */
function misfit(bytes: Uint8Array, facts: Facts, bytesMax: number): AppendResult | null {
  const several = misfitOf(bytes)
  if (several) return { ...refusal(several.error, several.why), message: several.message ?? null }
  const { version } = facts
  const header = readHeader(bytes)
  const { attributes, baseOffset, byteLength } = header
  const outside = isTransactional(header) ? outsideOfTransaction(header, facts) : null
  if (outside) return outside
  const codec = codecById(attributes & codecMask)
  if (codec && version < codec.produceVersionMin) {
    const message = `${codec.name} needs Produce v${codec.produceVersionMin}, this is v${version}`
    return refusal('UNSUPPORTED_COMPRESSION_TYPE', message)
  }
  if (baseOffset !== 0) {
    return refusedByLog('INVALID_RECORD', `the batch has the base offset ${baseOffset}, not 0`)
  }
  if (byteLength > bytesMax) {
    const message = `the batch has ${byteLength} bytes, ${bytesMax} are allowed`
    return refusal('MESSAGE_TOO_LARGE', message, false)
  }
  const trailing = bytes.byteLength - byteLength
  return (
    damaged(bytes.subarray(0, byteLength)) ??
    (trailing > 0 ? refusal('INVALID_RECORD', `${trailing} bytes follow the batch`) : null)
  )
}

function isTransactional({ attributes }: BatchHeader): boolean {
  return (attributes & transactionalFlag) !== 0
}

/** What is wrong with the transaction that a batch claims to be in. */
function outsideOfTransaction(header: BatchHeader, facts: Facts): AppendResult | null {
  if (facts.transactionalId === null) {
    const why = 'a transactional batch, without a transactional id'
    return refusal('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', why)
  }
  if (header.producerId === -1n) return null
  const { error, message } = facts.check(header)
  return error && { ...refusal(error, message ?? 'it is not in the transaction', false), message }
}

function damaged(bytes: Uint8Array): AppendResult | null {
  try {
    checkFrame(bytes)
    return null
  } catch (cause) {
    return refusal('CORRUPT_MESSAGE', sentenceOf(cause))
  }
}

/** What a header must not contain in a batch of a producer without transactions. */
function forbidden({ attributes, producerId, ...header }: BatchHeader): AppendResult | null {
  const codec = codecById(attributes & codecMask)
  if (!codec) return refusedByLog('UNKNOWN_SERVER_ERROR', `codec ${attributes & codecMask} is none`)
  const needs = codec.decompressNeeds()
  if (needs !== null) {
    const message = `to look into ${codec.name} the mock broker needs ${needs}`
    return { ...refusedByLog('UNSUPPORTED_COMPRESSION_TYPE', message, false), message }
  }
  if (attributes & controlFlag) {
    return refusedByLog('INVALID_RECORD', 'clients may not write control batches')
  }
  if (attributes & logAppendTimeFlag) {
    return refusedByLog('INVALID_TIMESTAMP', 'a producer may not set the timestamp type')
  }
  if (producerId === -1n) return null
  if (producerId >= 0n && header.producerEpoch >= 0 && header.baseSequence >= 0) return null
  const { producerEpoch: epoch, baseSequence: sequence } = header
  const why = `producer ${producerId} with epoch ${epoch} and sequence ${sequence}`
  return refusedByLog('INVALID_RECORD', why)
}

/** The batch, parsed; if its codec cannot read it, Kafka has no code for the error. */
function recordsOf(bytes: Uint8Array): Batch | AppendResult {
  const { decompress, name } = codecById(readHeader(bytes).attributes & codecMask)!
  let isReadable = true
  const watched: Decompress = (stream, limitBytes) => {
    isReadable = false
    const content = decompress(stream, limitBytes)
    isReadable = true
    return content
  }
  try {
    return checkBatch(bytes, { [name]: watched })
  } catch (cause) {
    const isKnown = isReadable && (name === 'none' || !isMisnumbered(bytes))
    return refusedByLog(isKnown ? 'INVALID_RECORD' : 'UNKNOWN_SERVER_ERROR', sentenceOf(cause))
  }
}

/** Whether the offset deltas differ from 0, 1, 2, …; in a compressed batch, Kafka then fails. */
function isMisnumbered(bytes: Uint8Array): boolean {
  let next = 0
  try {
    for (const { offset } of openBatch(bytes, {}, foreignItemsMax).walk()) {
      if (offset !== next) return true
      next += 1
    }
  } catch (cause) {
    sentenceOf(cause)
  }
  return false
}

function sentenceOf(cause: unknown): string {
  if (cause instanceof ProtocolError) return cause.message
  throw cause
}
