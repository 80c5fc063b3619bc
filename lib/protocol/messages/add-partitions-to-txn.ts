// AddPartitionsToTxn: tells the coordinator which partitions a transaction writes to (TV1; since
// KIP-890 Produce does so itself). Clients use v0 to v3 alone: v4 and later are spoken between
// brokers, for several transactions at once (v4) and with TRANSACTION_ABORTABLE (v5).
// v1 brokers answer before they throttle; v2 may answer PRODUCER_FENCED; v3 is flexible.

import { api } from '../message.ts'
import { arrayOf, boolean, int16, int32, int64, string, struct } from '../types.ts'

/** The newest version for clients. */
export const newestAddPartitionsOfClients = 3

const topics = arrayOf(struct({ name: string, partitions: arrayOf(int32) }))

const topicResults = arrayOf(
  struct({
    name: string,
    resultsByPartition: arrayOf(struct({ partitionIndex: int32, partitionErrorCode: int16 })),
  }),
)

export const AddPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexible: 3,
  request: {
    transactions: arrayOf(
      struct({
        transactionalId: string,
        producerId: int64,
        producerEpoch: int16,
        verifyOnly: boolean.default(false),
        topics,
      }),
    ).since(4),
    v3AndBelowTransactionalId: string.until(3),
    v3AndBelowProducerId: int64.until(3),
    v3AndBelowProducerEpoch: int16.until(3),
    v3AndBelowTopics: topics.until(3),
  },
  response: {
    throttleTimeMs: int32.default(0),
    errorCode: int16.since(4).ignorable(),
    resultsByTransaction: arrayOf(struct({ transactionalId: string, topicResults })).since(4),
    resultsByTopicV3AndBelow: topicResults.until(3),
  },
})
