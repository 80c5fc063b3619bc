// What a case of the comparison consists of: requests, byte for byte the same for both sides, and
// of each answer what does not depend on the time or on other clients.

import { errorCode } from '../../../lib/errors/error-codes.ts'
import { Fetch } from '../../../lib/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../lib/protocol/messages/list-offsets.ts'
import { Produce } from '../../../lib/protocol/messages/produce.ts'
import { type BatchSpec, batch, int } from '../../support/batches.ts'
import type { RawClient } from '../../support/raw-client.ts'

/** Where a case sends its requests: its own partition. */
export interface Place {
  readonly topic: string
  readonly partition: number
  /** The name of another topic on this side. */
  named(name: string): string
  /** Moves the beginning of the partition's log, as DeleteRecords does. */
  deleteBefore(offset: number): Promise<void>
}

/** Sends one or more requests, and returns the answers. */
export type Case = (raw: RawClient, place: Place) => Promise<unknown>

export type Bytes = BatchSpec | Uint8Array | null
export const ab: BatchSpec = { records: [{ key: 'k', value: 'a' }, { value: 'b' }] }
export const one: BatchSpec = { records: [{ value: 'x' }] }

export const nameOf = (code: number) => errorCode(code).name

export interface Sending {
  readonly acks?: number
  readonly version?: number
  readonly transactionalId?: string | null
  readonly partition?: number
  readonly topic?: string
}

/** One batch, and the broker's answer to it. */
export async function send(raw: RawClient, place: Place, spec: Bytes, how: Sending = {}) {
  const { acks = -1, version = 9, transactionalId = null } = how
  const bytes = spec instanceof Uint8Array || spec === null ? spec : batch(spec)
  const partitionData = [{ index: how.partition ?? place.partition, records: bytes && [bytes] }]
  const topicData = [{ name: how.topic ?? place.topic, partitionData }]
  const body = { transactionalId, acks, timeoutMs: 5000, topicData }
  const { responses } = await raw.ask(Produce, version, body)
  const answer = responses[0]!.partitionResponses[0]!
  return {
    error: nameOf(answer.errorCode),
    base: answer.baseOffset,
    at: answer.logAppendTimeMs > 1e12 ? 'now' : answer.logAppendTimeMs,
    start: answer.logStartOffset,
    message: timeless(answer.errorMessage),
    records: answer.recordErrors.map(({ batchIndex, batchIndexErrorMessage: why }) => [
      batchIndex,
      timeless(why),
    ]),
  }
}

/** The answer to each of these batches and, after them all, to a good one. */
export function sending(specs: readonly Bytes[], how: Sending = {}): Case {
  return async (raw, place) => {
    const answers: unknown[] = []
    for (const spec of [...specs, ab]) answers.push(await send(raw, place, spec, how))
    return answers
  }
}

/** Batches of one producer: `[baseSequence, count, epoch]`. */
export function sequences(...steps: readonly (readonly [number, number, number])[]): Case {
  return sending(
    steps.map(([baseSequence, count, producerEpoch]) => {
      const records = Array.from({ length: count }, () => ({ value: 'x' }))
      return { records, producerId: 4711, producerEpoch, baseSequence }
    }),
  )
}

/** Bytes that end the connection. */
export function ending(...frame: Uint8Array[]): Case {
  return async (raw) => {
    raw.write(...frame)
    await raw.closed
    return raw.unread
  }
}

export function header(key: number, version: number): Buffer {
  return Buffer.concat([int(2, key), int(2, version), int(4, 7), int(2, -1)])
}

export async function offsetOf(raw: RawClient, place: Place, timestamp: bigint, version = 7) {
  const partitions = [{ partitionIndex: place.partition, timestamp }]
  const topics = [{ name: place.topic, partitions }]
  const body = { replicaId: -1, isolationLevel: 0, timeoutMs: 1000, topics }
  const answer = await raw.ask(ListOffsets, version, body)
  const { errorCode: code, offset, timestamp: at, leaderEpoch } = answer.topics[0]!.partitions[0]!
  return [nameOf(code), offset, at, leaderEpoch]
}

export interface Fetching {
  readonly offset: number
  readonly bytes?: number
  readonly epoch?: number
  readonly partition?: number
  readonly version?: number
}

export async function fetched(raw: RawClient, place: Place, how: Fetching) {
  const { offset, bytes = 1e6, epoch = -1, partition = place.partition, version = 12 } = how
  const asked = {
    partition,
    fetchOffset: BigInt(offset),
    currentLeaderEpoch: epoch,
    partitionMaxBytes: bytes,
  }
  const topics = [{ topic: place.topic, partitions: [asked] }]
  const limits = { maxWaitMs: 1, minBytes: 1, maxBytes: bytes }
  const answer = await raw.ask(Fetch, version, { ...limits, topics, forgottenTopicsData: [] })
  const found = answer.responses[0]!.partitions[0]!
  return {
    error: nameOf(found.errorCode),
    end: found.highWatermark,
    stable: found.lastStableOffset,
    start: found.logStartOffset,
    aborted: found.abortedTransactions,
    bytes: found.records?.byteLength ?? null,
  }
}

/** A message without its times, and without the prefix of this run's topics. */
function timeless(sentence: string | null): string | null {
  return (
    sentence?.replaceAll(/\[-?\d+, \d+\]/g, '[…]').replaceAll(/to-kafka-[0-9a-f]{8}-/g, '') ?? null
  )
}
