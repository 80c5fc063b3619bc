// ListOffsets: a partition's first or last offset, or the first at or after a timestamp.
// What timestamps below zero mean grew: v7 -3 the largest timestamp (KIP-734), v8 -4 the earliest
// local (KIP-405), v9 -5 the last tiered (KIP-1005), v11 -6 the first to be uploaded (KIP-1023).

import { api } from '../message.ts'
import { arrayOf, int8, int16, int32, int64, string, struct } from '../types.ts'

export const ListOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 11],
  flexible: 6,
  request: {
    replicaId: int32,
    isolationLevel: int8.since(2), // KIP-98
    topics: arrayOf(
      struct({
        name: string,
        partitions: arrayOf(
          struct({
            partitionIndex: int32,
            currentLeaderEpoch: int32.since(4, -1).ignorable(), // KIP-320
            timestamp: int64,
          }),
        ),
      }),
    ),
    timeoutMs: int32.since(10).ignorable(), // KIP-1075: for reads from remote storage
  },
  response: {
    throttleTimeMs: int32.since(2).ignorable(),
    topics: arrayOf(
      struct({
        name: string,
        partitions: arrayOf(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            timestamp: int64.default(-1n),
            offset: int64.default(-1n),
            leaderEpoch: int32.since(4, -1),
          }),
        ),
      }),
    ),
  },
})
