// What `metrics()` returns for the reports of the actors: for the records that Java's own producer
// sent, and for every kind of event. In virtual time, so that times are exact.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { KafkaProducer, Metric } from 'to-kafka'
import type { Fault } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { isNewest } from '../support/kafka-version.ts'
import { startProducer } from '../support/scenario.ts'
import { VirtualStage } from './virtual-stage.ts'

const golden = new URL('../metrics/golden/java-producer-metrics.json', import.meta.url)
const java: readonly { group: string; name: string; value?: number | null }[] = JSON.parse(
  readFileSync(golden, 'utf8'),
)

/** Java takes the maximum size of a single record in a batch; here it is the actual size. */
const estimatedBytes = 78
/**
 * Java keeps the connection to a bootstrap server; this producer closes it once the brokers are
 * known.
 */
const differs = /^connection-/

const records = (count: number, topic = 't') =>
  Array.from({ length: count }, (_, index) => ({ topic, partition: 0, value: `${index}` }))

/** The values of the producer itself, or of one topic or broker, by name. */
function valuesOf(producer: KafkaProducer, tag?: string): Record<string, number> {
  const isAsked = ({ group, tags }: Metric) =>
    tag === undefined ? group === 'producer-metrics' : Object.values(tags).includes(tag)
  const asked = producer.metrics().filter(isAsked)
  return Object.fromEntries(asked.map(({ name, value }) => [name, value as number]))
}

/** A producer that has found its topic, and a function that lets time pass. */
function warm(config: object = {}, options: object = {}) {
  const stage = new VirtualStage(options)
  const producer = stage.producer({ 'linger.ms': 0, ...config })
  stage.deliverOn(producer, records(1))
  stage.clock.runUntil(1_000)
  const run = (ms: number) => stage.clock.runUntil(stage.clock.now() + ms)
  return { ...stage, cluster: stage.cluster, stage, producer, run }
}

describe("metrics() compared with Java's", () => {
  it('have the same values for the same records', async () => {
    const { producer } = await startProducer()
    for (let i = 0; i < 10; i += 1) {
      await producer.send({ topic: 't', partition: 0, timestamp: 1, key: 'key', value: 'value' })
    }

    const ours = producer.metrics()
    const compared = java.flatMap(({ group, name, value: theirs }) => {
      const mine = ours.find((one) => one.group === group && one.name === name)
      if (mine === undefined || theirs === undefined || differs.test(name)) return []
      const more = name.startsWith('record-size-') ? estimatedBytes : 0
      expect((mine.value as number) + more, `${group} ${name}`).toBe(theirs ?? Number.NaN)
      return [name]
    })
    expect(compared.length).toBeGreaterThan(25)
  })
})

