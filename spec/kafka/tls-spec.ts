// The proof that a real Apache Kafka accepts us with TLS, and that each refusal has its own
// message. One broker with a listener for each of its certificates; what is delivered is read back
// over the same listener.

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { from, lastValueFrom, toArray } from 'rxjs'
import { type DeliveryError, KafkaProducer, type ProducerConfig, toKafka } from 'to-kafka'
import { TopicReader } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatePath, certificateText, password } from '../support/certificates.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { ringIsSkipped } from './kafka-ring.ts'

const recordCount = 20_000
const partitions = 3

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

const ssl: Config = {
  'security.protocol': 'SSL',
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': certificatePath('authority.pem'),
}

const pemClient = (name: string): Config => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.key': certificateText(`${name}-key.pem`),
  'ssl.keystore.certificate.chain': certificateText(`${name}.pem`),
})

/** The certificate of each listener, and what it requires. */
const certificates: Readonly<Record<string, string>> = {
  SSL: 'server',
  MUTUAL: 'server',
  MUTUALOLD: 'server',
  OLD: 'server',
  CIPHER: 'server',
  EXPIRED: 'expired',
  FUTURE: 'future',
  ELSEWHERE: 'elsewhere',
  SELF: 'self',
  LOGIN: 'server',
}

const isSkipped = await ringIsSkipped()

describe.skipIf(isSkipped)('a real Kafka with TLS', () => {
  let broker: KafkaBroker
  const folder = mkdtempSync(join(tmpdir(), 'to-kafka-tls-'))
  const store = (listener: string) => join(folder, `${listener.toLowerCase()}.pem`)
  const show = (listener: string, name: string) => {
    const key = certificateText(`${name === 'self' ? 'server' : name}-key.pem`)
    writeFileSync(store(listener), key + certificateText(`${name}.pem`))
  }

  beforeAll(async () => {
    for (const [listener, name] of Object.entries(certificates)) show(listener, name)
    broker = await startKafkaBroker({ listeners: protocols(), settings: settingsOf(store) })
  }, 180_000)

  afterAll(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const configFor = (listener: string, config: Config): ProducerConfig => ({
    'bootstrap.servers': `localhost:${broker.ports[listener] ?? broker.port}`,
    ...config,
  })

  const p12 = {
    'ssl.keystore.location': certificatePath('client-keytool.p12'),
    'ssl.keystore.password': password,
    'ssl.truststore.type': 'JKS',
    'ssl.truststore.location': certificatePath('trust.jks'),
    'ssl.truststore.password': password,
  }
  const login = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'PLAIN',
    'sasl.username': 'me',
    'sasl.password': 'secret',
  } as const

  it.each<[string, string, Config]>([
    ['with TLS 1.3', 'SSL', ssl],
    ['with TLS 1.2', 'OLD', ssl],
    ['with stores of keytool, and a certificate of the client', 'MUTUAL', { ...ssl, ...p12 }],
    ['with a key of PEM, and TLS 1.2', 'MUTUALOLD', { ...ssl, ...pemClient('client') }],
    ['with a login', 'LOGIN', { ...ssl, ...login }],
  ])(
    `takes ${recordCount} records in order: %s`,
    async (_, listener, config) => {
      const topic = `delivered-${listener.toLowerCase()}`
      const records = Array.from({ length: recordCount }, (_, index) => ({
        topic,
        partition: index % partitions,
        value: `${index}`,
      }))
      const results = from(records).pipe(toKafka(configFor(listener, config)), toArray())

      expect(await lastValueFrom(results)).toHaveLength(recordCount)
      expect(await valuesIn(configFor(listener, config), topic)).toEqual(inOrder())
    },
    120_000,
  )

  /** The error of one record that cannot be delivered. */
  async function refused(listener: string, config: Config): Promise<DeliveryError> {
    const producer = new KafkaProducer(configFor(listener, { 'max.block.ms': 3_000, ...config }), {
      warnings: false,
    })
    try {
      await producer.send({ topic: 'refused', value: 'x' })
    } catch (error) {
      return error as DeliveryError
    } finally {
      await producer.close({ timeout: 0 })
    }
    throw new Error('it was delivered')
  }

  const stranger = { 'ssl.truststore.location': certificatePath('stranger.pem') }
  const newest = { 'ssl.enabled.protocols': 'TLSv1.3' }
  const otherSuite = { 'ssl.cipher.suites': 'TLS_AES_128_GCM_SHA256', ...newest }

  it.each<[string, string, Config, RegExp]>([
    ['an unknown authority', 'SSL', stranger, /signed by an authority that is not trusted/],
    ['a certificate that has expired', 'EXPIRED', {}, /has expired/],
    ['a certificate that is not valid yet', 'FUTURE', {}, /is not valid yet/],
    [
      'a certificate for another name',
      'ELSEWHERE',
      {},
      /is for DNS:kafka\.example\.com, not for localhost/,
    ],
    ['a self-signed certificate', 'SELF', {}, /is self-signed, and not trusted/],
    ['no client certificate, TLS 1.3', 'MUTUAL', {}, /requires a client certificate/],
    ['no client certificate, TLS 1.2', 'MUTUALOLD', {}, /requires a client certificate/],
    [
      'an untrusted client certificate, TLS 1.3',
      'MUTUAL',
      pemClient('strange-client'),
      /refuses the client cert/,
    ],
    [
      'an untrusted client certificate, TLS 1.2',
      'MUTUALOLD',
      pemClient('strange-client'),
      /refuses the client/,
    ],
    ['no common version', 'OLD', newest, /have no TLS version in common/],
    ['no common cipher', 'CIPHER', otherSuite, /have no cipher suite in common/],
  ])(
    'refuses for good: %s',
    async (_, listener, config, sentence) => {
      const error = await refused(listener, { ...ssl, ...config })

      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', persisted: 'no' })
      expect(error.cause).toMatchObject({
        code: 'TLS_FAILED',
        message: expect.stringMatching(sentence),
      })
    },
    30_000,
  )

  it('closes a TLS connection to a plaintext listener', async () => {
    const error = await refused('PLAINTEXT', ssl)

    expect(error.code).toBe('METADATA_TIMEOUT')
    expect(error.message).toMatch(
      /closed the connection during the TLS handshake; does it speak TLS/,
    )
  }, 30_000)

  it('sends an alert to a plaintext client at a TLS listener', async () => {
    const error = await refused('SSL', {})

    expect(error.code).toBe('METADATA_TIMEOUT')
    expect(error.message).toMatch(/speaks TLS, and this connection is plain/)
  }, 30_000)

  it('may return with another certificate: the producer continues once its trust store has it', async () => {
    const trust = join(folder, 'trust.pem')
    copyFileSync(certificatePath('authority.pem'), trust)
    const producer = new KafkaProducer(
      configFor('SSL', { ...ssl, 'ssl.truststore.location': trust }),
    )
    const topic = 'rotated'
    expect(await producer.send({ topic, value: 'a', partition: 0 })).toMatchObject({ offset: 0 })
    await broker.restart(() => show('SSL', 'self'))

    await expect(producer.send({ topic, value: 'b', partition: 0 })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      cause: { message: expect.stringMatching(/is self-signed/) },
    })
    writeFileSync(trust, certificateText('authority.pem') + certificateText('self.pem'))
    expect(await producer.send({ topic, value: 'c', partition: 0 })).toMatchObject({ offset: 1 })
    await producer.close()
  }, 180_000)
})

