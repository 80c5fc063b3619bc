import { generateKeyPairSync } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { KafkaProducer, type SendResult } from 'to-kafka'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Runtime } from '../../lib/runtime.ts'
import { unsecured } from '../../lib/security/jwt.ts'
import { plainLogin, saslStage, scramLogin, valued } from './sasl-stage.ts'

// No password, token or assertion is in anything that a producer shows: results, errors, events,
// diagnostics messages, metrics, and their forms by inspect and JSON. Each secret is a marker here.

const marker = 'hunter2'
const token = `${marker}.${unsecured({ sub: marker }).split('.')[1]}.x`

/** All the text that a program could make of a value. */
function seen(thing: unknown): string {
  const deep = { showHidden: true, depth: 12, maxStringLength: null, getters: true } as const
  const replaced = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)
  const errors: string[] = []
  for (let one: unknown = thing; one instanceof Error; one = one.cause) {
    errors.push(one.message, String(one.stack), JSON.stringify(one, replaced))
  }
  return [inspect(thing), inspect(thing, deep), ...errors].join('\n')
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const keyLines = keyPem.split('\n').slice(1, -2)
const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const oauth = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'OAUTHBEARER' } as const

/** An endpoint in virtual time, which records its requests, and may repeat them in its answers. */
function endpointThat(does: string, secrets: string[]): NonNullable<Runtime['post']> {
  return ({ headers, body }, done) => {
    secrets.push(...Object.values(headers).filter((text) => text.startsWith('Basic ')))
    secrets.push(
      ...[...new URLSearchParams(body)].flatMap(([name, text]) =>
        name.endsWith('assertion') ? text : [],
      ),
    )
    const all = `${JSON.stringify(headers)} ${decodeURIComponent(body)} ${marker}`
    const status = does === 'repeats' ? 401 : does === 'repeats for ever' ? 503 : 200
    const answer = {
      good: { access_token: token },
      nonsense: { token: all },
    }[does] ?? { error: 'invalid_client', error_description: all }
    if (does === 'fails') done(new Error('connect ECONNREFUSED'), null)
    else done(null, { status, body: JSON.stringify(answer) })
  }
}

/** Everything that a producer shows within some seconds. */
function lived(config: object, brokers: string, post: NonNullable<Runtime['post']>): string[] {
  const isGood = brokers !== 'bad'
  const users = { me: isGood ? marker : 'other' }
  const stage = saslStage({ users, tokens: isGood ? [token] : [], sessionLifetimeMs: 2_000 })
  const fault = stage.cluster.on('SaslAuthenticate', { nth: 3, times: 2 })
  if (brokers === 'closes') fault.closeBeforeAppend()
  if (brokers === 'hangs') fault.hang()
  if (brokers === 'garbles') fault.garbage()
  const told: string[] = []
  const listen = (message: unknown) => told.push(seen(message))
  for (const name of channels) subscribe(`to-kafka:${name}`, listen)
  try {
    const all = { 'bootstrap.servers': stage.cluster.bootstrapServers, ...config }
    const producer = new KafkaProducer(all, { runtime: { ...stage.runtime, post } })
    producer.events$.subscribe((event) => told.push(seen(event)))
    const results: SendResult[] = []
    for (let second = 1; second < 6; second += 1) {
      results.push(...stage.deliverOn(producer, valued([second])))
      stage.clock.runUntil(second * 1_000)
    }
    void producer.close({ timeout: 0 })
    stage.clock.runUntil(60_000)
    return [...told, ...results.map(seen), seen(producer), seen(producer.metrics())]
  } finally {
    for (const name of channels) unsubscribe(`to-kafka:${name}`, listen)
  }
}

const channels = ['connection', 'request', 'batch', 'producer', 'undelivered']

