/**
 * One metric of a producer, with its value at the time of the call of `metrics()`. A `MetricsReporter` gets it with
 * its value at the time of reading.
 *
 * Names, groups and tags are those of Kafka's Java producer, so its dashboards and alerts work here, too.
 */
export interface Metric {
  /**
   * `record-send-rate`, `request-latency-avg`, …. A name in `-rate` is per second, a name in `-total` counts
   * since the producer was created, and a name in `-avg` or `-max` covers the last time windows. Times are in
   * milliseconds, except for names in `-ns`, and for `metadata-age`, which is in seconds.
   */
  readonly name: string
  /**
   * `producer-metrics`, `producer-topic-metrics` (per topic), `producer-node-metrics` (per broker), `app-info`,
   * or `kafka-metrics-count`.
   */
  readonly group: string
  /** What the metric measures, with its unit. */
  readonly description: string
  /** Always `client-id`. A topic's metrics also have `topic`, a broker's `node-id` (`node-1`). */
  readonly tags: Readonly<Record<string, string>>
  /**
   * A number; in `app-info` a string. `NaN` if nothing was measured yet, for an average or a maximum.
   */
  readonly value: number | string
}