describe('metrics()', () => {
  it('count each record that is sent, by producer and by topic', () => {
    const { stage, producer, run } = warm({}, { topics: { t: {}, u: {} } })
    stage.deliverOn(producer, [...records(20), ...records(5, 'u')])
    run(1_000)

    expect(valuesOf(producer)).toMatchObject({ 'record-send-total': 26, 'record-error-total': 0 })
    expect(valuesOf(producer, 't')).toMatchObject({ 'record-send-total': 21 })
    expect(valuesOf(producer, 'u')).toMatchObject({ 'record-send-total': 5 })
  })

  it.runIf(isNewest)('count each request to a broker and each answer', () => {
    const { stage, cluster, producer, run } = warm({}, { brokers: 3 })
    stage.deliverOn(producer, records(50))
    run(1_000)

    const all = valuesOf(producer)
    const arrived = cluster.requests.length
    expect(all['request-total']).toBe(arrived)
    expect(all['response-total']).toBe(arrived)
    expect(all['requests-in-flight']).toBe(0)
    const nodes = new Set(producer.metrics().flatMap(({ tags }) => tags['node-id'] ?? []))
    const sum = (name: string) =>
      [...nodes].reduce((total, node) => total + valuesOf(producer, node)[name]!, 0)
    for (const name of ['request-total', 'outgoing-byte-total', 'incoming-byte-total']) {
      expect(sum(name)).toBe(all[name])
      expect(sum(name)).toBeGreaterThan(0)
    }
  })

  it('measure how long a batch waits and how long its request takes', () => {
    const { stage, producer, run } = warm({ 'linger.ms': 40 })
    run(60_000)
    stage.cluster.on('Produce').delay(25)
    stage.deliverOn(producer, records(3))
    run(1_000)

    const latencyMs = 27 // a millisecond in each direction
    expect(valuesOf(producer)).toMatchObject({
      'record-queue-time-max': 40,
      'request-latency-avg': latencyMs,
      'records-per-request-avg': 3,
    })
    expect(valuesOf(producer, 'node-1')).toMatchObject({ 'request-latency-max': latencyMs })
  })

  it.each([
    ['a retry for each record of the batch', 'NOT_ENOUGH_REPLICAS', { retries: 6, splits: 0 }],
    ['a batch that is split once', 'MESSAGE_TOO_LARGE', { retries: 0, splits: 1 }],
  ] as const)('count %s, and each attempt as sent', (_, refusal, { retries, splits }) => {
    const { stage, producer, run } = warm()
    stage.cluster.on('Produce', { nth: 1 }).reply(refusal)
    stage.deliverOn(producer, records(6))
    run(5_000)

    expect(valuesOf(producer)).toMatchObject({
      'record-retry-total': retries,
      'batch-split-total': splits,
      'record-send-total': 1 + 2 * 6,
      'record-error-total': 0,
    })
    expect(valuesOf(producer, 't')).toMatchObject({ 'record-retry-total': retries })
  })

  it('count the records of a failed batch, and those that were never in a batch', () => {
    const { stage, producer, run } = warm({ 'max.request.size': 2_000, 'max.block.ms': 500 })
    stage.cluster.on('Produce', { nth: 1 }).reply('TOPIC_AUTHORIZATION_FAILED')
    stage.deliverOn(producer, records(4))
    stage.deliverOn(producer, [{ topic: 't', value: 'x'.repeat(3_000) }])
    stage.deliverOn(producer, records(1, 'never-made'))
    run(5_000)

    expect(valuesOf(producer)).toMatchObject({ 'record-error-total': 6, 'record-retry-total': 0 })
    expect(valuesOf(producer, 't')).toMatchObject({ 'record-error-total': 4 })
    expect(valuesOf(producer, 'never-made')).toEqual({})
  })

  it('have the throttle time', () => {
    const { stage, producer, run } = warm()
    run(60_000)
    stage.cluster.on('Produce', { nth: 2 }).throttle(300)
    for (let i = 0; i < 3; i += 1) {
      stage.deliverOn(producer, records(1))
      run(1_000)
    }

    expect(valuesOf(producer)).toMatchObject({
      'produce-throttle-time-avg': 100,
      'produce-throttle-time-max': 300,
    })
  })

  it('count what is in flight, and nothing once its connection has ended', () => {
    const { stage, producer, run } = warm({ 'request.timeout.ms': 5_000 })
    const before = valuesOf(producer)
    stage.cluster.on('Produce', { nth: 1 }).hang()
    stage.deliverOn(producer, records(1))
    run(4_000)
    expect(valuesOf(producer)['requests-in-flight']).toBe(1)

    run(10_000)
    expect(valuesOf(producer)).toMatchObject({
      'requests-in-flight': 0,
      'connection-count': before['connection-count'],
      'connection-close-total': before['connection-close-total']! + 1,
      'connection-creation-total': before['connection-creation-total']! + 1,
    })
  })

  it('count no answer and no latency if none arrives', () => {
    const { stage, producer, run } = warm({ acks: 0 })
    run(60_000)
    stage.deliverOn(producer, records(5))
    const before = valuesOf(producer)
    run(1_000)

    const after = valuesOf(producer)
    expect(after['record-send-total']! - before['record-send-total']!).toBe(5)
    expect(after['request-total']! - before['request-total']!).toBe(1)
    expect(after['response-total']! - before['response-total']!).toBe(0)
    expect(after).toMatchObject({ 'request-latency-avg': Number.NaN, 'requests-in-flight': 0 })
  })

  it('have the contents of the buffer, the waiting records, their time, and the refused ones', () => {
    const small = { 'buffer.memory': 2048, 'batch.size': 1024, 'max.block.ms': 400 }
    const { stage, producer, run } = warm({ ...small, 'request.timeout.ms': 60_000 })
    stage.cluster.on('Produce').delay(1_000)
    const large = Array.from({ length: 10 }, () => ({ topic: 't', value: 'x'.repeat(300) }))
    const results = stage.deliverOn(producer, large)
    run(10)
    const waiting = valuesOf(producer)
    run(60_000)

    const refused = results.filter(({ status }) => status === 'rejected').length
    expect(refused).toBeGreaterThan(0)
    expect(waiting).toMatchObject({
      'waiting-threads': refused,
      'buffer-total-bytes': 2048,
      'buffer-available-bytes': 1024,
    })
    expect(valuesOf(producer)).toMatchObject({
      'waiting-threads': 0,
      'buffer-available-bytes': 2048,
      'buffer-exhausted-total': refused,
      'record-error-total': refused,
      'bufferpool-wait-time-ns-total': refused * 400e6,
    })
  })

  it('have the age of metadata, and how long records waited for it', () => {
    const stage = new VirtualStage()
    stage.cluster.on('Metadata').delay(200)
    const producer = stage.producer({ 'linger.ms': 0 })
    expect(valuesOf(producer)['metadata-age']).toBeNaN()
    stage.deliverOn(producer, records(1))
    stage.clock.runUntil(1_000)
    const then = valuesOf(producer)
    stage.clock.runUntil(3_500)

    expect(then['metadata-wait-time-ns-total']).toBeGreaterThanOrEqual(200e6)
    expect(then['metadata-age']).toBeLessThan(1)
    expect(valuesOf(producer)['metadata-age']).toBeCloseTo(then['metadata-age']! + 2.5, 9)
  })

  it('have the time that flushes took', () => {
    const { stage, producer, run } = warm({ 'linger.ms': 10_000 })
    run(20_000)
    stage.cluster.on('Produce').delay(98)
    stage.deliverOn(producer, records(1))
    void producer.flush()
    run(1_000)

    expect(valuesOf(producer)['flush-time-ns-total']).toBe(100e6)
  })

  it('measure compression: compressed by uncompressed', () => {
    const { stage, producer, run } = warm({ 'compression.type': 'gzip' })
    run(60_000)
    stage.deliverOn(producer, [{ topic: 't', value: 'x'.repeat(5_000) }])
    run(1_000)

    const { 'compression-rate-avg': rate, 'byte-total': bytes } = {
      ...valuesOf(producer),
      ...valuesOf(producer, 't'),
    }
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThan(0.05)
    expect(bytes).toBeLessThan(500)
  })

  it('cover the configured time', () => {
    const { stage, producer, run } = warm({
      'metrics.num.samples': 3,
      'metrics.sample.window.ms': 100,
    })
    run(1_000)
    stage.deliverOn(producer, records(12))
    run(2)
    expect(valuesOf(producer)['record-send-rate']).toBeCloseTo(12 / 0.202, 6)
    run(298)
    expect(valuesOf(producer)['record-send-rate']).toBe(0)
  })

  it('keep their totals after close', async () => {
    const { producer } = await startProducer()
    await producer.send({ topic: 't', value: 'x' })
    await producer.close()

    expect(valuesOf(producer)).toMatchObject({
      'record-send-total': 1,
      'connection-count': 0,
      'requests-in-flight': 0,
      'buffer-available-bytes': 33_554_432,
    })
    expect(valuesOf(producer)['connection-close-total']).toBeGreaterThan(0)
  })

  it('become Prometheus lines as the guide on observability shows', () => {
    const { producer } = warm({ 'client.id': 'me' })
    const lines = producer.metrics().flatMap(({ group, name, tags, value }) => {
      const metric = `kafka_${group}_${name}`.replaceAll('-', '_')
      const labels = Object.entries(tags).map(([tag, of]) => `${tag.replaceAll('-', '_')}="${of}"`)
      return typeof value === 'number' ? [`${metric}{${labels}} ${value}`] : []
    })

    expect(lines).toContain(
      'kafka_producer_topic_metrics_record_send_total{client_id="me",topic="t"} 1',
    )
    const grammar =
      /^[a-z_]+\{client_id="me"(,(topic|node_id)="[\w-]+")?\} (NaN|\d+(\.\d+)?(e[+-]\d+)?)$/
    expect(lines.filter((line) => !grammar.test(line))).toEqual([])
  })

  it('keep no timer and nothing open', () => {
    const stage = new VirtualStage()
    const producer = stage.producer()
    expect(stage.clock.pending).toBe(0)
    producer.metrics()
    expect(stage.clock.pending).toBe(0)
  })
})

