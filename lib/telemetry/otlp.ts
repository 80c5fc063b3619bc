// The messages of OTLP (opentelemetry.proto.metrics.v1) that telemetry needs, written as protobuf. Pure. As
// in Apache's Java client, each metric has its own ResourceMetrics. A message's length comes before it, so
// everything is written from its end to its beginning, into one buffer, each byte once. Therefore fields
// are written in descending order here.

import { Backwards } from './backwards.ts'

/** One number of one metric. */
export interface Point {
  readonly name: string
  readonly value: number
  /** Written as an integer instead of a double. */
  readonly isInteger: boolean
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly time: number
  /** For a sum: since when it counts, and whether it is the change since then or the total. */
  readonly sum: { readonly start: number; readonly isDelta: boolean } | null
}

/** A MetricsData. `resource` has the attributes of the source of the metrics. */
export function metricsData(
  resource: Readonly<Record<string, string>>,
  points: readonly Point[],
): Uint8Array {
  const out = new Backwards()
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const resourceMetrics = out.at
    metric(out, points[index]!)
    const owner = out.at
    attributes(out, 1, resource)
    out.head(1, owner)
    out.head(1, resourceMetrics)
  }
  return out.bytes()
}

const temporality = { delta: 1, cumulative: 2 } as const

/** A ScopeMetrics with one Metric. */
function metric(out: Backwards, { name, sum, ...point }: Point): void {
  const end = out.at
  if (sum !== null) {
    out.varint(3, 1) // it is monotonic
    out.varint(2, sum.isDelta ? temporality.delta : temporality.cumulative)
  }
  const value = out.at
  dataPoint(out, point, sum?.start)
  out.head(1, value)
  out.head(sum === null ? 5 : 7, end)
  out.text(1, name)
  out.head(2, end)
  out.head(2, end)
}

function dataPoint(
  out: Backwards,
  { value, isInteger, time, attributes: labels }: Omit<Point, 'name' | 'sum'>,
  start: number | undefined,
): void {
  attributes(out, 7, labels)
  if (isInteger) out.integer(6, value)
  else out.double(4, value)
  out.moment(3, time)
  if (start !== undefined) out.moment(2, start)
}

/** Each a KeyValue, whose value is an AnyValue with a string. */
function attributes(out: Backwards, field: number, all: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(all).reverse()) {
    const end = out.at
    out.text(1, value)
    out.head(2, end)
    out.text(1, key)
    out.head(field, end)
  }
}
