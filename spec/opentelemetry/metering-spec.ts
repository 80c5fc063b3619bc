import diagnostics from 'node:diagnostics_channel'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { type MeteringOptions, metering } from 'to-kafka/opentelemetry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { producerFor, startCluster } from '../support/scenario.ts'

/** OpenTelemetry's SDK, and what it would export now. */
function metersInMemory() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meterProvider.shutdown())
  return { meterProvider, measured: () => collected(reader) }
}

async function collected(reader: PeriodicExportingMetricReader) {
  const { resourceMetrics } = await reader.collect()
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap((metric) =>
      metric.dataPoints.map(({ attributes, value }) => ({
        name: metric.descriptor.name,
        unit: metric.descriptor.unit,
        attributes,
        value: metric.dataPointType === DataPointType.HISTOGRAM ? value : Number(value),
      })),
    )
}

async function stage(options: MeteringOptions = {}) {
  const { meterProvider, measured } = metersInMemory()
  const stop = metering({ meterProvider, ...options })
  onTestFinished(stop)
  const cluster = await startCluster()
  const producer = producerFor(cluster, { 'client.id': 'shop' })
  return { cluster, producer, measured, stop, meterProvider }
}

const sent = {
  'messaging.system.name': 'kafka',
  'messaging.operation.name': 'send',
  'messaging.operation.type': 'send',
  'messaging.destination.name': 't',
  'messaging.client.id': 'shop',
}

describe('metering', () => {
  it('counts acknowledged records, and measures their batches in seconds', async () => {
    const { producer, measured } = await stage()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send({ topic: 't', value })))
    const [counted, lasted] = await measured()
    expect(counted).toEqual({
      name: 'messaging.client.sent.messages',
      unit: '{message}',
      attributes: sent,
      value: 3,
    })
    expect(lasted).toMatchObject({
      name: 'messaging.client.operation.duration',
      unit: 's',
      attributes: sent,
      value: { buckets: { boundaries: expect.arrayContaining([0.005, 0.075, 10]) } },
    })
    expect((lasted!.value as { count: number }).count).toBeGreaterThan(0)
  })

  it('gives failures their reason, and does not count what was never sent', async () => {
    const { cluster, producer, measured } = await stage()
    cluster.on('Produce', { nth: 1 }).reply('INVALID_RECORD')
    await producer.send({ topic: 't', value: 'bad' }).catch(() => {})
    await producer
      .send({ topic: 't', value: 'late' }, { signal: AbortSignal.abort() })
      .catch(() => {})
    const counted = (await measured()).filter(({ name }) => name.endsWith('sent.messages'))
    expect(counted).toMatchObject([
      { attributes: { ...sent, 'error.type': 'INVALID_RECORD' }, value: 1 },
    ])
  })

  it('leaves out producers that were not selected', async () => {
    const { producer, measured } = await stage({ clientIds: ['other'] })
    await producer.send({ topic: 't', value: 'a' })
    expect(await measured()).toEqual([])
  })

  it('unsubscribes from the channel when it is stopped', async () => {
    const { producer, measured, stop } = await stage()
    expect(diagnostics.hasSubscribers('to-kafka:batch')).toBe(true)
    stop()
    stop()
    expect(diagnostics.hasSubscribers('to-kafka:batch')).toBe(false)
    await producer.send({ topic: 't', value: 'a' })
    expect(await measured()).toEqual([])
  })

  it('uses the older names if they are requested', async () => {
    const { producer, measured } = await stage({ semconv: '1.44' })
    await producer.send({ topic: 't', value: 'a' })
    expect((await measured()).map(({ attributes }) => attributes['messaging.system'])).toEqual([
      'kafka',
      'kafka',
    ])
  })

  it('uses the global provider', async () => {
    const { meterProvider, measured } = metersInMemory()
    metrics.setGlobalMeterProvider(meterProvider)
    onTestFinished(() => metrics.disable())
    onTestFinished(metering())
    await producerFor(await startCluster()).send({ topic: 't', value: 'a' })
    expect(await measured()).toHaveLength(2)
  })
})
