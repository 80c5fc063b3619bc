// GetTelemetrySubscriptions: which metrics a client should push, and how often (KIP-714). Brokers announce
// it only if they have a plug-in for metrics.

import { api } from '../message.ts'
import { arrayOf, boolean, int8, int16, int32, string, uuid } from '../types.ts'

export const GetTelemetrySubscriptions = api({
  key: 71,
  name: 'GetTelemetrySubscriptions',
  versions: [0, 0],
  flexible: 0,
  request: { clientInstanceId: uuid },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    clientInstanceId: uuid,
    subscriptionId: int32,
    acceptedCompressionTypes: arrayOf(int8),
    pushIntervalMs: int32,
    telemetryMaxBytes: int32,
    deltaTemporality: boolean,
    requestedMetrics: arrayOf(string),
  },
})