describe('metrics(), whatever goes wrong', () => {
  const faults: Readonly<Record<string, (fault: Fault) => void>> = {
    refused: (fault) => fault.reply('NOT_ENOUGH_REPLICAS'),
    forbidden: (fault) => fault.reply('TOPIC_AUTHORIZATION_FAILED'),
    tooLarge: (fault) => fault.reply('MESSAGE_TOO_LARGE'),
    lost: (fault) => fault.closeBeforeAppend(),
    lostAfter: (fault) => fault.closeAfterAppend(),
    late: (fault) => fault.delay(700),
    throttled: (fault) => fault.throttle(300),
    silent: (fault) => fault.hang(),
    garbage: (fault) => fault.garbage(),
  }
  const troubles = fc.array(
    fc.record({
      nth: fc.integer({ min: 1, max: 12 }),
      kind: fc.constantFrom(...Object.keys(faults)),
    }),
    { maxLength: 6 },
  )
  const input = fc.array(
    fc.record({ partition: fc.nat(2), bytes: fc.nat(400), pause: fc.nat(300) }),
    { minLength: 1, maxLength: 40 },
  )
  const config = fc.record({
    acks: fc.constantFrom(0, 1, 'all'),
    'linger.ms': fc.constantFrom(0, 20),
    'batch.size': fc.constantFrom(1, 500, 16_384),
    'max.block.ms': fc.constantFrom(50, 5_000),
    'compression.type': fc.constantFrom('none', 'gzip'),
  })

  /** With short timeouts, and room for few records. */
  const always = {
    'request.timeout.ms': 2_000,
    'delivery.timeout.ms': 10_000,
    'metadata.max.age.ms': 1_000,
    'buffer.memory': 2_048,
    'enable.idempotence': false,
  }

  it('has an end for each beginning, and one error for each failed record', () => {
    fc.assert(
      fc.property(config, troubles, input, (chosen, trouble, list) => {
        const records = list.map(({ partition, bytes, pause }) => ({
          topic: 't',
          partition,
          value: 'x'.repeat(bytes),
          pause,
        }))
        const stage = new VirtualStage({ brokers: 2, topics: { t: { partitions: 2 } } })
        const producer = stage.producer({ ...always, ...chosen } as object)
        for (const { nth, kind } of trouble) faults[kind]!(stage.cluster.on('Produce', { nth }))
        const results = records.map((record) => {
          const result = stage.deliverOn(producer, [record])
          stage.clock.runUntil(stage.clock.now() + record.pause)
          return result
        })
        stage.clock.runUntil(stage.clock.now() + 60_000)
        void producer.close()
        stage.clock.runUntil(stage.clock.now() + 1_000)

        const failed = results.flat().filter(({ status }) => status === 'rejected')
        const values = valuesOf(producer)
        expect(results.flat()).toHaveLength(records.length)
        expect(values).toMatchObject({
          'requests-in-flight': 0,
          'connection-count': 0,
          'waiting-threads': 0,
          'buffer-available-bytes': 2_048,
          'record-error-total': failed.length,
        })
        expect(values['connection-close-total']).toBeGreaterThanOrEqual(
          values['connection-creation-total']!,
        )
        const sent = values['record-send-total']! - values['record-retry-total']!
        const split = values['batch-split-total']! > 0
        if (!split) expect(sent).toBeLessThanOrEqual(records.length)
        expect(sent).toBeGreaterThanOrEqual(records.length - failed.length)
        expect(valuesOf(producer, 't')['record-send-total'] ?? 0).toBe(values['record-send-total'])
      }),
      { numRuns: 200 },
    )
  })
})
