import { isThenable, watchRejection } from '../collections/thenable.ts'
import type { Metric } from './metric.ts'

// Objects that are told which metrics exist, as they are created and when the producer is closed, in the
// order of calls in Java. Called by ProducerMetrics.
//
// Invariant: `close` is the last call of a reporter, once; before it, each reported metric is removed. An
// exception of one reporter, or a promise of it that is rejected, is reported, and does not affect anything else.

/**
 * Passes metrics on to another system, like Java's `MetricsReporter`. Its methods are called
 * synchronously, so keep them quick. If one throws, or returns a promise that is rejected, that is reported
 * (`reporterFailed`).
 *
 * A producer calls `init`, and then `metricChange` for each metric. The metrics of a topic or a broker
 * are created when something is sent there for the first time. When the producer is closed, it calls
 * `metricRemoval` for each metric, and then `close`. If several producers share a configuration, the
 * reporter gets the metrics of all of them; the tag `client-id` tells them apart.
 *
 * @example
 * ```ts
 * const metrics = new Set<Metric>()
 * const producer = new KafkaProducer({
 *   'bootstrap.servers': 'localhost:9092',
 *   'metric.reporters': [
 *     {
 *       metricChange: (metric) => metrics.add(metric),
 *       metricRemoval: (metric) => metrics.delete(metric),
 *     },
 *   ],
 * })
 * // at any time:
 * for (const { name, value } of metrics) console.log(name, value)
 * ```
 *
 */
export interface MetricsReporter {
  /** Called first, with the existing metrics: none, as in Java. */
  init?(metrics: readonly Metric[]): void
  /** Called with a new metric. Its `value` is computed each time it is read. */
  metricChange(metric: Metric): void
  /** Called when a metric is removed. */
  metricRemoval?(metric: Metric): void
  /** Called last, when the producer is closed. */
  close?(): void
}

export class Reporters {
  readonly #reporters: readonly MetricsReporter[]
  readonly #failed: (error: unknown, reporter: MetricsReporter) => void
  readonly #told: Metric[] = []
  #isClosed = false

  /** `failed` is called with what a reporter threw. */
  constructor(
    reporters: readonly MetricsReporter[],
    failed: (error: unknown, reporter: MetricsReporter) => void,
  ) {
    this.#reporters = reporters
    this.#failed = failed
    this.#each((reporter) => reporter.init?.([]))
  }

  /** There is a new metric. */
  add(metric: Metric): void {
    if (this.#isClosed) return
    this.#told.push(metric)
    this.#each((reporter) => reporter.metricChange(metric))
  }

  /** All metrics are removed, and no reporter is called any more. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const metric of this.#told.splice(0)) {
      this.#each((reporter) => reporter.metricRemoval?.(metric))
    }
    this.#each((reporter) => reporter.close?.())
  }

  /** Promises are not awaited. */
  #each(tell: (reporter: MetricsReporter) => unknown): void {
    for (const reporter of this.#reporters) {
      try {
        const told = tell(reporter)
        if (isThenable(told)) watchRejection(told, (error) => this.#failed(error, reporter))
      } catch (error) {
        this.#failed(error, reporter)
      }
    }
  }
}
