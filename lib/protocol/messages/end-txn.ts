// EndTxn: commits a transaction, or aborts it.
// v1 brokers answer before they throttle; v2 may answer PRODUCER_FENCED; v3 is flexible; v4 may
// answer TRANSACTION_ABORTABLE; from v5 on the answer brings the identity of the next transaction
// (both KIP-890): only where `transaction.version` is 2 may a client use it.

import { api } from '../message.ts'
import { boolean, int16, int32, int64, string } from '../types.ts'

export const EndTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexible: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: boolean,
  },
  response: {
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    producerId: int64.since(5, -1n).ignorable(),
    producerEpoch: int16.since(5, -1).ignorable(),
  },
})
