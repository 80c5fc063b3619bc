// Logins to a real Apache Kafka: users created by Kafka's own tools, sessions of three seconds. One
// broker, with a listener for each of the four security protocols.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defer, lastValueFrom, retry, throwError, timer } from 'rxjs'
import {
  type AuthenticationError,
  type DeliveryError,
  KafkaProducer,
  type ProducerConfig,
  type RecordMetadata,
} from 'to-kafka'
import { TopicReader } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { SaslAuthenticate } from '../../lib/protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../lib/protocol/messages/sasl-handshake.ts'
import { certificatePath, certificateText } from '../support/certificates.ts'
import { RawClient } from '../support/raw-client.ts'
import { runJava } from './java-program.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { ringIsSkipped } from './kafka-ring.ts'

const skipped = (await ringIsSkipped()) !== null
const recordCount = 20_000
const sessionMs = 3_000
/** More than two sessions. */
const longerMs = 7_000

const modules = 'org.apache.kafka.common.security'
/** SASLprep would change this password. */
const odd = 'ﬁ\u00a0Ⅸü'

/** The broker's settings for the clients at each port with a login. */
const jaas = {
  plain: 'plain.PlainLoginModule required user_me="secret"',
  'scram-sha-256': 'scram.ScramLoginModule required',
  'scram-sha-512': 'scram.ScramLoginModule required',
  oauthbearer: 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
}

/** Each protocol in addition to plaintext, with a listener of its name. */
const listeners = { SSL: 'SSL', SASL_PLAINTEXT: 'SASL_PLAINTEXT', SASL_SSL: 'SASL_SSL' } as const

