// Answers GetTelemetrySubscriptions and PushTelemetry like a broker with a plug-in for metrics (KIP-714). A
// broker without one announces neither; a mock cluster has one if `telemetry` is set.

import { errorCodes } from '../errors/error-codes.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Answer, Question } from './answer.ts'
import type { ApiName } from './served-apis.ts'

/** The metrics that the brokers of a {@link MockCluster} collect from clients. */
export interface MockTelemetry {
  /** Prefixes of the full names of the metrics; `['*']` selects all. Default: none, so that clients wait. */
  readonly metrics?: readonly string[] | undefined
  /** Milliseconds between two pushes, or two requests for a subscription. Default 300,000. */
  readonly pushIntervalMs?: number | undefined
  /** Whether sums are the difference since the last push. Default true. */
  readonly deltaTemporality?: boolean | undefined
  /** The ids of the accepted codecs, the preferred one first. Default zstd, lz4, gzip, snappy. */
  readonly compression?: readonly number[] | undefined
}

const subscriptionId = 714
const codecs = [4, 3, 1, 2]

export function answerTelemetrySubscriptions(
  question: Question<'GetTelemetrySubscriptions'>,
): Answer<'GetTelemetrySubscriptions'> {
  const { request, settings } = question
  const { clientInstanceId } = request.body
  const forced = question.forced()
  if (forced) return { body: { ...nothing, errorCode: errorCodes[forced.error].code } }
  const { metrics, pushIntervalMs, deltaTemporality, compression } = settings.telemetry ?? {}
  return {
    body: {
      ...nothing,
      clientInstanceId: clientInstanceId === zeroUuid ? nextId(question) : clientInstanceId,
      subscriptionId,
      acceptedCompressionTypes: [...(compression ?? codecs)],
      pushIntervalMs: pushIntervalMs ?? 300_000,
      telemetryMaxBytes: 1_048_576,
      deltaTemporality: deltaTemporality ?? true,
      requestedMetrics: [...(metrics ?? [])],
    },
  }
}

export function answerPushTelemetry(question: Question<'PushTelemetry'>): Answer<'PushTelemetry'> {
  const { body } = question.request
  const forced = question.forced()
  const isKnown = body.subscriptionId === subscriptionId
  const error = forced?.error ?? (isKnown ? 'NONE' : 'UNKNOWN_SUBSCRIPTION_ID')
  return { body: { throttleTimeMs: 0, errorCode: errorCodes[error].code } }
}

/** The APIs that only a broker with a plug-in for metrics announces. */
export function isOfTelemetry(api: ApiName): boolean {
  return api === 'GetTelemetrySubscriptions' || api === 'PushTelemetry'
}

const nothing = {
  throttleTimeMs: 0,
  errorCode: 0,
  clientInstanceId: zeroUuid,
  subscriptionId: 0,
  acceptedCompressionTypes: [],
  pushIntervalMs: 0,
  telemetryMaxBytes: 0,
  deltaTemporality: false,
  requestedMetrics: [],
}

/** As Kafka prints a uuid: 16 bytes in base64url. */
function nextId({ nextProducerId }: Question): string {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(nextProducerId() + 1n, 8)
  return bytes.toString('base64url')
}
