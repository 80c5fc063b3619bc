// DescribeTransactions (KIP-664, Kafka 3.0): what the coordinator knows of transactional ids. A producer asks
// it about its own id, and reads the state only.

import { api } from '../message.ts'
import { arrayOf, int16, int32, int64, string, struct } from '../types.ts'

export const DescribeTransactions = api({
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexible: 0,
  request: { transactionalIds: arrayOf(string) },
  response: {
    throttleTimeMs: int32,
    transactionStates: arrayOf(
      struct({
        errorCode: int16,
        transactionalId: string,
        transactionState: string,
        transactionTimeoutMs: int32,
        transactionStartTimeMs: int64,
        producerId: int64,
        producerEpoch: int16,
        topics: arrayOf(struct({ topic: string, partitions: arrayOf(int32) })),
      }),
    ),
  },
})
