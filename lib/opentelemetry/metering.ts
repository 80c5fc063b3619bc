// The metrics of the messaging conventions, from the diagnostics channel of batches: for all producers of
// the process, with or without a reference to them. A subscriber of a channel must not throw, so exceptions
// are caught.

import diagnostics from 'node:diagnostics_channel'
import {
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api'
import type { DiagnosticsMessages } from '../producer/channels.ts'
import {
  clientIdentity,
  conventionOf,
  errorType,
  type Names,
  operationDuration,
  type Semconv,
  scope,
  sendingTo,
  sentMessages,
} from './convention.ts'

/** Options of {@link metering}. */
export interface MeteringOptions {
  /**
   * The meter provider.
   *
   * @defaultValue the global one at the time of the call
   */
  readonly meterProvider?: MeterProvider | undefined
  /**
   * The `client.id` of the producers to measure.
   *
   * @defaultValue all producers of the process
   */
  readonly clientIds?: readonly string[] | undefined
  /**
   * The version of the semantic conventions whose names are used. Before 1.45 `messaging.system.name` was
   * `messaging.system`, and `kafka.offset` was `messaging.kafka.offset`.
   *
   * @defaultValue `'1.45'`
   */
  readonly semconv?: Semconv | undefined
}

type Batch = DiagnosticsMessages['to-kafka:batch']
type Ended = Extract<Batch, { readonly type: 'acknowledged' | 'failed' }>

/** As the conventions say, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Measures the producers of this process until the returned function is called:
 *
 * - `messaging.client.sent.messages`: records of batches that were acknowledged, or that failed after they were
 *   sent.
 * - `messaging.client.operation.duration`: seconds from a batch's first record to its end, once for each batch.
 *
 * Both have the topic, the producer's `client.id` and, for failures, `error.type`. They do not have the partition,
 * because a topic may have thousands.
 *
 * @example
 * ```ts
 * import { metering } from 'to-kafka/opentelemetry'
 *
 * const stop = metering()
 * ```
 */
export function metering(options: MeteringOptions = {}): () => void {
  const { meterProvider = metrics.getMeterProvider(), clientIds, semconv = '1.45' } = options
  const { names, schemaUrl } = conventionOf(semconv)
  const meter = meterProvider.getMeter(scope, undefined, { schemaUrl })
  const meters = { counter: counterOf(meter), histogram: histogramOf(meter), names }
  const listener = (message: unknown) => {
    const batch = message as Batch
    if (batch.type !== 'acknowledged' && batch.type !== 'failed') return
    if (clientIds !== undefined && !clientIds.includes(batch.clientId)) return
    measure(batch, meters)
  }
  diagnostics.subscribe('to-kafka:batch', listener)
  return () => void diagnostics.unsubscribe('to-kafka:batch', listener)
}

interface Meters {
  readonly counter: Counter
  readonly histogram: Histogram
  readonly names: Names
}

function measure(batch: Ended, { counter, histogram, names }: Meters): void {
  const attributes: Attributes = sendingTo(batch.topic, names)
  attributes[clientIdentity] = batch.clientId
  if (batch.type === 'failed') attributes[errorType] = batch.code
  try {
    if (batch.attempts > 0) counter.add(batch.count, attributes)
    histogram.record(batch.ageMs / 1000, attributes)
  } catch {} // the exporter has to report it
}

function counterOf(meter: Meter): Counter {
  return meter.createCounter(sentMessages, {
    unit: '{message}',
    description: 'Number of messages producer attempted to send to the broker.',
  })
}

function histogramOf(meter: Meter): Histogram {
  return meter.createHistogram(operationDuration, {
    unit: 's',
    description: 'Duration of messaging operation initiated by a producer or consumer client.',
    advice: { explicitBucketBoundaries: bounds },
  })
}
