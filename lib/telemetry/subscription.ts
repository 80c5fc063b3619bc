import type { ResponseOf } from '../protocol/message.ts'
import type { GetTelemetrySubscriptions } from '../protocol/messages/get-telemetry-subscriptions.ts'

/** The metrics that brokers request from a client. */
export interface Subscription {
  readonly id: number
  /** Milliseconds between two pushes. */
  readonly intervalMs: number
  /** The ids of the accepted codecs, best first. */
  readonly codecs: readonly number[]
  /** Whether sums are changes since the last push. */
  readonly isDelta: boolean
  /** Prefixes of full names; empty: nothing is requested. */
  readonly wanted: readonly string[]
}

/** Milliseconds if no interval is known, and after a broken connection. */
export const patientMs = 300_000

export function subscriptionOf(answer: ResponseOf<typeof GetTelemetrySubscriptions>): Subscription {
  const { pushIntervalMs, requestedMetrics: names } = answer
  return {
    id: answer.subscriptionId,
    intervalMs: pushIntervalMs > 0 ? pushIntervalMs : patientMs,
    codecs: answer.acceptedCompressionTypes,
    isDelta: answer.deltaTemporality,
    wanted: names.length === 1 && names[0] === '*' ? [''] : names,
  }
}
