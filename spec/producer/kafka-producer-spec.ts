import { ConfigError, KafkaProducer } from 'to-kafka'
import { SimulatedCluster, VirtualClock } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import { assemblyOf, engineOf } from '../../lib/producer/assembly.ts'
import { passTime } from '../support/pass-time.ts'

function stage() {
  const clock = new VirtualClock()
  const cluster = new SimulatedCluster({ topics: { t: {} } })
  const runtime = cluster.runtime(clock)
  const producer = new KafkaProducer(
    { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 20 },
    { runtime },
  )
  const run = (ms = 1000) => passTime(clock, ms)
  return { clock, cluster, producer, run }
}

describe('KafkaProducer', () => {
  it('throws at once for a wrong configuration', () => {
    expect(() => new KafkaProducer({ 'bootstrap.servers': 'a:1', 'linger.ms': -1 })).toThrow(
      ConfigError,
    )
    expect(() => new KafkaProducer({} as never)).toThrow(ConfigError)
  })

  it('is closed at the end of its block by await using, after pending records', async () => {
    const { producer, cluster, run } = stage()
    const sent = producer.send({ topic: 't', value: 'a' })
    const block = (async () => {
      await using used = producer
      expect(used).toBe(producer)
    })()
    await run()
    await block
    expect((await sent).offset).toBe(0)
    expect(cluster.connections).toBe(0)
    const late = producer.send({ topic: 't', value: 'b' })
    await expect(late).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('throws at once for unknown options', () => {
    const config = { 'bootstrap.servers': 'a:1' }
    const made = (options: unknown) => () => new KafkaProducer(config, options as never)
    expect(made({ foo: 4 })).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY', key: 'foo' }))
    expect(made({ onUnsubscribe: 'discard' })).toThrow("'onUnsubscribe' is not an option of Kafka")
    expect(made(5)).toThrow('the options of KafkaProducer must be an object, not a number')
  })

  it('is not closed by a call with unknown options, and accepts records as before', async () => {
    const { producer, run } = stage()
    for (const wrong of [{ timeoutMs: 5 }, 5, null]) {
      expect(() => producer.close(wrong as never)).toThrow(ConfigError)
    }
    const sent = producer.send({ topic: 't', value: 'a' })
    await run()
    expect(await sent).toMatchObject({ offset: 0 })
  })

  it('does nothing before it has a record', async () => {
    const { cluster, clock, run } = stage()
    expect(clock.pending).toBe(0)
    await run()
    expect(cluster.requests).toEqual([])
    expect(cluster.connections).toBe(0)
  })

  it('waits linger.ms from the first record of a batch', async () => {
    const { clock, producer, run } = stage()
    await Promise.all([producer.send({ topic: 't', value: 'warm' }), run()])
    const at: number[] = []
    const begun = clock.now()
    void producer.send({ topic: 't', value: 'a' }).then(() => at.push(clock.now() - begun))
    await run(10)
    void producer.send({ topic: 't', value: 'b' }).then(() => at.push(clock.now() - begun))
    await run()
    expect(at).toEqual([22, 22])
  })

  it('resolves with the metadata of the same record object', async () => {
    const { producer, run } = stage()
    const record = { topic: 't', key: 'k', value: 'v', trace: 7 }
    const [metadata] = await Promise.all([producer.send(record), run()])
    expect(metadata.record).toBe(record)
    expect(metadata).toMatchObject({ topic: 't', partition: 0, offset: 0 })
  })

  it('explains how to write a send() of kafkajs', async () => {
    const { producer, run } = stage()
    const sent = producer.send({ topic: 't', messages: [{ value: 'a' }, { value: 'b' }] } as never)
    const refused = sent.catch((error) => error)
    await run()
    expect(await refused).toMatchObject({
      code: 'INVALID_RECORD',
      message: expect.stringContaining(
        'messages.map((message) => producer.send({ topic, ...message }))',
      ),
    })
  })

  it('has events$ that cannot be published to, and that complete when it is closed', async () => {
    const { producer, run } = stage()
    const heard: string[] = []
    producer.events$.subscribe({ complete: () => heard.push('|') })
    expect('next' in producer.events$).toBe(false)
    const closed = producer.close()
    await run()
    await closed
    expect(heard).toEqual(['|'])
    producer.events$.subscribe({ complete: () => heard.push('| again') })
    expect(heard).toEqual(['|', '| again'])
  })

  it('gives its internals to the operators, and not through its own properties', () => {
    const { producer } = stage()
    expect(engineOf(producer).outstanding).toBe(0)
    expect(assemblyOf(producer).events).toBeDefined()
    expect(Object.keys(producer)).toEqual([])
  })

  it('stops after the timeout of close', async () => {
    const { cluster, clock, producer, run } = stage()
    await Promise.all([producer.send({ topic: 't', value: 'warm' }), run()])
    cluster.on('Produce').hang()
    const lost = producer.send({ topic: 't', value: 'a' }).catch((error) => error)
    const begun = clock.now()
    let closedAt = 0
    void producer.close({ timeout: 100 }).then(() => {
      closedAt = clock.now() - begun
    })
    await run(99)
    expect(closedAt).toBe(0)
    await run(10)
    expect(closedAt).toBeGreaterThanOrEqual(100)
    expect(await lost).toMatchObject({
      code: 'CLOSED',
      persisted: 'possibly',
      message: 't-0: CLOSED (1 attempt); the producer was closed; it may be in the log',
    })
    expect(clock.pending).toBe(0)
  })

  it('rejects records after close with an error that says so', async () => {
    const { producer, run } = stage()
    await Promise.all([producer.close(), run()])
    const reason = { code: 'CLOSED', message: 'the producer was closed' }
    const refused = { code: 'CLOSED', persisted: 'no', cause: reason }
    await expect(producer.send({ topic: 't', value: 'a' })).rejects.toMatchObject({
      ...refused,
      message: 't: CLOSED; the producer was closed',
    })
    await expect(producer.partitionsFor('t')).rejects.toMatchObject(refused)
    const writer = producer.writable().getWriter()
    writer.closed.catch(() => {})
    // Like a stream of toKafka that is subscribed then: there was no record, so there is nothing to
    // report.
    const write = writer.write({ topic: 't', value: 'a' })
    await expect(write).rejects.toMatchObject({ name: 'ConnectionError', code: 'CLOSED' })
  })
})
