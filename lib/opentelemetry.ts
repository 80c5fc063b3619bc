/**
 * OpenTelemetry for producers: a span for each record, with its context in the record's headers, and the metrics of
 * the messaging conventions. It needs the package `@opentelemetry/api`.
 *
 * Names follow the semantic conventions 1.45.0, or 1.44.0 if you ask for that. Those for messaging are still in
 * development.
 *
 * @module to-kafka/opentelemetry
 */

export type { Semconv } from './opentelemetry/convention.ts'
export { type MeteringOptions, metering } from './opentelemetry/metering.ts'
export { type TracingOptions, tracing } from './opentelemetry/tracing.ts'
