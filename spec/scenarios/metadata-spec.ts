import { createServer } from 'node:net'
import { from, of } from 'rxjs'
import { ConnectionError, DeliveryError, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  records,
  requested,
  requestsOf,
  settle,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'
import { VirtualStage } from './virtual-stage.ts'

describe('a topic that is not known yet', () => {
  it('is waited for, with as many requests as necessary', async () => {
    const { cluster, producer } = await startProducer()
    const sent = producer.send({ topic: 'u', value: 'a' })
    await requested(cluster, 'Metadata', 3)
    cluster.createTopic('u', { partitions: 1 })
    expect((await sent).offset).toBe(0)
  })

  it('that is known costs no request', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'a' })
    const asked = requestsOf(cluster, 'Metadata').length
    await producer.send({ topic: 't', value: 'b' })
    expect(requestsOf(cluster, 'Metadata')).toHaveLength(asked)
  })

  it("fails its records after max.block.ms, and the error names the topic and the broker's answer", () => {
    const stage = new VirtualStage()
    const results = stage.deliver([{ topic: 'u', value: 'a' }], { 'max.block.ms': 50 })
    stage.clock.runUntil(1_000)
    const error = {
      code: 'METADATA_TIMEOUT',
      topic: 'u',
      limitMs: 50,
      persisted: 'no',
      cause: { code: 'UNKNOWN_TOPIC_OR_PARTITION' },
    }
    expect(results).toMatchObject([{ status: 'rejected', error }])
  })

  it('with max.block.ms 0 fails its records at once, and is found by later ones', async () => {
    const { producer } = await startProducer({ 'max.block.ms': 0 })
    await expect(producer.send({ topic: 't', value: 'a' })).rejects.toMatchObject({
      code: 'METADATA_TIMEOUT',
      limitMs: 0,
    })
    let tries = 0
    let offset: number | null = null
    while (offset === null) {
      tries += 1
      offset = await producer.send({ topic: 't', value: 'a' }).then(
        (metadata) => metadata.offset,
        () => null,
      )
      await settle(1)
    }
    expect(offset).toBe(0)
    expect(tries).toBeLessThan(1000)
  })

  it('does not hold back another topic', async () => {
    const { cluster, producer } = await startProducer()
    const waiting = listen(of({ topic: 'u', value: 'a' }).pipe(toKafkaSettled(producer)))
    await producer.send({ topic: 't', value: 'b' })
    expect(await logOf(cluster)).toEqual(['b'])
    expect(waiting.end).toBeNull()
  })

  it('keeps the order of its records', async () => {
    const cluster = await startCluster({ topics: { t: {} } })
    const producer = producerFor(cluster)
    const values = Array.from({ length: 100 }, (_, index) => `${index}`)
    const delivered = listen(from(records(values, 'u')).pipe(toKafka(producer)))
    await requested(cluster, 'Metadata', 2)
    cluster.createTopic('u', { partitions: 1 })
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster, 'u')).toEqual(values)
  })

  it.each(['no topic', '.', 'ä', 'x'.repeat(250)])(
    'with an impossible name fails at once: %s',
    async (topic) => {
      const { cluster, producer } = await startProducer()
      for (let time = 0; time < 2; time += 1) {
        await expect(producer.send({ topic, value: 'a' })).rejects.toMatchObject({
          code: 'INVALID_TOPIC_EXCEPTION',
          topic,
          partition: -1,
        })
      }
      expect(requestsOf(cluster, 'Metadata')).toEqual([])
    },
  )

  it('without authorization fails as soon as the broker says so', async () => {
    const cluster = await startCluster()
    cluster.on('Metadata').reply('TOPIC_AUTHORIZATION_FAILED')
    const producer = producerFor(cluster)
    await expect(producer.send({ topic: 't', value: 'a' })).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
      topic: 't',
    })
  })
})

