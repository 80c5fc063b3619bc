import diagnostics from 'node:diagnostics_channel'
import { Subject } from 'rxjs'
import { KafkaProducer, type ProducerConfig, type ProducerOptions } from 'to-kafka'
import { SimulatedCluster, type SimulatedClusterOptions, VirtualClock } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calm, type Weather } from '../../lib/testing/weather.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import { passTime } from '../support/pass-time.ts'

function stage(
  config: Partial<ProducerConfig> = {},
  options: ProducerOptions = {},
  more: SimulatedClusterOptions = {},
) {
  const clock = new VirtualClock()
  const cluster = new SimulatedCluster({ brokers: 1, topics: { t: {} }, ...more })
  const warned: { at: number; message: string; code: string }[] = []
  const runtime = {
    ...cluster.runtime(clock),
    warn: (message: string, code: string) => warned.push({ at: clock.now(), message, code }),
  }
  const producer = new KafkaProducer(
    { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 0, ...config },
    { runtime, ...options },
  )
  const send = () => void producer.send({ topic: 't', value: 'x' }).catch(() => {})
  return { clock, cluster, producer, warned, send, run: (ms: number) => passTime(clock, ms) }
}

describe('a producer that reaches no broker', () => {
  it('warns once, after five seconds, with the address and the reason', async () => {
    const { cluster, warned, send, run, clock } = stage()
    cluster.stopBroker(1)
    send()
    await run(4_999)
    expect(warned).toEqual([])

    await run(200_000)

    expect(warned).toMatchObject([{ at: 5_000, code: 'TO_KAFKA_UNREACHABLE' }])
    expect(warned[0]!.message).toContain(`cannot connect to ${cluster.bootstrapServers}`)
    expect([clock.pending, clock.pendingInBackground]).toEqual([0, 0])
  })

  it('names the broker that has not answered if nothing has failed yet', async () => {
    const { cluster, warned, send, run } = stage()
    cluster.pauseBroker(1)
    send()
    await run(6_000)

    expect(warned[0]!.message).toContain(`no answer yet from ${cluster.bootstrapServers}`)
  })

  it('says that the address is one that a broker advertises, if it is', async () => {
    const outcome = (broker: number) => (broker === 1 ? 'refuse' : 'accept')
    const weather: Weather = {
      ...calm(1),
      connect: (broker) => ({ ms: 1, outcome: outcome(broker) }),
    }
    const { warned, send, run } = stage({}, {}, { brokers: 2, weather })
    send()
    await run(6_000)

    expect(warned).toHaveLength(1)
    expect(warned[0]!.message).toContain('which broker 1 advertises (advertised.listeners)')
  })

  it('does not warn if warnings are off, or something listens to its events', async () => {
    const silent = stage({}, { warnings: false })
    const heard = stage()
    const subscription = heard.producer.events$.subscribe(new Subject())
    onTestFinished(() => subscription.unsubscribe())
    for (const { cluster, send, run } of [silent, heard]) {
      cluster.stopBroker(1)
      send()
      await run(10_000)
    }

    expect([...silent.warned, ...heard.warned]).toEqual([])
  })

  it.each(['to-kafka:connection', 'to-kafka:undelivered'])(
    'does not warn if something listens to the channel %s',
    async (channel) => {
      const hear = () => {}
      diagnostics.subscribe(channel, hear)
      onTestFinished(() => void diagnostics.unsubscribe(channel, hear))
      const { cluster, send, run, warned } = stage()
      cluster.stopBroker(1)
      send()
      await run(10_000)

      expect(warned).toEqual([])
    },
  )

  it('does not warn once a record has its result, good or bad', async () => {
    const good = stage()
    good.send()
    await good.run(1_000)
    const bad = stage({ 'max.block.ms': 2_000 })
    bad.cluster.stopBroker(1)
    bad.send()
    await bad.run(3_000)
    for (const { cluster, send, run } of [good, bad]) {
      cluster.stopBroker(1)
      send()
      await run(10_000)
    }

    expect([...good.warned, ...bad.warned]).toEqual([])
  })

  it('does not warn about a missing topic', async () => {
    const { producer, warned, run } = stage()
    void producer.send({ topic: 'missing', value: 'x' }).catch(() => {})
    await run(10_000)

    expect(warned).toEqual([])
  })

  it('leaves no timer if it is closed before', async () => {
    const { cluster, producer, send, run, clock, warned } = stage()
    cluster.stopBroker(1)
    send()
    await run(1_000)
    void producer.close({ timeout: 0 })
    await run(10_000)

    expect([clock.pending, clock.pendingInBackground, warned]).toEqual([0, 0, []])
  })
})

describe('the real runtime', () => {
  it('warns as Node does, with the code of the warning', async () => {
    const heard = new Promise<Error>((resolve) => process.once('warning', resolve))
    realRuntime.warn?.('words', 'TO_KAFKA_UNREACHABLE')

    expect(await heard).toMatchObject({
      name: 'KafkaWarning',
      code: 'TO_KAFKA_UNREACHABLE',
      message: 'words',
    })
  })
})