function protocols() {
  const names = Object.keys(certificates)
  return Object.fromEntries(
    names.map((name) => [name, name === 'LOGIN' ? 'SASL_SSL' : 'SSL'] as const),
  )
}

function settingsOf(store: (listener: string) => string): Record<string, string> {
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  const settings: Record<string, string> = {
    'auto.create.topics.enable': 'true',
    'num.partitions': `${partitions}`,
    'num.network.threads': '1',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificatePath('authority.pem'),
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.login.plain.sasl.jaas.config': `${module} required user_me="secret";`,
    'listener.name.cipher.ssl.cipher.suites': 'TLS_AES_256_GCM_SHA384',
  }
  for (const listener of Object.keys(certificates)) {
    const prefix = `listener.name.${listener.toLowerCase()}.`
    settings[`${prefix}ssl.keystore.type`] = 'PEM'
    settings[`${prefix}ssl.keystore.location`] = store(listener)
    if (listener.startsWith('MUTUAL')) settings[`${prefix}ssl.client.auth`] = 'required'
    if (listener.endsWith('OLD')) settings[`${prefix}ssl.enabled.protocols`] = 'TLSv1.2'
  }
  return settings
}

/** The numbers of a topic's records, by partition, in the order of its log. */
async function valuesIn(config: ProducerConfig, topic: string): Promise<number[][]> {
  const reader = await TopicReader.open(`${config['bootstrap.servers']}`, topic, config)
  const found: number[][] = []
  for (let partition = 0; partition < reader.partitions; partition += 1) {
    const values: number[] = []
    for await (const { records } of reader.batches(partition)) {
      for (const { valueText } of records) values.push(Number(valueText))
    }
    found.push(values)
  }
  reader.close()
  return found
}

function inOrder(): number[][] {
  const numbers = Array.from({ length: recordCount }, (_, index) => index)
  return Array.from({ length: partitions }, (_, partition) =>
    numbers.filter((number) => number % partitions === partition),
  )
}
