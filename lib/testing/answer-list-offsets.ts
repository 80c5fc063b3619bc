// Answers ListOffsets: a partition's first or last offset, or its first record at or after some time.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import type { PartitionState } from './cluster-state.ts'
import type { FoundOffset } from './partition-log.ts'
import type { AnswerBody } from './served-apis.ts'
import { epochMismatch } from './stale-epoch.ts'

type ListQuestion = Question<'ListOffsets'>
type PartitionAnswer = AnswerBody<'ListOffsets'>['topics'][number]['partitions'][number]

/** `isolation.level=read_committed`: nothing at or above the last stable offset is visible. */
const readCommitted = 1
/** Timestamps below zero ask for a position, not a time. */
const latest = -1n
const earliest = -2n
const newest = -3n
const earliestLocal = -4n
/** Positions in tiered storage: there is none. */
const latestTiered = -5n
const earliestPending = -6n
const placesSince = new Map([
  [latest, 0],
  [earliest, 0],
  [newest, 7],
  [earliestLocal, 8],
  [latestTiered, 9],
  [earliestPending, 11],
])

export function answerListOffsets(question: ListQuestion): Answer<'ListOffsets'> {
  const { request, state, broker, forced } = question
  const { isolationLevel } = request.body
  const topics = request.body.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
      const partition = state.topic(name)?.partitions[partitionIndex]
      const error =
        forced(name, partitionIndex)?.error ??
        (partition
          ? epochMismatch(partition, broker, currentLeaderEpoch)
          : 'UNKNOWN_TOPIC_OR_PARTITION') ??
        unsupported(timestamp, request.version)
      if (error) return { partitionIndex, errorCode: errorCodes[error].code }
      return {
        partitionIndex,
        errorCode: 0,
        ...answerOf(find(partition!, timestamp, isolationLevel), request.version),
      }
    }),
  }))
  return { body: { topics } }
}

/** A position that this version does not know. */
function unsupported(timestamp: bigint, version: number): KafkaErrorName | null {
  const since = placesSince.get(timestamp) ?? (timestamp < 0n ? Number.POSITIVE_INFINITY : 0)
  return version < since ? 'UNSUPPORTED_VERSION' : null
}

function find(
  { log, leaderEpoch }: PartitionState,
  timestamp: bigint,
  isolationLevel: number,
): FoundOffset | null {
  const end = isolationLevel === readCommitted ? log.lastStableOffset : log.nextOffset
  switch (timestamp) {
    case latest:
      return { offset: end, timestamp: -1, leaderEpoch }
    case earliest:
    case earliestLocal:
      return { offset: log.startOffset, timestamp: -1, leaderEpoch }
    case newest:
      return log.newest()
    default:
      return timestamp < 0n ? null : log.atTimestamp(Number(timestamp))
  }
}

function answerOf(found: FoundOffset | null, version: number): Partial<PartitionAnswer> {
  if (!found) return {}
  const { offset, timestamp, leaderEpoch } = found
  const place = { offset: BigInt(offset), timestamp: BigInt(timestamp) }
  return version >= 4 ? { ...place, leaderEpoch } : place
}
