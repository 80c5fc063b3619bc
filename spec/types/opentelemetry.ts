// Compiled, never run: OpenTelemetry's own providers fit, and so does the configuration of an
// interceptor.

import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import type { Interceptor, ProducerConfig } from 'to-kafka'
import { metering, tracing } from 'to-kafka/opentelemetry'

declare const tracerProvider: TracerProvider
declare const meterProvider: MeterProvider
declare const propagator: TextMapPropagator

const traced: Interceptor = tracing({
  tracerProvider,
  propagator,
  clientId: 'shop',
  semconv: '1.44',
  attributes: ({ topic }) => ({ 'shop.topic': topic, 'shop.size': 1 }),
})
const config: ProducerConfig = {
  'bootstrap.servers': 'localhost:9092',
  'interceptor.classes': [tracing(), traced],
}
const stop: () => void = metering({ meterProvider, clientIds: ['shop'] })

// An attribute is a string, a number, a boolean or a list of these.
// @ts-expect-error
tracing({ attributes: () => ({ order: { id: 1 } }) })

void [config, stop]
