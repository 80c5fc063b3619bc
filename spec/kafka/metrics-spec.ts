// Metrics beside Java's: the golden files of spec/metrics are what Apache's own producer and statistics
// say today (`npx vitest run spec/kafka/metrics-spec.ts -u` writes them anew), and ours count on a
// real broker what is in its log.

import { lastValueFrom, range } from 'rxjs'
import { map, toArray } from 'rxjs/operators'
import { KafkaProducer, toKafka } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    ])
  })
  afterAll(() => ring?.stop())

  it('of Java are those that ours are compared with', async () => {
    const topic = ring.topic('java')
    const printed = await printedBy('JavaProducerMetrics', ring.bootstrapServers, topic)
    await expect(printed).toMatchFileSnapshot('../metrics/golden/java-producer-metrics.json')
  })

  it('are worked out by Java as in the cases that ours are compared with', async () => {
    const printed = await printedBy('JavaSamples')
    await expect(printed).toMatchFileSnapshot('../metrics/golden/java-samples.json')
  })

  it('count each record that is sent, and what its requests came to', async () => {
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
})

async function printedBy(program: string, ...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  await runJava(program, args, { onLine: (line) => lines.push(line) })
  return `${lines.join('\n')}\n`
}
