// Answers Produce: each partition's batch is appended or refused separately, then all results are sent in
// one response. With acks=0 there is no response: success is silence, and an error closes the connection,
// as with a real broker.

import { errorCodes } from '../errors/error-codes.ts'
import type { BatchHeader } from '../records/batch-header.ts'
import type { Outcome, Question } from './answer.ts'
import { type AppendResult, append, refusal } from './append.ts'
import type { PartitionState, TopicState } from './cluster-state.ts'
import { lacksImage } from './just-started.ts'
import { leaderEndpoints, leaderOf } from './leader-hint.ts'
import type { AnswerBody } from './served-apis.ts'
import { checkTransaction } from './transaction-check.ts'

type ProduceQuestion = Question<'Produce'>
type TopicData = ProduceQuestion['request']['body']['topicData'][number]
type PartitionData = TopicData['partitionData'][number]
/** How long the broker delays the answer. */
interface Held {
  ms: number
}
type PartitionResponse = AnswerBody<'Produce'>['responses'][number]['partitionResponses'][number]

export function answerProduce(question: ProduceQuestion): Outcome<'Produce'> {
  const { version } = question.request
  const { acks, topicData } = question.request.body
  const strangers: PartitionState[] = []
  const held: Held = { ms: 0 }
  const isNew = lacksImage(question) !== null
  const responses = topicData.map((asked) => {
    const topic = isNew ? undefined : topicOf(question, asked)
    const partitionResponses = asked.partitionData.map((data) => {
      const partition = topic?.partitions[data.index]
      const result = settle(question, asked, data, topic, held)
      if (result.error !== 'NOT_LEADER_OR_FOLLOWER' || !partition || version < 10) {
        return response(data.index, result)
      }
      strangers.push(partition)
      return { ...response(data.index, result), currentLeader: leaderOf(partition) }
    })
    return { name: asked.name, topicId: asked.topicId, partitionResponses }
  })
  if (acks !== 0) {
    const body = { responses, nodeEndpoints: leaderEndpoints(question, strangers) }
    return { body, delayMs: held.ms }
  }
  const failed = responses.some((topic) =>
    topic.partitionResponses.some(({ errorCode }) => errorCode !== 0),
  )
  return failed ? 'close' : 'none'
}

/** From v13 on a topic is identified only by its id. */
function topicOf({ request, state }: ProduceQuestion, asked: TopicData): TopicState | undefined {
  return request.version >= 13 ? state.topicById(asked.topicId) : state.topic(asked.name)
}

/** One partition's result; a script may replace it. */
function settle(
  question: ProduceQuestion,
  asked: TopicData,
  data: PartitionData,
  topic: TopicState | undefined,
  held: Held,
): AppendResult {
  const place = `${topic?.name ?? (asked.name || asked.topicId)}-${data.index}`
  const forced = question.forced(topic?.name ?? asked.name, data.index)
  if (forced && !forced.appended) return refusal(forced.error, 'as the script wants', false)

  const result = judge(question, asked, data, topic, held)
  if (result.violation) question.violation(`${place}: ${result.error}, ${result.why}`)
  if (forced && result.error === 'NONE') return refusal(forced.error, 'as the script wants', false)
  return result
}

function judge(
  question: ProduceQuestion,
  asked: TopicData,
  { index, records }: PartitionData,
  topic: TopicState | undefined,
  held: Held,
): AppendResult {
  const { request, broker, settings, now } = question
  const { acks, transactionalId } = request.body
  if (acks < -1 || acks > 1) return refusal('INVALID_REQUIRED_ACKS', `acks is ${acks}`)
  if (!topic && request.version >= 13) {
    return refusal('UNKNOWN_TOPIC_ID', 'no topic has this id', false)
  }
  const partition = topic?.partitions[index]
  if (!partition) return refusal('UNKNOWN_TOPIC_OR_PARTITION', 'it does not exist', false)
  if (asked.partitionData.filter((data) => data.index === index).length > 1) {
    return refusal('INVALID_REQUEST', 'the partition is in the request twice')
  }
  if (records === null) return refusal('INVALID_RECORD', 'no record batch')
  if (partition.leader !== broker) {
    const leader = partition.leader === -1 ? 'nobody' : `broker ${partition.leader}`
    return refusal('NOT_LEADER_OR_FOLLOWER', `broker ${broker} was asked, ${leader} leads`, false)
  }
  const check = (header: BatchHeader) => {
    const checked = checkTransaction(question, partition, header)
    held.ms = Math.max(held.ms, checked.heldMs)
    return checked
  }
  const { version } = request
  return append(partition, records, { version, now: now(), settings, transactionalId, check })
}

function response(index: number, result: AppendResult): PartitionResponse {
  return {
    index,
    errorCode: errorCodes[result.error].code,
    baseOffset: BigInt(result.baseOffset),
    logAppendTimeMs: BigInt(result.logAppendTime),
    logStartOffset: BigInt(result.logStartOffset),
    recordErrors: result.recordErrors,
    errorMessage: result.message,
  }
}
