import type { KafkaProducer, ProducerConfig } from 'to-kafka'
import type { MockTelemetry } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { codecById } from '../../lib/records/compression.ts'
import { settled } from '../support/settled.ts'
import { VirtualStage } from './virtual-stage.ts'

// KIP-714: which metrics brokers request of a producer, and when the producer sends them; in
// virtual time.

const all: MockTelemetry = { metrics: ['*'], pushIntervalMs: 10_000, compression: [] }

function stageOf(telemetry?: MockTelemetry) {
  const stage = new VirtualStage({ telemetry, version: '4.4' })
  const asked = stage.arrivals('GetTelemetrySubscriptions')
  const pushed = stage.arrivals('PushTelemetry')
  return { stage, asked, pushed }
}

type Given = Omit<ProducerConfig, 'bootstrap.servers'>

/** A producer that has sent a record, so that it is connected. */
function busy(stage: VirtualStage, config: Given = {}): KafkaProducer {
  const producer = stage.producer({ 'client.id': 'me', ...config })
  const send = () => {
    producer.send({ topic: 't', value: 'x' } as never).catch(() => {})
  }
  send()
  return producer
}

function pushesOf(stage: VirtualStage) {
  return stage.cluster.requests.flatMap((request) =>
    request.api === 'PushTelemetry' ? [request.body] : [],
  )
}

/** The names in a push, found by the spec's own decoder: the strings that begin like a metric. */
function namesIn(metrics: Uint8Array): string[] {
  return (
    Buffer.from(metrics)
      .toString('latin1')
      .match(/org\.apache\.kafka\.[a-z.]+/g) ?? []
  )
}

describe('telemetry', () => {
  it('is pushed at the interval that brokers request, the first time with jitter', () => {
    const { stage, asked, pushed } = stageOf(all)
    busy(stage)
    stage.clock.runUntil(45_000)
    expect(asked).toHaveLength(1)
    // Random numbers are one half here, so the first push comes after exactly one interval.
    const first = asked[0]! + 10_000
    expect(pushed.map((at) => Math.round((at - first) / 1000))).toEqual([0, 10, 20, 30])
    expect(pushesOf(stage).every(({ terminating }) => !terminating)).toBe(true)
  })

  it('does not keep the process alive, because it waits in the background', () => {
    const { stage, asked, pushed } = stageOf(all)
    busy(stage, { 'connections.max.idle.ms': -1 })
    stage.clock.runUntil(5_000)
    const waits = () => [stage.clock.pending, stage.clock.pendingInBackground]
    expect([asked.length, pushed.length, ...waits()]).toEqual([1, 0, 0, 1])
    stage.clock.runUntil(15_000)
    expect([asked.length, pushed.length, ...waits()]).toEqual([1, 1, 0, 1])
  })

  it('has the requested metrics, under the names of the KIP', () => {
    const { stage } = stageOf({ ...all, metrics: ['org.apache.kafka.producer.record.send'] })
    busy(stage)
    stage.clock.runUntil(15_000)
    expect(namesIn(pushesOf(stage)[0]!.metrics)).toEqual([
      'org.apache.kafka.producer.record.send.rate',
      'org.apache.kafka.producer.record.send.total',
    ])
  })

  it('has all of them for *, also of topics and brokers, and none with the client id', () => {
    const { stage } = stageOf(all)
    busy(stage, { 'client.rack': 'east' })
    stage.clock.runUntil(15_000)
    const { metrics } = pushesOf(stage)[0]!
    const names = namesIn(metrics)
    expect(names).toContain('org.apache.kafka.producer.topic.record.send.total')
    expect(names).toContain('org.apache.kafka.producer.node.request.latency.avg')
    expect(names).toContain('org.apache.kafka.app.info.start.time.ms')
    const text = Buffer.from(metrics).toString('latin1')
    expect(text).not.toContain('client_id')
    expect(text).toContain('client_rack')
    expect(text).toContain('east')
  })

  it('is compressed with the first codec that both sides have', () => {
    const { stage } = stageOf({ ...all, compression: [99, 2, 1] })
    busy(stage)
    stage.clock.runUntil(15_000)
    const { compressionType, metrics } = pushesOf(stage)[0]!
    expect(compressionType).toBe(2)
    expect(namesIn(codecById(2)!.decompress(metrics, 1 << 20)).length).toBeGreaterThan(50)
  })

  it('sends nothing to a broker that does not accept it', () => {
    const { stage, asked, pushed } = stageOf()
    busy(stage)
    stage.clock.runUntil(400_000)
    expect([asked, pushed]).toEqual([[], []])
  })

  it('sends nothing if enable.metrics.push is false', () => {
    const { stage, asked, pushed } = stageOf(all)
    busy(stage, { 'enable.metrics.push': false })
    stage.clock.runUntil(400_000)
    expect([asked, pushed]).toEqual([[], []])
  })

  it('asks again after the interval if no metrics are requested', () => {
    const { stage, asked, pushed } = stageOf({ pushIntervalMs: 20_000 })
    busy(stage)
    stage.clock.runUntil(50_000)
    expect(asked.map((at) => Math.round((at - asked[0]!) / 1000))).toEqual([0, 20, 40])
    expect(pushed).toEqual([])
  })

  it.each([
    ['UNKNOWN_SUBSCRIPTION_ID', 0],
    ['UNSUPPORTED_COMPRESSION_TYPE', 0],
    ['TELEMETRY_TOO_LARGE', 10],
    ['THROTTLING_QUOTA_EXCEEDED', 10],
  ] as const)('subscribes again after %s, in %d s', (error, seconds) => {
    const { stage, asked, pushed } = stageOf(all)
    stage.cluster.on('PushTelemetry', { nth: 1 }).reply(error)
    busy(stage)
    stage.clock.runUntil(60_000)
    expect(Math.round((asked[1]! - pushed[0]!) / 1000)).toBe(seconds)
    expect(pushed.length).toBeGreaterThan(1)
  })

  it.each(['INVALID_REQUEST', 'CLUSTER_AUTHORIZATION_FAILED', 'UNKNOWN_SERVER_ERROR'] as const)(
    'ends for good after %s',
    (error) => {
      const { stage, asked, pushed } = stageOf(all)
      stage.cluster.on('PushTelemetry', { nth: 1 }).reply(error)
      busy(stage)
      stage.clock.runUntil(500_000)
      expect([asked.length, pushed.length]).toEqual([1, 1])
    },
  )

  it('waits five minutes after a broken connection, and then for a connection made for records', () => {
    const { stage, asked, pushed } = stageOf(all)
    stage.cluster.on('PushTelemetry', { nth: 1 }).closeBeforeAppend()
    const producer = busy(stage)
    stage.clock.runUntil(20_000)
    expect(pushed).toHaveLength(1)
    stage.clock.runUntil(400_000)
    expect(asked).toHaveLength(1) // nothing is sent, so there is no connection
    producer.send({ topic: 't', value: 'x' } as never).catch(() => {})
    stage.clock.runUntil(401_000)
    expect(asked).toHaveLength(2)
  })

  it('does not affect the result of a record, whether it works or not', async () => {
    const { stage } = stageOf(all)
    stage.cluster.on('GetTelemetrySubscriptions').closeBeforeAppend()
    const results = stage.deliver([{ topic: 't', value: 'x' }])
    stage.clock.runUntil(5000)
    expect(results).toMatchObject([{ status: 'fulfilled' }])
  })
})

