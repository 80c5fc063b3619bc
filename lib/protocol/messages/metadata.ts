// Metadata: the brokers of the cluster, and the leaders of the partitions of topics.
// v6 brokers answer before they throttle; v9 is flexible; v12 may ask for topics by id.
// Leader epochs can be trusted from v9 on (KAFKA-9212).

import { leanPartitions } from '../lean-partitions.ts'
import { api } from '../message.ts'
import { arrayOf, boolean, int16, int32, nullable, string, struct, uuid } from '../types.ts'

/** Authorized operations that were not requested. */
const notAsked = -0x80000000

export const Metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexible: 9,
  request: {
    // [] is all topics in v0, none since; then null is all.
    topics: arrayOf(
      struct({
        topicId: uuid.since(10).ignorable(), // KIP-516; brokers look at it from v12 on
        name: string.nullableSince(10),
      }),
    ).nullableSince(1),
    allowAutoTopicCreation: boolean.since(4, true),
    includeClusterAuthorizedOperations: boolean.since(8).until(10), // KIP-430, until KIP-700
    includeTopicAuthorizedOperations: boolean.since(8),
  },
  response: {
    throttleTimeMs: int32.since(3).ignorable(),
    brokers: arrayOf(
      struct({
        nodeId: int32,
        host: string,
        port: int32,
        rack: nullable(string).since(1, null).ignorable(),
      }),
    ),
    clusterId: nullable(string).since(2, null).ignorable(),
    controllerId: int32.since(1, -1).ignorable(),
    topics: arrayOf(
      struct({
        errorCode: int16,
        name: string.nullableSince(12), // null: requested by an unknown id
        topicId: uuid.since(10).ignorable(),
        isInternal: boolean.since(1, false).ignorable(),
        partitions: arrayOf(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: int32.since(7, -1).ignorable(), // KIP-320
            replicaNodes: arrayOf(int32),
            isrNodes: arrayOf(int32),
            offlineReplicas: arrayOf(int32).since(5).ignorable(), // KIP-112
          }),
        ).leanBy(leanPartitions),
        topicAuthorizedOperations: int32.since(8, notAsked),
      }),
    ),
    clusterAuthorizedOperations: int32.since(8, notAsked).until(10),
    errorCode: int16.since(13).ignorable(), // KIP-1102: REBOOTSTRAP_REQUIRED
  },
})
