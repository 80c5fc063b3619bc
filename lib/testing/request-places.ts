// The topics and partitions that a request names, so that a fault can apply to one of them.

import type { ClusterState } from './cluster-state.ts'
import type { Place } from './fault-script.ts'
import type { MockRequest } from './served-apis.ts'

export function placesOf(request: MockRequest, state: ClusterState): Place[] {
  switch (request.api) {
    case 'Produce':
      return request.body.topicData.flatMap(({ name, topicId, partitionData }) =>
        each(name || nameOf(state, topicId), partitionData, ({ index }) => index),
      )
    case 'Fetch':
      return request.body.topics.flatMap(({ topic, topicId, partitions }) =>
        each(topic || nameOf(state, topicId), partitions, ({ partition }) => partition),
      )
    case 'ListOffsets':
      return request.body.topics.flatMap(({ name, partitions }) =>
        each(name, partitions, ({ partitionIndex }) => partitionIndex),
      )
    case 'Metadata': {
      const topics =
        request.body.topics ?? state.topics.map(({ name, id }) => ({ name, topicId: id }))
      return topics.map(({ name, topicId }) => [name ?? nameOf(state, topicId), null])
    }
    case 'AddPartitionsToTxn':
      return [
        ...request.body.v3AndBelowTopics,
        ...request.body.transactions.flatMap(({ topics }) => topics),
      ].flatMap(({ name, partitions }) => each(name, partitions, (index) => index))
    case 'TxnOffsetCommit':
      return request.body.topics.flatMap(({ name, topicId, partitions }) =>
        each(name || nameOf(state, topicId), partitions, ({ partitionIndex }) => partitionIndex),
      )
    default:
      return []
  }
}

function each<T>(
  topic: string,
  partitions: readonly T[],
  indexOf: (partition: T) => number,
): Place[] {
  return partitions.map((partition) => [topic, indexOf(partition)])
}

function nameOf(state: ClusterState, topicId: string): string {
  return state.topicById(topicId)?.name ?? topicId
}