describe('the last push of a producer that is closed', () => {
  it('is marked as the last one, and the producer is closed when it is acknowledged', async () => {
    const { stage } = stageOf(all)
    const producer = busy(stage)
    stage.clock.runUntil(3000)
    const closed = settled(producer.close())
    stage.clock.runUntil(3100)
    expect(await closed.now()).toBe('fulfilled')
    expect(pushesOf(stage).map(({ terminating }) => terminating)).toEqual([true])
  })

  it('is not waited for longer than close() may take, and at most a second', async () => {
    for (const [timeout, ms] of [
      [200, 200],
      [undefined, 1000],
    ] as const) {
      const { stage } = stageOf(all)
      stage.cluster.on('PushTelemetry').hang()
      const producer = busy(stage)
      stage.clock.runUntil(3000)
      const closed = settled(producer.close({ timeout }))
      stage.clock.runUntil(3000 + ms - 1)
      expect(await closed.now()).toBe('pending')
      stage.clock.runUntil(3000 + ms + 10)
      expect(await closed.now()).toBe('fulfilled')
    }
  })

  it('is not sent if no metrics were requested', async () => {
    const { stage, pushed } = stageOf({})
    const producer = busy(stage)
    stage.clock.runUntil(3000)
    const closed = settled(producer.close())
    stage.clock.runUntil(3100)
    expect([await closed.now(), pushed]).toEqual(['fulfilled', []])
  })
})

describe('clientInstanceId', () => {
  it('is the id that the brokers have given, also for an idle producer, and does not change', async () => {
    const { stage } = stageOf(all)
    const producer = stage.producer()
    const first = settled(producer.clientInstanceId())
    stage.clock.runUntil(1000)
    expect(await first.now()).toBe('fulfilled')
    const id = await first.promise
    expect(id).toMatch(/^[\w-]{22}$/)
    expect(await producer.clientInstanceId()).toBe(id)
  })

  it('is refused if the push is disabled, or brokers do not accept metrics', async () => {
    const { stage } = stageOf(all)
    const deaf = stage.producer({ 'enable.metrics.push': false })
    await expect(deaf.clientInstanceId()).rejects.toMatchObject({
      name: 'ConfigError',
      key: 'enable.metrics.push',
    })
    const without = stageOf().stage
    const asked = settled(without.producer().clientInstanceId())
    without.clock.runUntil(1000)
    expect(await asked.now()).toBe('rejected')
    await expect(asked.promise).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' })
  })

  it('fails after the timeout, and when the producer is closed', async () => {
    const { stage } = stageOf(all)
    stage.cluster.on('GetTelemetrySubscriptions').hang()
    const late = settled(stage.producer().clientInstanceId({ timeout: 500 }))
    const producer = stage.producer()
    const closed = settled(producer.clientInstanceId())
    stage.clock.runUntil(400)
    const end = settled(producer.close())
    stage.clock.runUntil(600)
    await expect(late.promise).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT', limitMs: 500 })
    await expect(closed.promise).rejects.toMatchObject({ code: 'CLOSED' })
    expect(await end.now()).toBe('fulfilled')
  })

  it('fails while the producer closes, and the close does not wait for it', async () => {
    const { stage } = stageOf(all)
    stage.cluster.on('GetTelemetrySubscriptions').hang()
    stage.cluster.on('Produce').delay(200)
    const producer = busy(stage)
    const end = settled(producer.close())
    const asked = settled(producer.clientInstanceId())
    await expect(asked.promise).rejects.toMatchObject({ code: 'CLOSED' })
    stage.clock.runUntil(60_000)
    expect(await end.now()).toBe('fulfilled')
  })

  it('accepts only a timeout, and refuses anything else', () => {
    const producer = stageOf().stage.producer()
    expect(() => producer.clientInstanceId({ within: 5 } as never)).toThrow('clientInstanceId')
    expect(() => producer.clientInstanceId({ timeout: -1 })).toThrow(RangeError)
  })
})
