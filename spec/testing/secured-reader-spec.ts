import { setTimeout } from 'node:timers/promises'
import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { MockCluster, type MockListeners, TopicReader } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certificateText } from '../support/certificates.ts'

// A TopicReader of secured brokers, with the settings of a producer.

const scram = {
  'sasl.mechanism': 'SCRAM-SHA-256',
  'sasl.username': 'me',
  'sasl.password': () => 'secret',
} as const
const users = { me: 'secret' }

async function start(listeners: MockListeners): Promise<MockCluster> {
  const cluster = await MockCluster.start({
    brokers: 2,
    topics: { t: { partitions: 2 } },
    listeners,
  })
  onTestFinished(async () => {
    expect(cluster.violations).toEqual([])
    await cluster.close()
  })
  return cluster
}

async function opened(cluster: MockCluster, config: Partial<ProducerConfig>) {
  const all = { ...cluster.clientSettings, ...config }
  const reader = await TopicReader.open(cluster.bootstrapServers, 't', all)
  onTestFinished(() => reader.close())
  return reader
}

describe('a reader of secured brokers', () => {
  it.each<[string, MockListeners, Partial<ProducerConfig>]>([
    ['with TLS', { security: 'SSL' }, {}],
    ['with a client certificate', { security: 'SSL', clientCertificates: true }, {}],
    ['with a login', { security: 'SASL_PLAINTEXT', users }, scram],
    ['with TLS and a login', { security: 'SASL_SSL', users }, scram],
  ])('reads %s what a producer with the same settings has sent', async (_, listeners, config) => {
    const cluster = await start(listeners)
    const all = { 'bootstrap.servers': cluster.bootstrapServers, ...cluster.clientSettings }
    const producer = new KafkaProducer({ ...all, ...config, 'linger.ms': 0 })
    for (const partition of [0, 1]) await producer.send({ topic: 't', partition, value: 'x' })
    await producer.close()
    const reader = await opened(cluster, { ...all, ...config, 'linger.ms': 0 })

    for (const partition of [0, 1]) {
      const found: unknown[] = []
      for await (const { records } of reader.batches(partition)) found.push(...records)
      expect(found).toMatchObject([{ valueText: 'x', offset: 0 }])
    }
  })

  it('renews a session that ends while it reads', async () => {
    const cluster = await start({ security: 'SASL_PLAINTEXT', users, sessionLifetimeMs: 1_200 })
    const reader = await opened(cluster, scram)
    expect(await reader.endOffset(0)).toBe(0)
    const handshakes = () => cluster.requests.filter(({ api }) => api === 'SaslHandshake').length
    const before = handshakes()
    await setTimeout(1_150)
    expect(await reader.endOffset(0)).toBe(0)

    expect(handshakes()).toBe(before + 1)
  })

  const stranger = { 'ssl.truststore.certificates': certificateText('stranger.pem') }
  const nobody = { 'ssl.keystore.key': undefined, 'ssl.keystore.certificate.chain': undefined }
  it.each<[string, MockListeners, Partial<ProducerConfig>, string, RegExp]>([
    [
      'whose authority it does not trust',
      { security: 'SSL' },
      stranger,
      'TLS_FAILED',
      /not trusted/,
    ],
    [
      'that require a client certificate',
      { security: 'SSL', clientCertificates: true },
      nobody,
      'TLS_FAILED',
      /requires a client certificate/,
    ],
    [
      'with another password',
      { security: 'SASL_SSL', users: { me: 'other' } },
      scram,
      'SASL_AUTHENTICATION_FAILED',
      /refused the login by SCRAM-SHA-256/,
    ],
    [
      'with another mechanism',
      { security: 'SASL_PLAINTEXT', users, mechanisms: ['PLAIN'] },
      scram,
      'UNSUPPORTED_MECHANISM',
      /enabled: PLAIN/,
    ],
  ])('gets the reason of a refusal by brokers %s', async (_, listeners, config, code, sentence) => {
    const cluster = await start(listeners)
    const refused = opened(cluster, config)

    await expect(refused).rejects.toMatchObject({
      name: 'AuthenticationError',
      code,
      message: expect.stringMatching(sentence),
    })
  })

  it('refuses settings that a producer refuses', async () => {
    const config = { 'ssl.truststore.locaton': 'ca.pem' } as Partial<ProducerConfig>
    await expect(TopicReader.open('localhost:9092', 't', config)).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/ssl\.truststore\.location/),
    })
  })
})
