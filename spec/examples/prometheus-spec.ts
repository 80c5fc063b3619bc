import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { KafkaProducer } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { metricsOf, metricsServer } from '../../examples/prometheus.ts'
import { producerFor, startCluster } from '../support/scenario.ts'

async function sent(clientId = 'shop', count = 3) {
  const cluster = await startCluster({ topics: { t: {}, other: {} } })
  const producer = producerFor(cluster, { 'client.id': clientId })
  for (let number = 0; number < count; number += 1) await producer.send({ topic: 't', value: 'a' })
  await producer.send({ topic: 'other', value: 'a' })
  return producer
}

async function scraped(producers: readonly KafkaProducer[], registry?: Registry) {
  const server = metricsServer(producers, registry).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  return {
    type: response.headers.get('content-type'),
    lines: (await response.text()).split('\n'),
    port,
  }
}

describe('the Prometheus example', () => {
  it("serves a producer's metrics under Java's names, as counters and gauges, by topic and broker", async () => {
    const { type, lines } = await scraped([await sent()])
    expect(type).toContain('text/plain')
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE kafka_producer_record_send_total counter',
        'kafka_producer_record_send_total{client_id="shop"} 4',
        'kafka_producer_topic_record_send_total{client_id="shop",topic="t"} 3',
        'kafka_producer_topic_record_send_total{client_id="shop",topic="other"} 1',
        '# TYPE kafka_producer_request_latency_avg gauge',
        'kafka_producer_record_error_total{client_id="shop"} 0',
      ]),
    )
    expect(lines.some((line) => /^kafka_producer_node_request_total\{.*node_id="/.test(line))).toBe(
      true,
    )
    expect(lines.some((line) => /^# HELP kafka_producer_record_send_total \w/.test(line))).toBe(
      true,
    )
  })

  it("serves the producers' current values at each scrape, with the application's own metrics", async () => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    onTestFinished(() => registry.clear())
    const { lines } = await scraped([await sent('a', 1), await sent('b', 2)], registry)
    expect(lines).toEqual(
      expect.arrayContaining([
        'kafka_producer_record_send_total{client_id="a"} 2',
        'kafka_producer_record_send_total{client_id="b"} 3',
        '# TYPE process_cpu_user_seconds_total counter',
      ]),
    )
  })

  it('shows nothing of an ended producer once it is removed', async () => {
    const producers = new Set([await sent()])
    expect(await metricsOf(producers).metrics()).toContain('client_id="shop"')
    producers.clear()
    expect((await metricsOf(producers).metrics()).trim()).toBe('')
  })
})
