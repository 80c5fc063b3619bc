// Metrics compared with Java's: the golden files of spec/metrics are what Apache's own producer and
// statistics return today (`npx vitest run spec/kafka/metrics-spec.ts -u` writes them again), and
// our metrics on a real broker match its log.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { defaultTextMapGetter, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { lastValueFrom, range } from 'rxjs'
import { map, toArray } from 'rxjs/operators'
import { KafkaProducer, toKafka } from 'to-kafka'
import { tracing } from 'to-kafka/opentelemetry'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { metricsServer } from '../../examples/prometheus.ts'
import { told, tracesInMemory } from '../support/telemetry-sdk.ts'
import { runJava } from './java-program.ts'
import { type KafkaRing, openRing, ringIsSkipped } from './kafka-ring.ts'

const skipped = (await ringIsSkipped()) !== null
const count = 10_000

describe.skipIf(skipped)('metrics, on a real Kafka', () => {
  let ring: KafkaRing
  beforeAll(async () => {
    ring = await openRing([
      { name: 'java', partitions: 1 },
      { name: 'ours', partitions: 4 },
      { name: 'traced', partitions: 1 },
    ])
  })
  afterAll(() => ring?.stop())

  it('of Java are the ones that ours are compared with', async () => {
    const topic = ring.topic('java')
    const printed = await printedBy('JavaProducerMetrics', ring.bootstrapServers, topic)
    await expect(printed).toMatchFileSnapshot('../metrics/golden/java-producer-metrics.json')
  })

  it('are computed by Java as in the cases that ours are compared with', async () => {
    const printed = await printedBy('JavaSamples')
    await expect(printed).toMatchFileSnapshot('../metrics/golden/java-samples.json')
  })

  it('count each record that is sent, and the requests and bytes', async () => {
    const topic = ring.topic('ours')
    const producer = new KafkaProducer({ 'bootstrap.servers': ring.bootstrapServers })
    const records$ = range(count).pipe(map((index) => ({ topic, value: `${index}` })))
    const results = await lastValueFrom(records$.pipe(toKafka(producer), toArray()))
    const values = new Map(
      producer
        .metrics()
        .filter(({ group }) => group === 'producer-metrics')
        .map(({ name, value }) => [name, value as number]),
    )
    await producer.close()

    expect(results).toHaveLength(count)
    const value = (name: string) => values.get(name) as number
    expect(value('record-send-total') - value('record-retry-total')).toBe(count)
    expect(value('record-error-total')).toBe(0)
    expect(value('requests-in-flight')).toBe(0)
    expect(value('response-total')).toBe(value('request-total'))
    expect(value('request-latency-avg')).toBeGreaterThan(0)
    expect(value('outgoing-byte-total')).toBeGreaterThan(count)
  })

  it('are scraped by Prometheus, and a consumer finds the trace of each record', async () => {
    const topic = ring.topic('traced')
    const { tracerProvider, propagator, spans, open } = tracesInMemory()
    const producer = new KafkaProducer({
      'bootstrap.servers': ring.bootstrapServers,
      'client.id': 'traced',
      'interceptor.classes': [tracing({ tracerProvider, propagator })],
    })
    const values = ['a', 'b', 'c']
    await Promise.all(values.map((value) => producer.send({ topic, key: 'k', value })))

    const lines = await scraped(producer)
    await producer.close()
    const total = `kafka_producer_topic_record_send_total{client_id="traced",topic="${topic}"} 3`
    expect(lines).toContain(total)

    expect(spans().map(told)).toEqual([0, 1, 2].map((offset) => `send ${topic} 0:${offset}`))
    const contexts = spans().map((span) => span.spanContext())
    const consumed = (await consume(ring, topic, values.length)).map(({ headers = {} }) => {
      const carrier = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, `${v}`]))
      return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))
    })
    expect(consumed).toMatchObject(contexts.map(({ traceId, spanId }) => ({ traceId, spanId })))
    expect(open()).toBe(0)
  })
})

async function scraped(producer: KafkaProducer): Promise<readonly string[]> {
  const server = metricsServer([producer]).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
}

/** The first messages of a topic, as kafkajs reads them. */
async function consume(
  { bootstrapServers }: KafkaRing,
  topic: string,
  count: number,
): Promise<readonly KafkaMessage[]> {
  const brokers = bootstrapServers.split(',')
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: topic })
  onTestFinished(() => consumer.disconnect())
  const messages: KafkaMessage[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((resolve) => {
    const eachMessage = async ({ message }: { message: KafkaMessage }) => {
      if (messages.push(message) === count) resolve()
    }
    void consumer.run({ eachMessage })
  })
  return messages
}

async function printedBy(program: string, ...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  await runJava(program, args, { onLine: (line) => lines.push(line) })
  return `${lines.join('\n')}\n`
}
