import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { filter, firstValueFrom, from, lastValueFrom, toArray } from 'rxjs'
import { KafkaProducer, type ProducerConfig, toKafka } from 'to-kafka'
import { MockCluster, type MockClusterOptions } from 'to-kafka/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { SaslAuthenticate } from '../../lib/protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../lib/protocol/messages/sasl-handshake.ts'
import { certificateText } from '../support/certificates.ts'
import { RawClient } from '../support/raw-client.ts'

// A mock cluster with TLS, on real sockets.

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

async function start(listeners: MockClusterOptions['listeners'], brokers = 1) {
  const cluster = await MockCluster.start({ brokers, topics: { t: {} }, listeners })
  open.push(cluster)
  return cluster
}

function configFor(cluster: MockCluster, over: Config = {}): ProducerConfig {
  const servers = { 'bootstrap.servers': cluster.bootstrapServers }
  return { ...servers, ...cluster.clientSettings, ...over }
}

function producerFor(cluster: MockCluster, over: Config = {}): KafkaProducer {
  const producer = new KafkaProducer(configFor(cluster, over))
  open.push(producer)
  return producer
}

const records = ['a', 'b', 'c'].map((value) => ({ topic: 't', value }))

describe('a mock cluster with TLS', () => {
  it('accepts the records of a client with its settings', async () => {
    const cluster = await start({ security: 'SSL' })
    const results = from(records).pipe(toKafka(configFor(cluster)), toArray())

    expect((await lastValueFrom(results)).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect((await cluster.records('t')).map(({ valueText }) => valueText)).toEqual(['a', 'b', 'c'])
    expect(cluster.violations).toEqual([])
  })

  it('requests a client certificate if configured, and accepts that of its settings', async () => {
    const cluster = await start({ security: 'SSL', clientCertificates: true })

    expect(await producerFor(cluster).send(records[0]!)).toMatchObject({ offset: 0 })
    const without = producerFor(cluster, {
      'ssl.keystore.key': undefined,
      'ssl.keystore.certificate.chain': undefined,
    })
    await expect(without.send(records[0]!)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      cause: {
        code: 'TLS_FAILED',
        message: expect.stringMatching(/requires a client certificate/),
      },
    })
  })

  it('may have SASL as well', async () => {
    const cluster = await start({ security: 'SASL_SSL', users: { me: 'secret' } })
    const login = { 'sasl.mechanism': 'PLAIN', 'sasl.username': 'me', 'sasl.password': 'secret' }

    expect(await producerFor(cluster, login).send(records[0]!)).toMatchObject({
      offset: 0,
    })
  })

  // As Kafka does, which takes up one request at a time, and checks the session when it takes one
  // up.
  it.each([
    ['that arrived after its end, with a violation', false, ['broker 1: Metadata came after']],
    ['that arrived while the broker did not read, without a violation', true, []],
  ])(
    'closes the connection of an ended session, on a request %s',
    async (_, isBusy, violations) => {
      const users = { me: 'secret' }
      const cluster = await start({ security: 'SASL_PLAINTEXT', users, sessionLifetimeMs: 1 })
      const raw = new RawClient(cluster.bootstrapServers)
      await raw.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
      await raw.ask(SaslAuthenticate, 2, { authBytes: Buffer.from('\0me\0secret') })
      if (isBusy) cluster.pauseBroker(1)
      await setTimeout(5)
      raw.send(Metadata, 12, { topics: [] })
      if (isBusy) cluster.resumeBroker(1)
      await raw.closed

      expect(raw.unread).toBe(0)
      expect(cluster.violations.map((one) => one.slice(0, 29))).toEqual(violations)
    },
  )

  it('uses a new certificate from then on; a producer continues once it is a good one', async () => {
    const certificate = (name: string) => ({
      key: certificateText(`${name}-key.pem`),
      certificate: certificateText(`${name}.pem`),
    })
    const cluster = await start({ security: 'SSL' })
    const producer = producerFor(cluster)
    await producer.send(records[0]!)
    cluster.setCertificate(certificate('expired'))
    // What is sent before the producer notices this may be in a log, and is retried until it
    // expires.
    const lost = firstValueFrom(
      producer.events$.pipe(filter(({ type }) => type === 'disconnected')),
    )
    await cluster.stopBroker(1)
    await lost
    await cluster.startBroker(1)

    await expect(producer.send(records[1]!)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      cause: { message: expect.stringMatching(/has expired/) },
    })
    cluster.setCertificate(certificate('server'))
    expect(await producer.send(records[2]!)).toMatchObject({ offset: 1 })
  })

  it('continues with connections that were made while it was paused', async () => {
    const cluster = await start({ security: 'SSL' })
    cluster.pauseBroker(1)
    const sent = producerFor(cluster).send(records[0]!)
    const port = Number(cluster.bootstrapServers.split(':')[1])
    const other = connect(port, '127.0.0.1')
    await new Promise<void>((resolve) => other.once('connect', () => resolve()))
    other.destroy()
    cluster.resumeBroker(1)

    expect(await sent).toMatchObject({ offset: 0 })
  })

  it('closes, even while it is paused and a client waits for its handshake', async () => {
    const cluster = await start({ security: 'SSL' })
    cluster.pauseBroker(1)
    const port = Number(cluster.bootstrapServers.split(':')[1])
    const socket = connect(port, '127.0.0.1', () => socket.write(Uint8Array.of(0x16, 3, 1)))
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    socket.on('error', () => {})
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate) // the broker accepts it

    await cluster.close()
    await closed
  })

  it('closes, even while a client is in the middle of its handshake', async () => {
    const cluster = await start({ security: 'SSL' })
    const port = Number(cluster.bootstrapServers.split(':')[1])
    const socket = connect(port, '127.0.0.1', () => socket.write(Uint8Array.of(0x16, 3, 1)))
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    socket.on('error', () => {})
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))

    await cluster.close()
    await closed
  })

  it('refuses settings that make no sense', async () => {
    const wrong = { security: 'TLS' } as unknown as MockClusterOptions['listeners']
    await expect(MockCluster.start({ listeners: wrong })).rejects.toThrow(/SASL_SSL, not TLS/)
    const plain = await start({})
    const certificate = { key: '', certificate: '' }
    expect(() => plain.setCertificate(certificate)).toThrow(/do not use TLS/)
    expect(plain.clientSettings).toEqual({ 'security.protocol': 'PLAINTEXT' })
  })
})
