// The messages of OTLP (opentelemetry.proto.metrics.v1) that telemetry needs, written as protobuf. Pure.
// As Apache's Java client does, each metric stands in a ResourceMetrics of its own.

/** One number of one metric. */
export interface Point {
  readonly name: string
  readonly value: number
  /** Written as an integer instead of a double. */
  readonly isInteger: boolean
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly time: number
  /** Where it is a sum: since when, and whether it is what came since then, or all there ever was. */
  readonly sum: { readonly start: number; readonly isDelta: boolean } | null
}

/** A MetricsData. `resource` are the attributes of whoever has these metrics. */
export function metricsData(
  resource: Readonly<Record<string, string>>,
  points: readonly Point[],
): Uint8Array {
  const owner = message(1, attributes(1, resource))
  return join(points.map((point) => message(1, [owner, message(2, [message(2, metric(point))])])))
}

const wire = { varint: 0, fixed64: 1, bytes: 2 } as const
const temporality = { delta: 1, cumulative: 2 } as const

function metric({ name, sum, ...point }: Point): Uint8Array[] {
  const value = message(1, dataPoint(point, sum?.start))
  if (sum === null) return [text(1, name), message(5, [value])]
  const kind = varint(2, sum.isDelta ? temporality.delta : temporality.cumulative)
  const isMonotonic = varint(3, 1)
  return [text(1, name), message(7, [value, kind, isMonotonic])]
}

function dataPoint(
  { value, isInteger, time, attributes: labels }: Omit<Point, 'name' | 'sum'>,
  start: number | undefined,
): Uint8Array[] {
  return [
    ...(start === undefined ? [] : [moment(2, start)]),
    moment(3, time),
    isInteger ? integer(6, value) : double(4, value),
    ...attributes(7, labels),
  ]
}

/** Each a KeyValue, whose value is an AnyValue with a string. */
function attributes(field: number, all: Readonly<Record<string, string>>): Uint8Array[] {
  return Object.entries(all).map(([key, value]) => {
    return message(field, [text(1, key), message(2, [text(1, value)])])
  })
}

function message(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts)
  return join([tag(field, wire.bytes), unsigned(body.byteLength), body])
}

function text(field: number, value: string): Uint8Array {
  return message(field, [Buffer.from(value)])
}

function varint(field: number, value: number): Uint8Array {
  return join([tag(field, wire.varint), unsigned(value)])
}

/** Nanoseconds since 1970, of milliseconds. */
function moment(field: number, ms: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(Math.round(ms)) * 1_000_000n)
  return join([tag(field, wire.fixed64), bytes])
}

function double(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return join([tag(field, wire.fixed64), bytes])
}

function integer(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(Math.trunc(value)))
  return join([tag(field, wire.fixed64), bytes])
}

function tag(field: number, type: number): Uint8Array {
  return unsigned((field << 3) | type)
}

function unsigned(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.of(...bytes, rest)
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