describe('a partition that does not exist', () => {
  it('fails its record after max.block.ms, and the error names it and the number of partitions', () => {
    const stage = new VirtualStage({ topics: { t: { partitions: 2 } } })
    const results = stage.deliver([{ topic: 't', partition: 2, value: 'a' }], {
      'max.block.ms': 50,
    })
    stage.clock.runUntil(1_000)
    const { error } = results[0] as { error: DeliveryError }
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', topic: 't', partition: 2, limitMs: 50 })
    expect(error.message).toContain('the topic has 2 partitions')
  })

  it('fails the record that names it, and no other record of the stream', () => {
    const stage = new VirtualStage({ topics: { t: { partitions: 2 } } })
    const given = [
      { topic: 't', partition: 0, value: 'first' },
      { topic: 't', partition: 99, value: 'bad' },
      { topic: 't', partition: 0, value: 'good' },
      { topic: 't', value: 'free' },
    ]
    const results = stage.deliver(given, { 'max.block.ms': 300 })
    stage.clock.runUntil(1_000)
    const rejected = results.filter((one) => one.status === 'rejected')
    expect(rejected.map(({ record }) => record.value)).toEqual(['bad'])
    expect(rejected[0]!.error.message).toContain('t-99: METADATA_TIMEOUT')
    expect(stage.cluster.records('t')).toHaveLength(3)
  })

  it('holds back no record of another caller', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 2 } } })
    const producer = producerFor(cluster)
    void producer.send({ topic: 't', partition: 2, value: 'waits' }).catch(() => {})
    const sent = await Promise.all(records(['a', 'b']).map((record) => producer.send(record)))
    expect(sent.map(({ record }) => record.value)).toEqual(['a', 'b'])
  })

  it('is waited for', async () => {
    const { cluster, producer } = await startProducer()
    const sent = producer.send({ topic: 't', partition: 1, value: 'a' })
    await requested(cluster, 'Metadata', 2)
    cluster.deleteTopic('t')
    cluster.createTopic('t', { partitions: 2 })
    expect((await sent).partition).toBe(1)
  })
})

describe('a broker that cannot be reached', () => {
  /** A local port on which nothing listens. */
  async function deadPort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  it('fails records with METADATA_TIMEOUT, whose cause has the address and the reason', async () => {
    const port = await deadPort()
    const config = {
      'bootstrap.servers': `127.0.0.1:${port}`,
      'max.block.ms': 1000, // a busy machine needs part of it to try at all
      'reconnect.backoff.ms': 1,
    }
    const error = (await listen(of({ topic: 't', value: 'a' }).pipe(toKafka(config)))
      .ended) as DeliveryError
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', topic: 't', limitMs: 1000 })
    expect(error.cause).toBeInstanceOf(ConnectionError)
    expect(error.cause).toMatchObject({ code: 'CONNECT_FAILED', address: `127.0.0.1:${port}` })
    expect(error.message).toContain(`127.0.0.1:${port}`)
  })

  it('is named as an HTTP server if it is one', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).resume()
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as { port: number }
    const config = {
      'bootstrap.servers': `127.0.0.1:${port}`,
      'max.block.ms': 1000, // a busy machine needs part of it to connect at all
      'reconnect.backoff.ms': 1,
    }
    const error = (await listen(of({ topic: 't', value: 'a' }).pipe(toKafka(config)))
      .ended) as DeliveryError
    expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', cause: { code: 'NOT_KAFKA' } })
    expect((error.cause as Error).message).toContain('HTTP')
  })

  it('is skipped, and the next one in the list is used', async () => {
    const cluster = await startCluster()
    const port = await deadPort()
    const config = configFor(cluster, {
      'bootstrap.servers': `127.0.0.1:${port},${cluster.bootstrapServers}`,
    })
    const delivered = listen(from(records(['a'])).pipe(toKafka(config)))
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['a'])
  })

  it('costs nothing once nothing is outstanding', async () => {
    const port = await deadPort()
    const producer = producerFor({ bootstrapServers: `127.0.0.1:${port}` } as never, {
      'max.block.ms': 20,
    })
    await expect(producer.send({ topic: 't', value: 'a' })).rejects.toMatchObject({
      code: 'METADATA_TIMEOUT',
    })
    const busy = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => name === 'TCPSocketWrap' || name === 'TCPConnectWrap').length
    await until(() => busy() === 0)
    await settle(50)
    expect(busy()).toBe(0)
  })
})
