import type { BatchFacts, Observer, TransactionStep } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import { ClientSensors, clientMetrics, type Gauges } from './client-metrics.ts'
import type { Definition } from './definition.ts'
import type { Metric } from './metric.ts'
import { live, liveMetrics, metricsOf, type Reading, still, type Tagged } from './reading.ts'
import type { Windows } from './sensor.ts'
import { TopicSensors, topicMetrics } from './topic-metrics.ts'
import { Traffic, trafficMetrics } from './traffic.ts'

// Counts the actors' reports for `KafkaProducer.metrics()`: with Java's names and, where it makes sense,
// Java's rules. Costs a few additions for each request and batch, and no timer; values are computed when
// read. spec/metrics/java-names-spec.ts lists what is missing, and why.
//
// Invariant: a topic has metrics once a batch of it was sent, a broker once a connection was attempted.
// They stay, so their number is limited by that of topics and brokers.

/** The inputs of a {@link ProducerMetrics}. */
export interface MetricsOptions extends Windows {
  readonly clock: Clock
  readonly clientId: string
  /** The version of this package. */
  readonly version: string
  readonly gauges: Gauges
  /** Called with each new metric; its value is computed whenever it is read. */
  readonly told?: (metric: Metric) => void
}

/** The bytes of a batch before its records, which are not compressed. */
const headerBytes = 61

/** Failures that Java does not count either: withdrawn, or refused before any attempt. */
const uncounted: ReadonlySet<string> = new Set([
  'CLOSED',
  'DISCARDED',
  'SIBLING_FAILED',
  'INVALID_RECORD',
  'PARTITIONER_FAILED',
])

export class ProducerMetrics implements Observer {
  #options: MetricsOptions
  #clock: Clock
  #startedAt: number
  #client: Tagged<ClientSensors>
  #topics = new Map<string, Tagged<TopicSensors>>()
  #nodes = new Map<number, Tagged<Traffic>>()

  constructor(options: MetricsOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#startedAt = options.clock.timestamp()
    this.#client = this.#tagged(new ClientSensors(options, options.gauges), {})
    if (options.told !== undefined) this.#begin(options.told)
  }

  #begin(told: (metric: Metric) => void): void {
    for (const metric of this.#about(() => this.snapshot().length)) told(metric)
    this.#tell('producer-metrics', clientMetrics, this.#client)
  }

