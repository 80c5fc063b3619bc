import type { Metric } from '../metrics/metric.ts'
import type { Point } from './otlp.ts'

// Which of a producer's metrics go into a push: the requested ones, under their names in KIP-714, with sums
// either since the last push or since the start. Invariant: a value counts as reported only once its push
// was accepted; it is taken back if the push was refused or lost.

export class Ledger {
  #isDelta = false
  /** For each sum: the reported value, and when. */
  #told = new Map<string, number>()
  #toldAt: number
  #next: { readonly told: Map<string, number>; readonly at: number } | null = null

  /** `startedAt` is when the metrics began to count, in milliseconds since 1970. */
  constructor(startedAt: number) {
    this.#toldAt = startedAt
  }

  /** The values at `time` of the metrics whose full names begin with one of `prefixes`. */
  points(
    metrics: readonly Metric[],
    prefixes: readonly string[],
    isDelta: boolean,
    time: number,
  ): readonly Point[] {
    if (isDelta !== this.#isDelta) this.#told.clear()
    this.#isDelta = isDelta
    const told = new Map<string, number>()
    const points: Point[] = []
    for (const metric of metrics) {
      const name = fullName(metric)
      const { value } = metric
      if (typeof value !== 'number' || !prefixes.some((prefix) => name.startsWith(prefix))) continue
      const attributes = labels(metric.tags)
      const common = { name, attributes, time, isInteger: metric.group === 'app-info' }
      if (!isSum(metric)) {
        points.push({ ...common, value, sum: null })
        continue
      }
      const key = `${name} ${JSON.stringify(attributes)}`
      told.set(key, value)
      const before = isDelta ? (this.#told.get(key) ?? 0) : 0
      points.push({ ...common, value: value - before, sum: { start: this.#toldAt, isDelta } })
    }
    this.#next = { told, at: time }
    return points
  }

  /** The broker has the last result of `points`. */
  accepted(): void {
    if (this.#next === null) return
    const { told, at } = this.#next
    this.#next = null
    this.#told = told
    if (this.#isDelta) this.#toldAt = at
  }
}

/** `org.apache.kafka.producer.record.send.total` */
export function fullName({ group, name }: Pick<Metric, 'group' | 'name'>): string {
  const owner = group.toLowerCase().replaceAll('-', '.').replace('.metrics', '')
  return `org.apache.kafka.${owner}.${name.toLowerCase().replaceAll('-', '.')}`
}

/** The endings of Java's counters that only grow. */
function isSum({ name }: Metric): boolean {
  return name.endsWith('-total')
}

function labels(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.entries(tags).filter(([name]) => name !== 'client-id')
  return Object.fromEntries(named.map(([name, value]) => [name.replaceAll('-', '_'), value]))
}
