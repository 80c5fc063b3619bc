import { errorCodes } from '../errors/error-codes.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Metadata } from '../protocol/messages/metadata.ts'
import type { Refresh } from './metadata.ts'
import type { Description, Partition, Topic } from './told.ts'
import { toldBrokers } from './told-brokers.ts'

// Metadata on the wire: the request of a refresh, and what its answer says, independent of the version.
// Pure. Called by Cluster.

/** Before it, brokers sent leader epochs that could be older than the leader (KAFKA-9212). */
const firstTrustedEpochs = 9

export function metadataRequest({ topics }: Refresh): RequestInput<typeof Metadata> {
  return { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: true }
}

/** What an answer says about the brokers and the requested topics. */
export function describe(
  answer: ResponseOf<typeof Metadata>,
  version: number,
  asked: readonly string[],
): Description {
  const brokers = toldBrokers(answer.brokers)
  const topics = new Map<string, Topic>()
  for (const topic of answer.topics) {
    if (topic.name !== null) topics.set(topic.name, topicOf(topic, topic.name, version))
  }
  // A broker answers for every requested topic. If one is missing, its records do not wait forever.
  for (const name of asked) if (!topics.has(name)) topics.set(name, unknownTopic(name))
  return { brokers, clusterId: answer.clusterId, topics: asked.map((name) => topics.get(name)!) }
}

type WireTopic = ResponseOf<typeof Metadata>['topics'][number]

function topicOf(topic: WireTopic, name: string, version: number): Topic {
  const error = errorOf(topic)
  const partitions = error === errorCodes.NONE.code ? partitionsOf(topic, version) : []
  return { name, id: topic.topicId, error, partitions }
}

/** By index. Brokers send them like that, and then the list of the answer is the list. */
function partitionsOf({ partitions }: WireTopic, version: number): readonly Partition[] {
  const areTrusted = version >= firstTrustedEpochs
  if (areTrusted && partitions.every(isInPlace)) return partitions
  const ordered: Partition[] = partitions.map(() => ({ leaderId: -1, leaderEpoch: -1 }))
  for (const { partitionIndex, leaderId, leaderEpoch } of partitions) {
    if (partitionIndex < 0 || partitionIndex >= ordered.length) continue
    ordered[partitionIndex] = { leaderId, leaderEpoch: areTrusted ? leaderEpoch : -1 }
  }
  return ordered
}

function isInPlace({ partitionIndex }: { readonly partitionIndex: number }, at: number): boolean {
  return partitionIndex === at
}

/** A topic without partitions is still being created. */
function errorOf({ errorCode, partitions }: WireTopic): number {
  const empty = errorCode === errorCodes.NONE.code && partitions.length === 0
  return empty ? errorCodes.LEADER_NOT_AVAILABLE.code : errorCode
}

function unknownTopic(name: string): Topic {
  const error = errorCodes.UNKNOWN_TOPIC_OR_PARTITION.code
  return { name, id: zeroUuid, error, partitions: [] }
}
