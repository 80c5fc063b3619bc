// TxnOffsetCommit: offsets of a group that count once the transaction is committed.
// v1 brokers answer before they throttle; v3 is flexible and brings the consumer's membership, so that
// one that has left its group is fenced (KIP-447); v4 may answer TRANSACTION_ABORTABLE; v5 adds the
// group to the transaction itself (both KIP-890), so without TV2 v4 is the newest; v6 names topics by
// their ids (KIP-1319, Kafka 4.4).

import { api } from '../message.ts'
import { arrayOf, int16, int32, int64, nullable, string, struct, uuid } from '../types.ts'

export const TxnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 6],
  flexible: 3,
  request: {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationIdOrMemberEpoch: int32.since(3, -1),
    memberId: string.since(3, ''),
    groupInstanceId: nullable(string).since(3, null),
    topics: arrayOf(
      struct({
        name: string.until(5).ignorable(),
        topicId: uuid.since(6).ignorable(),
        partitions: arrayOf(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: int32.since(2, -1).ignorable(), // KIP-320
            committedMetadata: nullable(string),
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32.default(0),
    topics: arrayOf(
      struct({
        name: string.until(5).ignorable(),
        topicId: uuid.since(6).ignorable(),
        partitions: arrayOf(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  },
})
