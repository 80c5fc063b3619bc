// Answers a producer's requests to the coordinator of its transactional id during a transaction:
// AddPartitionsToTxn, AddOffsetsToTxn and EndTxn.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import type { AnswerBody } from './served-apis.ts'
import type { Identity } from './transaction-states.ts'

type AddQuestion = Question<'AddPartitionsToTxn'>
type Topics = AddQuestion['request']['body']['v3AndBelowTopics']
type TopicResults = NonNullable<AnswerBody<'AddPartitionsToTxn'>['resultsByTopicV3AndBelow']>

/** Older clients do not know PRODUCER_FENCED, in any of these. */
const knowsFenced = 2
/** From this version on brokers send it to each other, for several transactions at once. */
const ofBrokers = 4
/** From this version on, an end increases the epoch. */
const bumps = 5

export function answerAddPartitions(question: AddQuestion): Answer<'AddPartitionsToTxn'> {
  const { version, body } = question.request
  if (version >= ofBrokers) {
    question.violation(`AddPartitionsToTxn v${version}: it is for brokers, clients have v3 at most`)
    const { code: errorCode } = errorCodes.CLUSTER_AUTHORIZATION_FAILED
    return { body: { errorCode, resultsByTransaction: [] } }
  }
  const { v3AndBelowTransactionalId: id, v3AndBelowTopics: topics } = body
  const who = { producerId: body.v3AndBelowProducerId, epoch: body.v3AndBelowProducerEpoch }
  const results = addTo(question, id, who, topics)
  return { body: { resultsByTopicV3AndBelow: results } }
}

/** All partitions are added, or none: if one is unknown, the others get an error, too. */
function addTo(question: AddQuestion, id: string, who: Identity, topics: Topics): TopicResults {
  const { state, forced } = question
  const errorOf = (topic: string, partition: number): KafkaErrorName | null => {
    const wanted = forced(topic, partition)
    if (wanted && !wanted.appended) return wanted.error
    return state.topic(topic)?.partitions[partition] ? null : 'UNKNOWN_TOPIC_OR_PARTITION'
  }
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  )
  const areAll = places.every(({ topic, partition }) => errorOf(topic, partition) === null)
  const all: KafkaErrorName | null = !areAll
    ? 'OPERATION_NOT_ATTEMPTED'
    : atCoordinator(question, id, () => question.transactions.add(id, who, places))
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => {
      const error = errorOf(name, partitionIndex) ?? all ?? forced(name, partitionIndex)?.error
      return { partitionIndex, partitionErrorCode: codeOf(error ?? null) }
    }),
  }))
}

export function answerAddOffsets(question: Question<'AddOffsetsToTxn'>): Answer<'AddOffsetsToTxn'> {
  const { transactionalId: id, groupId, producerId, producerEpoch: epoch } = question.request.body
  const add = () => question.transactions.add(id, { producerId, epoch }, [{ group: groupId }])
  return { body: { errorCode: codeOf(scripted(question, () => atCoordinator(question, id, add))) } }
}

export function answerEndTxn(question: Question<'EndTxn'>): Answer<'EndTxn'> {
  const { version, body } = question.request
  const { transactionalId: id, producerId, producerEpoch: epoch, committed } = body
  let identity: Identity | undefined
  const end = () => {
    const ended = question.transactions.end(id, { producerId, epoch }, committed, version >= bumps)
    if (typeof ended === 'string') return ended
    identity = ended
    return null
  }
  const error = scripted(question, () => atCoordinator(question, id, end))
  if (error !== null || identity === undefined) return { body: { errorCode: codeOf(error) } }
  return {
    body: { errorCode: 0, producerId: identity.producerId, producerEpoch: identity.epoch },
  }
}

type Asked = AddQuestion | Question<'AddOffsetsToTxn'> | Question<'EndTxn'>

/** The coordinator's answer, if this broker is the coordinator. */
function atCoordinator(
  question: Asked,
  id: string,
  ask: () => KafkaErrorName | null,
): KafkaErrorName | null {
  const { coordinators, broker, request } = question
  if (id === '') question.violation(`${request.api.name}: the transactional id is empty`)
  const elsewhere = coordinators.refusal('transaction', id, broker, question.now())
  const error = elsewhere ?? ask()
  const isFenced = error === 'PRODUCER_FENCED' && request.version < knowsFenced
  return isFenced ? 'INVALID_PRODUCER_EPOCH' : error
}

/** The scripted error, before or after the broker has processed the request. */
function scripted(question: Asked, act: () => KafkaErrorName | null): KafkaErrorName | null {
  const forced = question.forced()
  if (forced && !forced.appended) return forced.error
  const error = act()
  return forced?.error ?? error
}

function codeOf(error: KafkaErrorName | null): number {
  return errorCodes[error ?? 'NONE'].code
}
