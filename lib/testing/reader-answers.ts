// How a reader evaluates answers: the complete batches, and the errors after which it cannot continue.
// Without these, it would ask a broken broker the same forever. Used by topic-reader.ts.

import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { headerBytes, readHeader } from '../records/batch-header.ts'
import { foreignItemsMax, readBatches } from '../records/batch-reader.ts'
import type { Address } from '../runtime.ts'
import { hostTold } from '../wire/address-text.ts'
import { MockRecord } from './mock-record.ts'

/** The maximum number of answers in a row without a batch, before the end of the log. */
export const futileMax = 20

export function leaderless(place: string): BrokerError {
  return new BrokerError(errorCodes.LEADER_NOT_AVAILABLE.code, { request: place })
}

/** The caller's mistake; but the next broker may not know an existing partition for a moment. */
export function absent(place: string, tries: number): RangeError | BrokerError {
  if (tries === 1) return new RangeError(`there is no partition ${place}`)
  return new BrokerError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION.code, { request: place })
}

export function offTopic(request: string): ProtocolError {
  return new ProtocolError('INVALID_VALUE', `${request}: the answer is not about what was asked`)
}

export function nothing(place: string, next: number, last: number): ProtocolError {
  const sentence = `Fetch ${place}: ${futileMax} answers in a row have no batch at offset ${next}`
  return new ProtocolError('INVALID_VALUE', `${sentence}, and the log ends at ${last}`)
}

export function backwards(place: string, newest: number, next: number): ProtocolError {
  const sentence = `Fetch ${place}: a batch ends at offset ${newest}, where ${next} was asked for`
  return new ProtocolError('CORRUPT_BATCH', sentence)
}

interface NamedBroker extends Address {
  readonly nodeId: number
}

/** The address of the broker with this id, from the brokers of an answer; null: not listed. */
export function addressIn(brokers: readonly NamedBroker[], id: number): Address | null {
  const found = brokers.find(({ nodeId }) => nodeId === id)
  return found === undefined ? null : { host: hostTold(found.host), port: found.port }
}

/** The last batch of an answer may be cut off: it comes again. */
export function* wholeBatches(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + headerBytes <= bytes.byteLength; ) {
    const { byteLength } = readHeader(bytes, at)
    if (at + byteLength > bytes.byteLength) return
    yield bytes.subarray(at, at + byteLength)
    at += byteLength
  }
}

/** The records of a batch between two offsets, inclusive. */
export function recordsWithin(
  batch: Uint8Array,
  partition: number,
  [first, last]: readonly [first: number, last: number],
): { readonly uncompressedBytes: number; readonly records: MockRecord[] } {
  const { uncompressedBytes, records } = readBatches(batch, {}, foreignItemsMax)[0]!
  const wanted = records.filter(({ offset }) => offset >= first && offset <= last)
  return { uncompressedBytes, records: wanted.map((record) => new MockRecord(partition, record)) }
}