const settings: Record<string, string> = {
  'sasl.enabled.mechanisms': Object.keys(jaas).join(',').toUpperCase(),
  'connections.max.reauth.ms': `${sessionMs}`,
  'delegation.token.secret.key': 'what tokens are signed with',
  'ssl.keystore.type': 'PEM',
  ...Object.fromEntries(
    ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) =>
      Object.entries(jaas).map(([mechanism, line]) => [
        `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
        `${modules}.${line};`,
      ]),
    ),
  ),
}

const login = (mechanism: string, password = 'secret', username = 'me') => ({
  'sasl.mechanism': mechanism,
  'sasl.username': username,
  'sasl.password': password,
})

const oauth = {
  'sasl.mechanism': 'OAUTHBEARER',
  'sasl.jaas.config': `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="me" unsecuredLoginLifetimeSeconds="60";`,
}

const trust = {
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': certificatePath('authority.pem'),
}

/**
 * Each mechanism over each protocol with a login, and the other protocols without one: each has its
 * own topic.
 */
const journeys = [
  ...['PLAINTEXT', 'SSL'].map((protocol) => ({ protocol, mechanism: 'no login', config: {} })),
  ...['SASL_PLAINTEXT', 'SASL_SSL'].flatMap((protocol) =>
    [login('PLAIN'), login('SCRAM-SHA-256'), login('SCRAM-SHA-512'), oauth].map((config) => ({
      protocol,
      mechanism: config['sasl.mechanism'],
      config,
    })),
  ),
].map((each) => ({ ...each, topic: `${each.protocol}.${each.mechanism.replace(' ', '-')}` }))

describe.skipIf(skipped)('a real Kafka broker with SASL', () => {
  let broker: KafkaBroker
  let admin: KafkaAdmin
  const folder = mkdtempSync(join(tmpdir(), 'sasl-'))

  beforeAll(async () => {
    const shown = join(folder, 'server.pem')
    writeFileSync(shown, certificateText('server-key.pem') + certificateText('server.pem'))
    broker = await startKafkaBroker({
      settings: { ...settings, 'ssl.keystore.location': shown },
      listeners,
    })
    admin = await KafkaAdmin.start(broker.bootstrapServers)
    const names = [
      ...journeys.map(({ topic }) => topic),
      'again',
      'odd',
      'quiet',
      'refused',
      'token',
    ]
    await admin.create(names.map((name) => ({ name, partitions: 1 })))
    await setPassword('me', 'secret', 'SCRAM-SHA-256')
    await setPassword('me', 'secret', 'SCRAM-SHA-512')
    await setPassword('odd', odd, 'SCRAM-SHA-256')
  })
  afterAll(async () => {
    await admin?.close()
    await broker?.stop()
    rmSync(folder, { recursive: true })
  })

  /** For a properties file, because the encoding of arguments depends on the machine. */
  const escaped = (text: string) =>
    text.replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

  /** With Kafka's own tool. */
  async function setPassword(user: string, password: string, mechanism: string): Promise<void> {
    const file = join(folder, 'credential.properties')
    writeFileSync(file, `${mechanism}=password=${escaped(password)}\n`)
    const what = [
      '--alter',
      '--add-config-file',
      file,
      '--entity-type',
      'users',
      '--entity-name',
      user,
    ]
    const args = ['--bootstrap-server', broker.bootstrapServers, ...what]
    await runJava('org.apache.kafka.tools.ConfigCommand', args)
  }

  /** The topics, as a Java tool lists them that logs in as `odd`. */
  async function javaLists(password: string): Promise<string[]> {
    const file = join(folder, 'client.properties')
    const module = `${modules}.scram.ScramLoginModule required username="odd" password="${password}";`
    const lines = [
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=SCRAM-SHA-256',
      `sasl.jaas.config=${escaped(module)}`,
    ]
    writeFileSync(file, lines.join('\n'))
    const at = ['--bootstrap-server', serversOf('SASL_PLAINTEXT'), '--command-config', file]
    const lists: string[] = []
    const onLine = (line: string) => void lists.push(line)
    await runJava('org.apache.kafka.tools.TopicCommand', [...at, '--list'], { onLine })
    return lists
  }

  /** A delegation token of the user `me`, created by Kafka's own tool. */
  async function delegationToken(): Promise<{ id: string; hmac: string }> {
    const file = join(folder, 'owner.properties')
    const module = `${modules}.scram.ScramLoginModule required username="me" password="secret";`
    const lines = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=SCRAM-SHA-256']
    writeFileSync(file, [...lines, `sasl.jaas.config=${module}`].join('\n'))
    const at = ['--bootstrap-server', serversOf('SASL_PLAINTEXT'), '--command-config', file]
    const printed: string[] = []
    const onLine = (line: string) => void printed.push(line)
    const what = ['--create', '--max-life-time-period', '-1']
    await runJava('org.apache.kafka.tools.DelegationTokenCommand', [...at, ...what], { onLine })
    // After the head of a table: id, code, owner, and more.
    const [id, hmac] = printed.at(-1)!.split(/\s+/)
    return { id: id!, hmac: hmac! }
  }

  const serversOf = (protocol: string, port?: number) =>
    `localhost:${port ?? broker.ports[protocol] ?? broker.port}`

  function producer(config: object, protocol = 'SASL_PLAINTEXT', port?: number): KafkaProducer {
    return new KafkaProducer({
      'bootstrap.servers': serversOf(protocol, port),
      'security.protocol': protocol,
      'linger.ms': 5,
      ...(protocol.endsWith('SSL') && trust),
      ...config,
    } as ProducerConfig)
  }

  /** The error of a record that cannot be delivered, and its cause. */
  async function refusal(config: object, port?: number) {
    const one = producer(config, 'SASL_PLAINTEXT', port)
    try {
      await one.send({ topic: 'refused', value: 'x' })
    } catch (error) {
      const { code, cause } = error as DeliveryError
      const { code: why, message } = (cause ?? {}) as AuthenticationError
      return { code, why, message }
    } finally {
      await one.close({ timeout: 0 })
    }
    throw new Error('it was delivered')
  }

  // At the same time, because they wait for sessions to end.
  it.concurrent.each(journeys)(
    `takes at least ${recordCount} records over $protocol with $mechanism in order, in several sessions`,
    async ({ protocol, topic, config }) => {
      const one = producer(config, protocol)
      const offsets: number[] = []
      const begun = performance.now()
      while (offsets.length < recordCount || performance.now() - begun < longerMs) {
        const sent: Promise<RecordMetadata>[] = []
        for (let index = 0; index < 500; index += 1) {
          sent.push(one.send({ topic, value: `${offsets.length + index}`, partition: 0 }))
        }
        for (const metadata of await Promise.all(sent)) offsets.push(metadata.offset)
      }
      await one.close()
      expect(offsets.every((offset, index) => offset === index)).toBe(true)
      expect(await admin.endOffsets([topic])).toEqual({ [topic]: [offsets.length] })
    },
  )

  // The brokers of the mock cluster do the same (spec/testing/secured-cluster-spec.ts).
  it.concurrent('checks the session when it takes up a request, not when the request arrives', async () => {
    const raw = new RawClient(`localhost:${broker.ports['SASL_PLAINTEXT']}`)
    await raw.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
    const authBytes = Buffer.from('\0me\0secret')
    const { sessionLifetimeMs } = await raw.ask(SaslAuthenticate, 2, { authBytes })
    expect(sessionLifetimeMs).toBe(BigInt(sessionMs))
    const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 }]
    const topics = [{ topic: 'quiet', partitions }]
    const limits = { maxWaitMs: sessionMs + 1_000, minBytes: 1, maxBytes: 1 }
    raw.send(Fetch, 12, { ...limits, topics, forgottenTopicsData: [] })
    raw.send(Metadata, 12, { topics: [] }) // at once, and behind one that is answered after the end
    const { errorCode } = await raw.answer(Fetch, 12)
    await raw.closed

    expect([errorCode, raw.unread]).toEqual([0, 0])
  })

  it.each(journeys)('accepts a topic reader over $protocol with $mechanism', async (journey) => {
    const { topic } = journey
    const reader = await TopicReader.open(serversOf(journey.protocol), topic, {
      'security.protocol': journey.protocol,
      ...(journey.protocol.endsWith('SSL') && trust),
      ...journey.config,
    } as ProducerConfig)
    const end = await reader.endOffset(0)
    expect(end).toBeGreaterThanOrEqual(recordCount)
    const values: (string | null)[] = []
    for await (const { records } of reader.batches(0, { from: end - 1_000 }))
      values.push(...records.map(({ valueText }) => valueText))
    reader.close()

    expect(values).toEqual(Array.from({ length: 1_000 }, (_, index) => `${end - 1_000 + index}`))
  })

  it.each([
    ['PLAIN', 'me', 'wrong', 'Authentication failed: Invalid username or password'],
    ['PLAIN', 'you', 'secret', 'Authentication failed: Invalid username or password'],
    ['SCRAM-SHA-256', 'me', 'wrong', 'invalid credentials with SASL mechanism SCRAM-SHA-256'],
    ['SCRAM-SHA-512', 'you', 'secret', 'invalid credentials with SASL mechanism SCRAM-SHA-512'],
  ])(
    'refuses a %s login of %s with password %s, and says so',
    async (mechanism, user, password, sentence) => {
      const { code, why, message } = await refusal(login(mechanism, password, user))
      expect([code, why]).toEqual(['AUTHENTICATION_FAILED', 'SASL_AUTHENTICATION_FAILED'])
      expect(message).toContain(sentence)
    },
  )

  it.concurrent('accepts a delegation token in several sessions, and not as a password', async () => {
    const { id, hmac } = await delegationToken()
    const line = `${modules}.scram.ScramLoginModule required username="${id}" password="${hmac}"`
    const mechanism = { 'sasl.mechanism': 'SCRAM-SHA-256' }
    const one = producer({ ...mechanism, 'sasl.jaas.config': `${line} tokenauth="true";` })
    const send = () => one.send({ topic: 'token', value: 'x' })
    const isUnknown = ({ code }: DeliveryError) => code === 'AUTHENTICATION_FAILED'
    // The broker learns of a token a moment after it has issued it.
    const { offset } = await lastValueFrom(
      defer(send).pipe(
        retry({ delay: (error) => (isUnknown(error) ? timer(100) : throwError(() => error)) }),
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, sessionMs + 500))
    expect((await send()).offset).toBe(offset + 1)
    await one.close()
    const { code, why } = await refusal({ ...mechanism, 'sasl.jaas.config': `${line};` })
    expect([code, why]).toEqual(['AUTHENTICATION_FAILED', 'SASL_AUTHENTICATION_FAILED'])
  })

  it('refuses an invalid token with the exchange of RFC 7628', async () => {
    const tokens = {
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.login.callback.handler.class': () => 'x.y.z',
    }
    const { code, why, message } = await refusal(tokens)
    expect([code, why]).toEqual(['AUTHENTICATION_FAILED', 'SASL_AUTHENTICATION_FAILED'])
    expect(message).toContain('refused the login by OAUTHBEARER')
  })

  it('names the mechanisms that it has enabled', async () => {
    const mechanism = { name: 'AWS_MSK_IAM', begin: () => ({ step() {} }) }
    const { code, why, message } = await refusal({ 'sasl.mechanism': mechanism })
    expect([code, why]).toEqual(['AUTHENTICATION_FAILED', 'UNSUPPORTED_MECHANISM'])
    // In an order that no configuration has.
    const enabled = message
      .replace(/.*enabled: /, '')
      .split(', ')
      .sort()
    expect(enabled).toEqual(['OAUTHBEARER', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
  })

  it('needs no login at its other port', async () => {
    const { code, why } = await refusal(login('PLAIN'), broker.port)
    expect([code, why]).toEqual(['AUTHENTICATION_FAILED', 'SASL_NOT_EXPECTED'])
  })

  it('closes the connection of a client that does not log in, and the error names the setting', async () => {
    const { code, message } = await refusal({
      'security.protocol': 'PLAINTEXT',
      'max.block.ms': 2_000,
    })
    expect(code).toBe('METADATA_TIMEOUT')
    expect(message).toContain("if it expects a login, set 'security.protocol' to SASL_PLAINTEXT")
  })

  it('accepts a password exactly as it was typed, as Java sends it, and not in its prepared form', async () => {
    const one = producer(login('SCRAM-SHA-256', odd, 'odd'))
    expect(await one.send({ topic: 'odd', value: 'x' })).toMatchObject({ offset: 0 })
    await one.close()
    expect(await javaLists(odd)).toContain('odd')

    // NFKC and an ordinary space: the result of SASLprep (RFC 4013).
    const prepared = odd.normalize('NFKC').replaceAll('\u00a0', ' ')
    expect(prepared).toBe('fi IXü')
    const { why } = await refusal(login('SCRAM-SHA-256', prepared, 'odd'))
    expect(why).toBe('SASL_AUTHENTICATION_FAILED')
  })

  it('accepts a shared producer again once its password is right, also after a change', async () => {
    let password = 'wrong'
    const one = producer({ ...login('SCRAM-SHA-256'), 'sasl.password': () => password })
    const send = () => one.send({ topic: 'again', value: 'x' })
    await expect(send()).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    password = 'secret'
    expect(await send()).toMatchObject({ offset: 0 })
    await setPassword('me', 'changed', 'SCRAM-SHA-256')
    // The current session continues to its end; then the old password is refused.
    let sent = 1
    const refused = await new Promise<DeliveryError>((resolve) => {
      const next = () =>
        send().then(() => {
          sent += 1
          next()
        }, resolve)
      next()
    })
    expect(refused).toMatchObject({ code: 'AUTHENTICATION_FAILED', persisted: 'no' })
    password = 'changed'
    expect(await send()).toMatchObject({ offset: sent })
    await one.close()
  })
})
