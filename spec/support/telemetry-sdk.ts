// OpenTelemetry's own SDK, with exporters that keep everything in memory. Its providers are passed,
// not set as the global ones, unless a test needs that: spec files share a process.

import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { onTestFinished } from 'vitest'

/** A provider of tracers, and what it has exported: spans that have ended. */
export function tracesInMemory() {
  const exporter = new InMemorySpanExporter()
  let begun = 0
  const counter = {
    onStart: () => {
      begun += 1
    },
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [counter, new SimpleSpanProcessor(exporter)],
  })
  onTestFinished(() => tracerProvider.shutdown())
  return {
    tracerProvider,
    propagator: new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
    spans: (): readonly ReadableSpan[] => exporter.getFinishedSpans(),
    /** Spans that have begun and not ended. */
    open: () => begun - exporter.getFinishedSpans().length,
  }
}

/**
 * Makes code in `context.with` find its context, also after each `await`. It ends with the test.
 */
export function contextsInMemory(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  onTestFinished(() => context.disable())
}

/**
 * Sets the global tracer provider and propagator, as an application does. They end with the test.
 */
export function setGlobally({
  tracerProvider,
  propagator,
}: Pick<ReturnType<typeof tracesInMemory>, 'tracerProvider' | 'propagator'>): void {
  trace.setGlobalTracerProvider(tracerProvider)
  propagation.setGlobalPropagator(propagator)
  onTestFinished(() => {
    trace.disable()
    propagation.disable()
  })
}

/** A short form of a span: its name, its error, and the offset of its record. */
export function told({ name, attributes }: ReadableSpan): string {
  const partition = attributes['messaging.destination.partition.id'] ?? '-'
  const at = `${partition}:${attributes['kafka.offset'] ?? '-'}`
  return `${name} ${attributes['error.type'] ?? at}`
}
