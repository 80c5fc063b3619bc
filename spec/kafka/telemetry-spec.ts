// Telemetry (KIP-714) to a real broker: a Java plug-in of the spec reads what the broker received
// with the published definitions of OTLP.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KafkaProducer } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from './broker-probe.ts'
import { runJava } from './java-program.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { brokerVersion } from './kafka-release.ts'
import { ringIsSkipped } from './kafka-ring.ts'

// A broker of another release does not have our class path.
const skipped = (await ringIsSkipped()) !== null || brokerVersion !== undefined
const limitMs = 60_000

interface Push {
  readonly id: string
  readonly terminating: boolean
  readonly resource: Readonly<Record<string, string>>
  readonly metrics: readonly {
    readonly name: string
    readonly kind: string
    readonly points: number
    readonly integer: boolean
    readonly value: number | null
    readonly start: number
    readonly time: number
    readonly attributes: Readonly<Record<string, string>>
  }[]
}

describe.skipIf(skipped)('the metrics that a real broker requests', () => {
  let broker: KafkaBroker
  let folder: string

  const pushes = (): readonly Push[] => {
    const file = join(folder, 'pushes')
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    return lines.map((line) => JSON.parse(line) as Push)
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'to-kafka-telemetry-'))
    broker = await startKafkaBroker({
      settings: {
        'metric.reporters': 'TelemetryReceiver',
        'telemetry.receiver.file': join(folder, 'pushes'),
      },
    })
    const server = ['--bootstrap-server', broker.bootstrapServers]
    const asked = ['--alter', '--name', 'all', '--metrics', '*', '--interval', '500']
    await runJava('org.apache.kafka.tools.ClientMetricsCommand', [...server, ...asked])
    const admin = await KafkaAdmin.start(broker.bootstrapServers)
    await admin.create([{ name: 't', partitions: 1 }])
    await admin.close()
  }, 120_000)

  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('arrive at its interval and once more at the end, as OTLP defines them', async () => {
    const producer = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'client.rack': 'here',
    })
    for (let i = 0; i < 10; i += 1) await producer.send({ topic: 't', value: `${i}` })
    await until(
      async () => pushes().length >= 2,
      limitMs,
      () => 'no metrics have come',
    )
    await producer.send({ topic: 't', value: 'the last' })
    const id = await producer.clientInstanceId()
    await producer.close()
    const all = pushes()

    expect(all.map(({ terminating }) => terminating)).toEqual([
      ...all.slice(1).map(() => false),
      true,
    ])
    expect(new Set(all.map((push) => push.id))).toEqual(new Set([id]))
    expect(all[0]!.resource).toEqual({ client_rack: 'here' })
    const { metrics } = all[0]!
    const named = (name: string) => metrics.find((metric) => metric.name === name)
    expect(named('org.apache.kafka.producer.record.send.rate')).toMatchObject({ kind: 'gauge' })
    expect(named('org.apache.kafka.app.info.start.time.ms')).toMatchObject({ integer: true })
    expect(named('org.apache.kafka.producer.topic.record.send.total')).toMatchObject({
      kind: 'AGGREGATION_TEMPORALITY_DELTA,true',
      attributes: { topic: 't' },
    })
    expect(metrics.every(({ points }) => points === 1)).toBe(true)
    expect(metrics.length).toBeGreaterThan(80)
    // What arrived since the last push, each time: together, the total.
    const sent = all.map((push) => {
      return push.metrics.find(
        ({ name }) => name === 'org.apache.kafka.producer.record.send.total',
      )!
    })
    expect(sent.reduce((sum, { value }) => sum + value!, 0)).toBe(11)
    for (const [index, later] of sent.slice(1).entries()) {
      expect(later.start).toBe(sent[index]!.time)
    }
  })
})
