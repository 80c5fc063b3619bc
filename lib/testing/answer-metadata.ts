// Answers Metadata: the live brokers, and topics with their leaders. A missing topic may be created by the
// request (`autoCreateTopics`); as with a real broker, this answer still says that it is unknown, and the
// next one has it.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Answer, Question } from './answer.ts'
import type { BrokerState } from './broker-state.ts'
import type { ClusterState, Leadership, TopicState } from './cluster-state.ts'
import { lacksImage } from './just-started.ts'
import type { AnswerBody } from './served-apis.ts'
import { isTopicName } from './topic-names.ts'

/** Kafka's internal topics. */
const internalTopics = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])

type MetadataQuestion = Question<'Metadata'>
type AskedTopic = NonNullable<MetadataQuestion['request']['body']['topics']>[number]
type TopicAnswer = AnswerBody<'Metadata'>['topics'][number]

export function answerMetadata(question: MetadataQuestion): Answer<'Metadata'> {
  const { request, state } = question
  const { topics } = request.body
  const all = topics === null || (request.version === 0 && topics.length === 0)
  const wrong = all ? null : misnamed(topics, request.version)
  if (wrong) {
    question.violation(`Metadata: ${wrong}`)
    const refused = topics!.map(({ name, topicId }) => {
      return unknown(name ?? '', topicId, 'INVALID_REQUEST')
    })
    return { body: { brokers: [], topics: refused } }
  }
  const lacking = lacksImage(question)
  const visible = lacking === 'brokers' ? [] : state.brokers.filter(isVisible)
  return {
    body: {
      brokers: visible.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
      clusterId: state.clusterId,
      controllerId: visible[0]?.id ?? -1,
      topics: lacking === null ? answered(question, all) : distinct(topics ?? []).map(notHeardOf),
    },
  }
}

function isVisible({ state, hidden }: BrokerState): boolean {
  return state !== 'down' && !hidden
}

function answered(question: MetadataQuestion, all: boolean): TopicAnswer[] {
  if (all) return question.state.topics.map((topic) => known(question, topic))
  return distinct(question.request.body.topics!).map((asked) => answerTopic(question, asked))
}

/** The answer of a broker that has just started. */
function notHeardOf({ name, topicId }: AskedTopic): TopicAnswer {
  return unknown(name, topicId, name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
}

/** Invalid requests for topics: by id before v12, and without a name. */
function misnamed(topics: readonly AskedTopic[], version: number): string | null {
  if (version >= 12) return null
  if (topics.some(({ name }) => name === null)) return 'a topic without a name'
  const isById = version >= 10 && topics.some(({ topicId }) => topicId !== zeroUuid)
  return isById ? `v${version} asks for a topic by its id` : null
}

/** Each topic once. As soon as one topic is requested by id, names are ignored. */
function distinct(topics: readonly AskedTopic[]): AskedTopic[] {
  const byId = topics.filter(({ topicId }) => topicId !== zeroUuid)
  const asked = byId.length > 0 ? byId : topics
  const seen = new Map(asked.map((one) => [byId.length > 0 ? one.topicId : one.name, one]))
  return [...seen.values()]
}

function answerTopic(question: MetadataQuestion, { name, topicId }: AskedTopic): TopicAnswer {
  const { state, request, settings } = question
  if (topicId !== zeroUuid && request.version >= 12) {
    const topic = state.topicById(topicId)
    return topic ? known(question, topic) : unknown(null, topicId, 'UNKNOWN_TOPIC_ID')
  }
  if (name === null) {
    question.violation('Metadata: a topic without a name and without an id')
    return unknown('', topicId, 'INVALID_REQUEST')
  }
  if (!isTopicName(name)) return unknown(name, zeroUuid, 'INVALID_TOPIC_EXCEPTION')
  const topic = state.topic(name)
  if (topic) return known(question, topic)
  const forced = question.forced(name)
  if (settings.autoCreateTopics && request.body.allowAutoTopicCreation && !forced) {
    state.createTopic(name, { partitions: settings.defaultPartitions })
    return unknown(name, zeroUuid, settings.release.beingCreated)
  }
  return unknown(name, zeroUuid, forced?.error ?? 'UNKNOWN_TOPIC_OR_PARTITION')
}

function known(
  { broker, state, forced }: MetadataQuestion,
  { name, id, partitions }: TopicState,
): TopicAnswer {
  const wanted = forced(name)
  if (wanted) return unknown(name, id, wanted.error)
  return {
    errorCode: 0,
    name,
    topicId: id,
    isInternal: internalTopics.has(name),
    partitions: partitions.map((partition) =>
      describe(state, partition.index, state.seenBy(broker, partition)),
    ),
  }
}

function unknown(name: string | null, topicId: string, error: KafkaErrorName): TopicAnswer {
  return { errorCode: errorCodes[error].code, name, topicId, partitions: [] }
}

/** The usual setting in clusters of any size. */
const replicasMax = 3

/** The brokers listed as replicas: three, including the leader, or all if there are fewer. */
function replicasOf({ brokers }: ClusterState, index: number, leader: number): number[] {
  const chosen = new Set(leader === -1 ? [] : [leader])
  for (let next = index; chosen.size < Math.min(replicasMax, brokers.length); next += 1) {
    chosen.add((next % brokers.length) + 1)
  }
  return [...chosen].sort((one, other) => one - other)
}

function describe(state: ClusterState, index: number, { leader, leaderEpoch }: Leadership) {
  const ids = replicasOf(state, index, leader)
  const dead = ids.filter((id) => state.broker(id).state === 'down')
  return {
    errorCode: leader === -1 ? errorCodes.LEADER_NOT_AVAILABLE.code : 0,
    partitionIndex: index,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: ids,
    isrNodes: ids.filter((id) => !dead.includes(id)),
    offlineReplicas: dead,
  }
}
