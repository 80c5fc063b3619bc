// PushTelemetry: the requested metrics of a client, in OTLP (KIP-714).

import { api } from '../message.ts'
import { boolean, bytes, int8, int16, int32, uuid } from '../types.ts'

export const PushTelemetry = api({
  key: 72,
  name: 'PushTelemetry',
  versions: [0, 0],
  flexible: 0,
  request: {
    clientInstanceId: uuid,
    subscriptionId: int32,
    terminating: boolean,
    compressionType: int8,
    metrics: bytes,
  },
  response: { throttleTimeMs: int32, errorCode: int16 },
})
