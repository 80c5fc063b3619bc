// AddOffsetsToTxn: tells the coordinator that a transaction commits offsets of a group (TV1; since
// KIP-890 TxnOffsetCommit does so itself).
// v1 brokers answer before they throttle; v2 may answer PRODUCER_FENCED; v3 is flexible; v4 may
// answer TRANSACTION_ABORTABLE (KIP-890).

import { api } from '../message.ts'
import { int16, int32, int64, string } from '../types.ts'

export const AddOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexible: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  },
  response: {
    throttleTimeMs: int32.default(0),
    errorCode: int16,
  },
})
