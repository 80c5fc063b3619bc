// FindCoordinator: the coordinating broker of a group (key type 0) or a transactional id (1). v2 brokers
// answer before they throttle; v3 is flexible; v4 asks for many at once (KIP-699); v5 may answer
// TRANSACTION_ABORTABLE (KIP-890); v6 adds share groups, key type 2 (KIP-932).

import { api } from '../message.ts'
import { arrayOf, int8, int16, int32, nullable, string, struct } from '../types.ts'

export const FindCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexible: 3,
  request: {
    key: string.until(3),
    keyType: int8.since(1, 0),
    coordinatorKeys: arrayOf(string).since(4),
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16.until(3),
    errorMessage: nullable(string).since(1).until(3).ignorable(),
    nodeId: int32.until(3),
    host: string.until(3),
    port: int32.until(3),
    coordinators: arrayOf(
      struct({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullable(string).ignorable(),
      }),
    ).since(4),
  },
})
