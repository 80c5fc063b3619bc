import type { ResponseOf } from '../protocol/message.ts'
import type { GetTelemetrySubscriptions } from '../protocol/messages/get-telemetry-subscriptions.ts'

/** What brokers ask of a client's metrics. */
export interface Subscription {
  readonly id: number
  /** Milliseconds between two pushes. */
  readonly intervalMs: number
  /** The ids of the codecs that are taken, best first. */
  readonly codecs: readonly number[]
  /** Sums as what came since the last push. */
  readonly isDelta: boolean
  /** Prefixes of full names; none: nothing is asked for. */
  readonly wanted: readonly string[]
}

/** Milliseconds where no interval is known, and after a broken connection. */
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
