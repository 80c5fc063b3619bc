/**
 * One measured value of a producer, as it was when `metrics()` was called; for a `MetricsReporter` as it is
 * when it is read.
 *
 * Names, groups and tags are those of Kafka's Java producer, so dashboards and alerts that were made
 * for that one read these, too.
 */
export interface Metric {
  /**
   * `record-send-rate`, `request-latency-avg`, …: what ends in `-rate` is per second, in `-total` since
   * the producer was made, in `-avg` and `-max` within the last windows. Times are in milliseconds but
   * where the name says `-ns`, and for `metadata-age`, which is in seconds.
   */
  readonly name: string
  /**
   * `producer-metrics`, for each topic `producer-topic-metrics`, for each broker `producer-node-metrics`;
   * `app-info`, and `kafka-metrics-count`.
   */
  readonly group: string
  /** What it is, with its unit. */
  readonly description: string
  /** Always `client-id`; `topic` in a topic's metrics, `node-id` (`node-1`) in a broker's. */
  readonly tags: Readonly<Record<string, string>>
  /**
   * A number; a string in `app-info` alone. `NaN` where there is nothing to tell: the average or the
   * largest of nothing.
   */
  readonly value: number | string
}
