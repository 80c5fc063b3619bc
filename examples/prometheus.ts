// A producer's metrics for Prometheus, with prom-client, under Java's names in the form in which Micrometer exports
// them: `record-send-total` of the group `producer-topic-metrics` is kafka_producer_topic_record_send_total. Run it:
// `node examples/prometheus.ts`, with KAFKA_BOOTSTRAP_SERVERS and PORT. It needs prom-client.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { pathToFileURL } from 'node:url'
import { Counter, Gauge, Registry } from 'prom-client'
import { KafkaProducer, type Metric } from 'to-kafka'

/** The current values of one or more producers: topics and brokers come and go. */
export function metricsOf(producers: Iterable<KafkaProducer>): Registry {
  const registry = new Registry()
  const byName = new Map<string, NumberMetric[]>()
  for (const producer of producers) {
    for (const metric of producer.metrics().filter(isMeasured)) {
      const name = nameOf(metric)
      byName.set(name, [...(byName.get(name) ?? []), metric])
    }
  }
  for (const [name, metrics] of byName) add(registry, name, metrics)
  return registry
}

/** Serves these metrics, and the others of `registry`, at `/metrics`. */
export function metricsServer(
  producers: Iterable<KafkaProducer>,
  registry: Registry = new Registry(),
): Server {
  return createServer((request, response) => {
    if (request.url !== '/metrics') return response.writeHead(404).end()
    const all = Registry.merge([registry, metricsOf(producers)])
    return all.metrics().then(
      (text) => response.writeHead(200, { 'content-type': all.contentType }).end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
}

type NumberMetric = Metric & { readonly value: number }

/** Without the version and similar ones, which are text. */
function isMeasured(metric: Metric): metric is NumberMetric {
  return typeof metric.value === 'number' && metric.group.startsWith('producer-')
}

function nameOf({ group, name }: Metric): string {
  return `kafka_${group.replace(/-metrics$/, '')}_${name}`.replaceAll(/[^a-zA-Z0-9]/g, '_')
}

function add(registry: Registry, name: string, metrics: readonly NumberMetric[]): void {
  const { description } = metrics[0]!
  const labelNames = [...new Set(metrics.flatMap(({ tags }) => Object.keys(tags).map(labelOf)))]
  const about = { name, help: description, labelNames, registers: [registry] }
  // A metric that only grows is a counter; the rest are averages, rates and levels, or have no value yet (NaN).
  if (name.endsWith('_total')) {
    const counter = new Counter(about)
    for (const { tags, value } of metrics) counter.inc(labelsOf(tags), value)
  } else {
    const gauge = new Gauge(about)
    for (const { tags, value } of metrics) gauge.set(labelsOf(tags), value)
  }
}

function labelsOf(tags: Metric['tags']): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [labelOf(key), value]))
}

function labelOf(tag: string): string {
  return tag.replaceAll('-', '_')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const producer = new KafkaProducer({
    'bootstrap.servers': process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092',
  })
  const server = metricsServer([producer]).listen(Number(process.env['PORT'] ?? 9464))
  await once(server, 'listening')
  console.log(JSON.stringify(server.address()))
  process.once('SIGTERM', async () => {
    server.close()
    await producer.close()
  })
}