  /** All metrics as they are now: by group, by name, and those of one name by topic or broker. */
  snapshot(): readonly Metric[] {
    const now = this.#clock.now()
    const topics = [...this.#topics].sort(([one], [other]) => (one < other ? -1 : 1))
    const nodes = [...this.#nodes].sort(([one], [other]) => one - other)
    const all = [
      ...metricsOf('producer-metrics', clientMetrics, [this.#client], now),
      ...metricsOf('producer-node-metrics', trafficMetrics, nodes.map(second), now),
      ...metricsOf('producer-topic-metrics', topicMetrics, topics.map(second), now),
    ]
    const about = this.#about(() => about.length + all.length)
    return [...about.map(still), ...all]
  }

  connecting(node: number): void {
    this.#client.sensors.connections += 1
    this.#traffic(node)
  }

  connected(): void {
    this.#client.sensors.connected.record(1, this.#clock.now())
  }

  disconnected(): void {
    const { sensors } = this.#client
    sensors.connections -= 1
    sensors.disconnected.record(1, this.#clock.now())
  }

  requested(node: number, _api: string, bytes: number): void {
    const now = this.#clock.now()
    const { sensors } = this.#client
    sensors.inFlight += 1
    sensors.io.record(bytes, now)
    sensors.traffic.requests.record(bytes, now)
    this.#traffic(node).requests.record(bytes, now)
  }

  answered(node: number, api: string, bytes: number, ms: number): void {
    const now = this.#clock.now()
    const { sensors } = this.#client
    const traffic = this.#traffic(node)
    sensors.inFlight -= 1
    sensors.io.record(bytes, now)
    // Every answer counts as one without a throttle; `throttled` adds the requested time.
    sensors.throttling.record(0, now)
    sensors.traffic.answers.record(bytes, now)
    traffic.answers.record(bytes, now)
    if (api !== 'Produce') return
    sensors.traffic.latency.record(ms, now)
    traffic.latency.record(ms, now)
  }

  unanswered(): void {
    this.#client.sensors.inFlight -= 1
  }

  throttled(_node: number, ms: number): void {
    this.#client.sensors.throttling.record(ms, this.#clock.now(), 0)
  }

  refreshed(): void {
    this.#client.sensors.refreshedAt = this.#clock.now()
  }

  sent(_node: number, batches: readonly BatchFacts[]): void {
    const now = this.#clock.now()
    const { sensors } = this.#client
    let records = 0
    for (const batch of batches) {
      const topic = this.#topic(batch.topic)
      const ratio = compressionOf(batch)
      topic.records.record(batch.count, now)
      topic.bytes.record(batch.size, now)
      topic.compression.record(ratio, now)
      sensors.batches.record(batch.size, now)
      sensors.compression.record(ratio, now)
      sensors.queueTime.record(now - batch.createdAt, now)
      sensors.largest.record(batch.largestRecord, now)
      records += batch.count
    }
    sensors.records.record(records, now)
  }

  retried({ topic, count }: BatchFacts): void {
    const now = this.#clock.now()
    this.#client.sensors.retries.record(count, now)
    this.#topics.get(topic)?.sensors.retries.record(count, now)
  }

  failed({ topic, count }: BatchFacts, code: string): void {
    if (uncounted.has(code)) return
    const now = this.#clock.now()
    this.#client.sensors.errors.record(count, now)
    this.#topics.get(topic)?.sensors.errors.record(count, now)
  }

  refused(_topic: string, code: string): void {
    if (!uncounted.has(code)) this.#client.sensors.errors.record(1, this.#clock.now())
  }

  split(): void {
    this.#client.sensors.splits.record(1, this.#clock.now())
  }

  waitedForMemory(ms: number, inVain: boolean): void {
    const now = this.#clock.now()
    const { memoryWait, exhausted } = this.#client.sensors
    memoryWait.record(ms, now)
    if (inVain) exhausted.record(1, now)
  }

  waitedForMetadata(ms: number): void {
    this.#client.sensors.metadataWait.record(ms, this.#clock.now())
  }

  transacted(step: TransactionStep, ms: number): void {
    this.#client.sensors.transactions[step].record(ms, this.#clock.now())
  }

  flushed(ms: number): void {
    this.#client.sensors.flushes.record(ms, this.#clock.now())
  }

  leaderChanged(): void {}
  acknowledged(): void {}
  identified(): void {}
  bufferFull(): void {}

  /** Metrics that measure nothing: the creation time, the version, and the number of metrics. */
  #about(count: () => number): Metric[] {
    const { tags } = this.#client
    const about = (group: string, name: string, description: string, value: Reading) =>
      live({ name, group, description, tags }, value)
    return [
      about('app-info', 'start-time-ms', 'When it was made: ms since 1970', () => this.#startedAt),
      about('app-info', 'version', 'The version of to-kafka', () => this.#options.version),
      about('kafka-metrics-count', 'count', 'Metrics, this one included', count),
    ]
  }

  /** Reports the metrics of a producer, a topic or a broker. */
  #tell<S>(group: string, definitions: readonly Definition<S>[], owner: Tagged<S>): void {
    const { told } = this.#options
    if (told === undefined) return
    for (const metric of liveMetrics(group, definitions, owner, this.#clock)) told(metric)
  }

  #topic(name: string): TopicSensors {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = this.#tagged(new TopicSensors(this.#options), { topic: name })
      this.#topics.set(name, topic)
      this.#tell('producer-topic-metrics', topicMetrics, topic)
    }
    return topic.sensors
  }

  #traffic(node: number): Traffic {
    let traffic = this.#nodes.get(node)
    if (traffic === undefined) {
      traffic = this.#tagged(new Traffic(this.#options), { 'node-id': `node-${node}` })
      this.#nodes.set(node, traffic)
      this.#tell('producer-node-metrics', trafficMetrics, traffic)
    }
    return traffic.sensors
  }

  #tagged<S>(sensors: S, more: Readonly<Record<string, string>>): Tagged<S> {
    return { sensors, tags: Object.freeze({ 'client-id': this.#options.clientId, ...more }) }
  }
}

function compressionOf({ size, rawSize }: BatchFacts): number {
  return size === rawSize ? 1 : (size - headerBytes) / (rawSize - headerBytes)
}

function second<T>([, value]: readonly [unknown, T]): T {
  return value
}
