// InitProducerId: an identity (producer id and epoch) for idempotent and transactional producing.
// v1 brokers answer before they throttle; v2 is flexible; v4 may answer PRODUCER_FENCED; v5 may
// answer TRANSACTION_ABORTABLE (KIP-890). v6 (two-phase commit, KIP-939) is not stable in Kafka.

import { api } from '../message.ts'
import { int16, int32, int64, nullable, string } from '../types.ts'

export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexible: 2,
  request: {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: int64.since(3, -1n), // KIP-360: bump the epoch of an identity in place
    producerEpoch: int16.since(3, -1),
  },
  response: {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16,
    producerId: int64.default(-1n),
    producerEpoch: int16,
  },
})
