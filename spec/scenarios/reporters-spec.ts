import { of } from 'rxjs'
import { KafkaProducer, type Metric, type MetricsReporter, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { published } from '../support/overheard.ts'
import { configFor, producerFor, startCluster } from '../support/scenario.ts'

// Objects as metric.reporters: what a producer tells them, and when.

/** Records its calls, as a registry would. */
class Registry implements MetricsReporter {
  readonly all = new Map<string, Metric>()
  readonly log: string[] = []

  init(metrics: readonly Metric[]): void {
    this.log.push(`init ${metrics.length}`)
  }

  metricChange(metric: Metric): void {
    this.all.set(nameOf(metric), metric)
  }

  metricRemoval(metric: Metric): void {
    this.all.delete(nameOf(metric))
  }

  close(): void {
    this.log.push(`close ${this.all.size}`)
  }
}

function nameOf({ group, name, tags }: Metric): string {
  const { 'client-id': _, ...more } = tags
  return [group, name, ...Object.values(more)].join(' ')
}

describe('metric.reporters', () => {
  it('are told once of each metric that metrics() returns, and read the same values', async () => {
    const cluster = await startCluster()
    const registry = new Registry()
    const producer = producerFor(cluster, { 'metric.reporters': [registry] })
    expect(registry.log).toEqual(['init 0'])
    expect([...registry.all.keys()].sort()).toEqual(producer.metrics().map(nameOf).sort())

    await producer.send({ topic: 't', value: 'a' })
    await producer.send({ topic: 't', value: 'b' })

    const metrics = producer.metrics()
    expect([...registry.all.keys()].sort()).toEqual(metrics.map(nameOf).sort())
    const totals = metrics.filter(({ name }) => name.endsWith('-total') || name === 'count')
    expect(totals.length).toBeGreaterThan(20)
    for (const metric of totals) {
      expect(registry.all.get(nameOf(metric))?.value, nameOf(metric)).toBe(metric.value)
    }
    expect(registry.all.get('producer-topic-metrics record-send-total t')?.value).toBe(2)
  })

  it('are told of the end: each metric is removed, then they are closed', async () => {
    const cluster = await startCluster()
    const registry = new Registry()
    const producer = producerFor(cluster, { 'metric.reporters': [registry] })
    await producer.send({ topic: 't', value: 'a' })
    const [first] = registry.all.values()
    await producer.close()
    expect(registry.log).toEqual(['init 0', 'close 0'])
    expect(first!.value).toEqual(expect.anything())
  })

  it('are used by every producer with their configuration', async () => {
    const cluster = await startCluster()
    const registry = new Registry()
    const config = configFor(cluster, { 'metric.reporters': [registry] })
    for (const value of ['a', 'b']) {
      await new Promise<void>((complete) =>
        of({ topic: 't', value }).pipe(toKafka(config)).subscribe({ complete }),
      )
    }
    expect(registry.log.filter((line) => line === 'init 0')).toHaveLength(2)
  })

  it('that throw are reported, and affect nothing else', async () => {
    const told = published('to-kafka:reporter-failed')
    const cluster = await startCluster()
    const registry = new Registry()
    const no = new Error('no')
    const bad: MetricsReporter = {
      metricChange() {
        throw no
      },
    }
    const producer = producerFor(cluster, { 'metric.reporters': [bad, registry] })
    const events: unknown[] = []
    producer.events$.subscribe((event) => {
      if (event.type === 'reporterFailed') events.push(event)
    })
    const { offset } = await producer.send({ topic: 't', value: 'a' })
    expect(offset).toBe(0)
    expect([...registry.all.keys()].sort()).toEqual(producer.metrics().map(nameOf).sort())
    const failed = { type: 'reporterFailed', error: no, reporter: 'an object', position: 0 }
    expect(events).toContainEqual(failed)
    expect(told.length).toBeGreaterThanOrEqual(registry.all.size)
  })

  it('may be given as in Java, if JmxReporter is the only one', () => {
    const make = (reporters: unknown) => {
      const config = { 'bootstrap.servers': 'a:1', 'metric.reporters': reporters as never }
      return () => new KafkaProducer(config)
    }
    const jmx = 'org.apache.kafka.common.metrics.JmxReporter'
    for (const same of [jmx, '', [], [jmx], [jmx, new Registry()]]) make(same)()
    for (const wrong of ['com.example.Reporter', [{}], [null], 7, [{ metricChange: 1 }]]) {
      expect(make(wrong)).toThrow('an array of objects with a method metricChange')
    }
    expect(make('com.example.Reporter')).toThrow('Java classes cannot be loaded here')
  })
})
