// Fetch: record batches of partitions. The producer never sends it; the mock broker answers it, so that any
// consumer can read what was written. KIP-896 removed versions before v4. Versions that only allow another
// error code or content: v6, v8, v10 (zstd, KIP-110), v14 (KIP-405).

import { api } from '../message.ts'
import {
  arrayOf,
  int8,
  int16,
  int32,
  int64,
  nullable,
  records,
  string,
  struct,
  uuid,
} from '../types.ts'

export const Fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  request: {
    clusterId: nullable(string).tagged(0, 12, null).ignorable(),
    replicaId: int32.until(14).default(-1),
    // KIP-903: replaces replicaId
    replicaState: struct({
      replicaId: int32.default(-1),
      replicaEpoch: int64.default(-1n),
    }).tagged(1, 15),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32.default(0x7fffffff).ignorable(),
    isolationLevel: int8.default(0).ignorable(),
    sessionId: int32.since(7, 0).ignorable(), // KIP-227
    sessionEpoch: int32.since(7, -1).ignorable(),
    topics: arrayOf(
      struct({
        topic: string.until(12).ignorable(),
        topicId: uuid.since(13).ignorable(), // KIP-516
        partitions: arrayOf(
          struct({
            partition: int32,
            currentLeaderEpoch: int32.since(9, -1).ignorable(), // KIP-320
            fetchOffset: int64,
            lastFetchedEpoch: int32.since(12, -1), // KIP-595
            logStartOffset: int64.since(5, -1n).ignorable(),
            partitionMaxBytes: int32,
            replicaDirectoryId: uuid.tagged(0, 17).ignorable(), // KIP-853
            highWatermark: int64.tagged(1, 18, 0x7fff_ffff_ffff_ffffn).ignorable(), // KIP-1166
          }),
        ),
      }),
    ),
    forgottenTopicsData: arrayOf(
      struct({
        topic: string.until(12).ignorable(),
        topicId: uuid.since(13).ignorable(),
        partitions: arrayOf(int32),
      }),
    ).since(7),
    rackId: string.since(11, '').ignorable(), // KIP-392
  },
  response: {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16.since(7).ignorable(),
    sessionId: int32.since(7, 0),
    responses: arrayOf(
      struct({
        topic: string.until(12).ignorable(),
        topicId: uuid.since(13).ignorable(),
        partitions: arrayOf(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: int64,
            lastStableOffset: int64.default(-1n).ignorable(),
            logStartOffset: int64.since(5, -1n).ignorable(),
            // KIP-595: where the follower's log diverges from the leader's
            divergingEpoch: struct({
              epoch: int32.default(-1),
              endOffset: int64.default(-1n),
            }).tagged(0, 12),
            currentLeader: struct({
              leaderId: int32.default(-1),
              leaderEpoch: int32.default(-1),
            }).tagged(1, 12),
            snapshotId: struct({
              endOffset: int64.default(-1n),
              epoch: int32.default(-1),
            }).tagged(2, 12),
            abortedTransactions: nullable(
              arrayOf(struct({ producerId: int64, firstOffset: int64 })),
            ).ignorable(),
            preferredReadReplica: int32.since(11, -1), // KIP-392
            records: nullable(records),
          }),
        ),
      }),
    ),
    // KIP-951: the addresses of the leaders in currentLeader
    nodeEndpoints: arrayOf(
      struct({ nodeId: int32, host: string, port: int32, rack: nullable(string).default(null) }),
    ).tagged(0, 16),
  },
})
