// Produce: record batches for partitions, and their results. KIP-896 removed versions before v3. Versions
// that only allow another error code or content: v4 KAFKA_STORAGE_ERROR, v7 zstd (KIP-110), v11
// TRANSACTION_ABORTABLE; v12 adds partitions to a transaction (both KIP-890). In a transaction under TV1 a
// client sends at most v11, after AddPartitionsToTxn; v12 or later only under TV2.

import { api } from '../message.ts'
import { arrayOf, int16, int32, int64, nullable, records, string, struct, uuid } from '../types.ts'

export const Produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexible: 9,
  request: {
    transactionalId: nullable(string).default(null),
    acks: int16,
    timeoutMs: int32,
    topicData: arrayOf(
      struct({
        name: string.until(12).ignorable(),
        topicId: uuid.since(13).ignorable(), // KIP-516: ids in place of names
        partitionData: arrayOf(struct({ index: int32, records: nullable(records) })),
      }),
    ),
  },
  response: {
    responses: arrayOf(
      struct({
        name: string.until(12).ignorable(),
        topicId: uuid.since(13).ignorable(),
        partitionResponses: arrayOf(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: int64.default(-1n).ignorable(),
            logStartOffset: int64.since(5, -1n).ignorable(),
            // KIP-467: which records made the broker refuse the batch
            recordErrors: arrayOf(
              struct({ batchIndex: int32, batchIndexErrorMessage: nullable(string).default(null) }),
            )
              .since(8)
              .ignorable(),
            errorMessage: nullable(string).since(8, null).ignorable(),
            // KIP-951: the current leader
            currentLeader: struct({
              leaderId: int32.default(-1),
              leaderEpoch: int32.default(-1),
            }).tagged(0, 10),
          }),
        ),
      }),
    ),
    throttleTimeMs: int32.default(0).ignorable(),
    // KIP-951: the addresses of these leaders
    nodeEndpoints: arrayOf(
      struct({ nodeId: int32, host: string, port: int32, rack: nullable(string).default(null) }),
    ).tagged(0, 10),
  },
})
