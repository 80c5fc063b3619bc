import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { handle, setUp, tracedProducer } from '../../examples/tracing.ts'
import { configFor, startCluster } from '../support/scenario.ts'

describe('the tracing example', () => {
  it('gives each record a child span of its request, and the traceparent header', async () => {
    const printed = vi.spyOn(console, 'dir').mockImplementation(() => {}) // the metrics go there
    onTestFinished(() => printed.mockRestore())
    onTestFinished(() => {
      for (const global of [context, metrics, propagation, trace]) global.disable()
    })
    const exporter = new InMemorySpanExporter()
    const shutDown = setUp(exporter)
    const cluster = await startCluster({ topics: { orders: {} } })
    const producer = tracedProducer(configFor(cluster))
    await Promise.all(['o-1', 'o-2'].map((id) => handle(producer, id)))
    await producer.close()

    const spans = exporter.getFinishedSpans()
    const requests = spans.filter(({ name }) => name.startsWith('POST'))
    const sent = spans.filter(({ name }) => name === 'send orders')
    expect([requests.length, sent.length]).toEqual([2, 4])
    for (const { headers, offset } of await cluster.records('orders')) {
      const span = sent.find(({ attributes }) => attributes['kafka.offset'] === offset)!
      const { traceId, spanId } = span.spanContext()
      const request = requests.find((one) => one.spanContext().traceId === traceId)!
      expect(span.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
      expect(headers.map(({ key, value }) => `${key} ${value}`)).toEqual([
        `traceparent 00-${traceId}-${spanId}-01`,
      ])
    }
    await shutDown()
    expect(JSON.stringify(printed.mock.calls)).toContain('messaging.client.sent.messages')
  })
})
