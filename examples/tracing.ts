// OpenTelemetry: each record has a span, its consumer finds the trace in the header `traceparent`, and the
// metrics of the messaging conventions are measured. An application sets up OpenTelemetry once, as here or with
// @opentelemetry/sdk-node, and with its own exporter instead of the console's.
// It needs @opentelemetry/api, sdk-trace-base, sdk-metrics, context-async-hooks and core.

import { pathToFileURL } from 'node:url'
import { context, metrics, propagation, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { metering, tracing } from 'to-kafka/opentelemetry'
import { MockCluster } from 'to-kafka/testing'

/** A producer whose records are traced, with the global OpenTelemetry. */
export function tracedProducer(config: ProducerConfig): KafkaProducer {
  const others = config['interceptor.classes'] ?? []
  return new KafkaProducer({ ...config, 'interceptor.classes': [tracing(), ...others] })
}

/** What a server does for each request: everything that it calls is in the request's span. */
export function handle(producer: KafkaProducer, id: string): Promise<void> {
  const tracer = trace.getTracer('orders')
  return tracer.startActiveSpan(`POST /orders/${id}`, { kind: SpanKind.SERVER }, async (span) => {
    try {
      await new Promise(setImmediate) // it reads the request, queries a database
      await producer.send({ topic: 'orders', key: id, value: 'created' })
      await producer.send({ topic: 'orders', key: id, value: 'paid' })
    } finally {
      span.end()
    }
  })
}

/** Sets up OpenTelemetry, with spans for `exporter`; returns a function that shuts it down and exports the rest. */
export function setUp(exporter: SpanExporter): () => Promise<void> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const traces = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(traces)
  const reader = new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
  const meters = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meters)
  const stop = metering()
  return async () => {
    stop()
    await Promise.all([traces.shutdown(), meters.shutdown()])
  }
}

/** Prints a line for each span. */
const printed: SpanExporter = {
  export(spans, done) {
    for (const span of spans) {
      const { name, parentSpanContext, attributes } = span
      const { traceId, spanId } = span.spanContext()
      const place = attributes['error.type'] ?? attributes['kafka.offset'] ?? 'no record'
      console.log(`${traceId} ${spanId} under ${parentSpanContext?.spanId}: ${name}, ${place}`)
    }
    done({ code: 0 })
  },
  shutdown: async () => {},
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cluster = await MockCluster.start({ topics: { orders: {} } })
  const shutDown = setUp(printed)
  const producer = tracedProducer({
    'bootstrap.servers': cluster.bootstrapServers,
    'linger.ms': 0,
  })
  await Promise.all(['o-1', 'o-2'].map((id) => handle(producer, id)))
  await producer.close()
  await shutDown()
  for (const { keyText, valueText, headers } of await cluster.records('orders')) {
    console.log(keyText, valueText, headers.map(({ key, value }) => `${key}: ${value}`).join(', '))
  }
  await cluster.close()
}
