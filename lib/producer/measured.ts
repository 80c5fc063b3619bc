import { inContext } from '../collections/in-context.ts'
import type { Settings } from '../config/settings.ts'
import { ProducerMetrics } from '../metrics/producer-metrics.ts'
import { Reporters } from '../metrics/reporters.ts'
import type { AsyncContext } from '../runtime.ts'
import type { Closing } from './closing.ts'
import { software } from './cluster-options.ts'
import type { Engine } from './engine.ts'

// The metrics of a producer, and the reporters that get them (`metric.reporters`).

/** Makes the metrics, which count from now on. */
export function measured(
  engine: Engine,
  closing: Closing,
  clientId: string,
  context: AsyncContext | null,
): ProducerMetrics {
  const { settings, runtime } = engine
  const reporters = reportersOf(settings, engine, context)
  const metrics = new ProducerMetrics({
    clock: runtime.clock,
    clientId,
    version: software.softwareVersion,
    samples: settings.metricsSamples,
    windowMs: settings.metricsWindowMs,
    gauges: {
      bufferBytes: settings.bufferMemory,
      availableBytes: () => settings.bufferMemory - engine.heldBytes,
      waitingRecords: () => engine.waitingForMemory,
    },
    ...(reporters !== null && {
      told: (metric) => inContext(context, reporters.add, reporters, metric),
    }),
  })
  engine.observe(metrics)
  if (reporters !== null) {
    const close = () => inContext(context, reporters.close, reporters, undefined)
    closing.watch({ closing() {}, closed: close })
  }
  return metrics
}

function reportersOf(
  { metricReporters }: Settings,
  engine: Engine,
  context: AsyncContext | null,
): Reporters | null {
  if (metricReporters.length === 0) return null
  const make = () => {
    return new Reporters(metricReporters, (error, reporter) =>
      engine.reporterFailed(error, reporter),
    )
  }
  return inContext(context, make, undefined, undefined)
}
