// Answers Fetch: whole batches from the requested offset on, without fetch sessions (a session id of 0
// makes a consumer name all its partitions each time).

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import type { PartitionState, TopicState } from './cluster-state.ts'
import { leaderEndpoints, leaderOf } from './leader-hint.ts'
import type { AnswerBody } from './served-apis.ts'
import { epochMismatch } from './stale-epoch.ts'

type FetchQuestion = Question<'Fetch'>
type AskedPartition = FetchQuestion['request']['body']['topics'][number]['partitions'][number]
type PartitionAnswer = AnswerBody<'Fetch'>['responses'][number]['partitions'][number]

export function answerFetch(question: FetchQuestion): Answer<'Fetch'> {
  const { version, body } = question.request
  if (body.sessionId !== 0) {
    const { code } = errorCodes.FETCH_SESSION_ID_NOT_FOUND
    return { body: { throttleTimeMs: 0, errorCode: code, responses: [] } }
  }

  const tally = { bytes: 0, failed: false, strangers: [] as PartitionState[] }
  const responses = body.topics.map((asked) => {
    const { state } = question
    const topic = version >= 13 ? state.topicById(asked.topicId) : state.topic(asked.topic)
    const partitions = asked.partitions.map((partition) => {
      const error = refuse(question, topic, partition)
      if (!error) return read(topic!.partitions[partition.partition]!, partition, body, tally)
      tally.failed = true
      const stranger = topic?.partitions[partition.partition]
      if (error !== 'NOT_LEADER_OR_FOLLOWER' || !stranger || version < 12)
        return failure(partition, error)
      tally.strangers.push(stranger)
      return { ...failure(partition, error), currentLeader: leaderOf(stranger) }
    })
    return { topic: asked.topic, topicId: asked.topicId, partitions }
  })
  const satisfied = tally.failed || tally.bytes >= body.minBytes
  return {
    body: {
      throttleTimeMs: 0,
      responses,
      nodeEndpoints: version >= 16 ? leaderEndpoints(question, tally.strangers) : [],
    },
    waitMs: satisfied ? 0 : body.maxWaitMs,
  }
}

function refuse(
  { broker, request, forced }: FetchQuestion,
  topic: TopicState | undefined,
  asked: AskedPartition,
): KafkaErrorName | null {
  const wanted = forced(topic?.name, asked.partition)
  if (wanted) return wanted.error
  if (!topic && request.version >= 13) return 'UNKNOWN_TOPIC_ID'
  const partition = topic?.partitions[asked.partition]
  if (!partition) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const stale = epochMismatch(partition, broker, asked.currentLeaderEpoch)
  if (stale) return stale
  const { startOffset, nextOffset } = partition.log
  const offset = Number(asked.fetchOffset)
  return offset < startOffset || offset > nextOffset ? 'OFFSET_OUT_OF_RANGE' : null
}

// As in KIP-74: the first batch of the response is complete whatever its size, the rest within limits.
function read(
  { log, index }: PartitionState,
  { fetchOffset, partitionMaxBytes }: AskedPartition,
  { maxBytes, isolationLevel }: Pick<FetchQuestion['request']['body'], IsolatedField>,
  tally: { bytes: number },
): PartitionAnswer {
  const room = Math.min(partitionMaxBytes, maxBytes - tally.bytes)
  const isCommitted = isolationLevel === readCommitted
  const from = Number(fetchOffset)
  const found = log.read(from, room, isCommitted ? log.lastStableOffset : log.nextOffset)
  const first = found[0]?.bytes.byteLength ?? 0
  const batches = first > room && tally.bytes > 0 ? [] : found
  tally.bytes += batches.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  // Kafka's index is coarse: it may list some that begin after the returned batches.
  const aborted = isCommitted ? log.transactions.abortedWithin(from, log.lastStableOffset) : null
  return {
    partitionIndex: index,
    errorCode: 0,
    highWatermark: BigInt(log.nextOffset),
    lastStableOffset: BigInt(log.lastStableOffset),
    logStartOffset: BigInt(log.startOffset),
    abortedTransactions:
      aborted?.map(({ producerId, firstOffset }) => {
        return { producerId, firstOffset: BigInt(firstOffset) }
      }) ?? null,
    records: batches.map(({ bytes }) => bytes),
  }
}

type IsolatedField = 'maxBytes' | 'isolationLevel'
/** `isolation.level=read_committed`. */
const readCommitted = 1
const unlisted: readonly KafkaErrorName[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']

function failure({ partition }: AskedPartition, error: KafkaErrorName): PartitionAnswer {
  return {
    partitionIndex: partition,
    errorCode: errorCodes[error].code,
    highWatermark: -1n,
    // A broker that stops at the name has an empty list.
    abortedTransactions: unlisted.includes(error) ? [] : null,
    records: [],
  }
}