describe('a secret', () => {
  it.each([
    ['PLAIN', { ...plainLogin, 'sasl.password': marker }],
    ['PLAIN', { ...plainLogin, 'sasl.password': () => marker }],
    ['SCRAM', { ...scramLogin, 'sasl.password': marker }],
    [
      'JAAS',
      {
        'security.protocol': 'SASL_PLAINTEXT' as const,
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="me" password="${marker}";`,
      },
    ],
    [
      'OAUTHBEARER',
      {
        'security.protocol': 'SASL_PLAINTEXT' as const,
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.login.callback.handler.class': () => token,
      },
    ],
  ])('of %s is never shown, whether it is right or wrong', (_, config) => {
    for (const good of [true, false]) {
      const stage = saslStage({
        users: good ? { me: marker } : { me: 'other' },
        tokens: good ? [token] : [],
        sessionLifetimeMs: 2_000,
      })
      const told: string[] = []
      const listen = (message: unknown) => told.push(seen(message))
      for (const name of channels) subscribe(`to-kafka:${name}`, listen)
      onTestFinished(() => {
        for (const name of channels) unsubscribe(`to-kafka:${name}`, listen)
      })
      const all = { 'bootstrap.servers': stage.cluster.bootstrapServers, ...config }
      const producer = new KafkaProducer(all, { runtime: stage.runtime })
      producer.events$.subscribe((event) => told.push(seen(event)))
      const results = []
      for (let second = 1; second < 6; second += 1) {
        results.push(...stage.deliverOn(producer, valued([second])))
        stage.clock.runUntil(second * 1_000)
      }
      told.push(...results.map(seen), seen(producer), seen(producer.metrics()))
      expect(results.map(({ status }) => status)).toEqual(
        Array(results.length).fill(good ? 'fulfilled' : 'rejected'),
      )
      expect(told.length).toBeGreaterThan(5)
      expect(told.filter((text) => text.includes(marker))).toEqual([])
      void producer.close({ timeout: 0 })
      stage.clock.runUntil(10_000)
    }
  })

  it('of any login is never shown, whatever brokers and token endpoints do and repeat', () => {
    const asserted = {
      'sasl.oauthbearer.token.endpoint.url': `https://me:${marker}@issuer.example/token?key=${marker}`,
      'sasl.oauthbearer.assertion.claim.iss': 'me',
    }
    const logins: Record<string, object> = {
      plain: { ...plainLogin, 'sasl.password': marker },
      scram: { ...scramLogin, 'sasl.password': () => marker },
      tokens: { ...oauth, 'sasl.login.callback.handler.class': () => token },
      tokenFile: {
        ...oauth,
        'sasl.oauthbearer.token.endpoint.url': `file://${file('token', token)}`,
      },
      clientSecret: {
        ...oauth,
        'sasl.oauthbearer.token.endpoint.url': 'https://issuer.example/token',
        'sasl.oauthbearer.client.credentials.client.id': 'me',
        'sasl.oauthbearer.client.credentials.client.secret': `${marker}&+`,
        'sasl.oauthbearer.header.urlencode': true,
      },
      assertionFile: {
        ...oauth,
        ...asserted,
        'sasl.oauthbearer.assertion.file': file('assertion', token),
      },
      assertionMade: {
        ...oauth,
        ...asserted,
        'sasl.oauthbearer.assertion.private.key.file': file('key', keyPem),
        'sasl.oauthbearer.assertion.claim.sub': marker,
        'sasl.oauthbearer.jwt.retriever.class':
          'org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever',
      },
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(logins)),
        fc.constantFrom('good', 'bad', 'closes', 'hangs', 'garbles'),
        fc.constantFrom('good', 'repeats', 'repeats for ever', 'nonsense', 'fails'),
        (login, brokers, endpoint) => {
          const secrets = [marker, ...keyLines]
          const told = lived(logins[login]!, brokers, endpointThat(endpoint, secrets))
          expect(told.length).toBeGreaterThan(4)
          expect(told.filter((text) => secrets.some((one) => text.includes(one)))).toEqual([])
        },
      ),
      { numRuns: 120 },
    )
  })

  it('would be found if it were shown', () => {
    const cause = new Error(`password ${marker}`)
    expect(seen(new Error('outer', { cause }))).toContain(marker)
    expect(seen({ deep: { down: [marker] } })).toContain(marker)
  })
})
