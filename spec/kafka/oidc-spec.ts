// OAUTHBEARER with token endpoints, and a real broker that validates tokens with the issuers' keys.
// The issuers are the package oidc-provider and a small server in this file. That server has one
// client with a secret and one with a key, and can issue what no provider would.

import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeliveryError, KafkaProducer, type ProducerConfig } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { ringIsSkipped } from './kafka-ring.ts'
import { type OidcServer, startOidcServer } from './oidc-server.ts'

const skipped = (await ringIsSkipped()) !== null
const recordCount = 20_000
const oauth = 'org.apache.kafka.common.security.oauthbearer'

const issuerKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clientKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A token for the brokers, valid for a number of seconds. */
function token(issuer: string, seconds = 300): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    aud: 'kafka',
    sub: 'me',
    scope: 'produce',
    iat: now,
    exp: now + seconds,
  }
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k' })}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), issuerKey.privateKey).toString('base64url')}`
}

function isOurs(assertion: string): boolean {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const key = { key: clientKey.publicKey, dsaEncoding: 'ieee-p1363' } as const
  const bytes = Buffer.from(signature, 'base64url')
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, bytes)
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = ''
  for await (const chunk of request) body += chunk
  return new URLSearchParams(body)
}

const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`

async function startIssuer(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const form = await bodyOf(request)
    const { port } = server.address() as AddressInfo
    if (request.url === '/jwks') {
      const jwk = createPublicKey(issuerKey.publicKey.export({ type: 'spki', format: 'pem' }))
      const key = { ...jwk.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
      response.end(JSON.stringify({ keys: [key] }))
      return
    }
    const assertion = form.get('client_assertion') ?? form.get('assertion')
    const good = assertion === null ? request.headers.authorization === basic : isOurs(assertion)
    response.statusCode = good ? 200 : 401
    const issuer = request.url === '/strange' ? 'http://elsewhere' : `http://127.0.0.1:${port}`
    response.end(
      JSON.stringify(good ? { access_token: token(issuer) } : { error: 'invalid_client' }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** A listener accepts the tokens of one issuer. */
function validating(listener: string, issuer: string, jwks: string): Record<string, string> {
  const prefix = `listener.name.${listener}`
  return {
    [`${prefix}.oauthbearer.sasl.jaas.config`]: `${oauth}.OAuthBearerLoginModule required;`,
    [`${prefix}.oauthbearer.sasl.server.callback.handler.class`]: `${oauth}.OAuthBearerValidatorCallbackHandler`,
    [`${prefix}.sasl.oauthbearer.jwks.endpoint.url`]: jwks,
    [`${prefix}.sasl.oauthbearer.expected.audience`]: 'kafka',
    [`${prefix}.sasl.oauthbearer.expected.issuer`]: issuer,
  }
}

describe.skipIf(skipped)('a real Kafka broker that accepts the tokens of issuers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-'))
  const keyFile = join(folder, 'key.pem')
  let issuer: Server
  let provider: OidcServer
  let broker: KafkaBroker
  let admin: KafkaAdmin
  let url = ''

  beforeAll(async () => {
    writeFileSync(keyFile, clientKey.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    issuer = await startIssuer()
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
    provider = await startOidcServer(clientKey.publicKey)
    const jwks = [`${url}/jwks`, provider.jwksUrl] as const
    const settings = {
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      ...validating('oidc', url, jwks[0]),
      ...validating('provider', provider.issuer, jwks[1]),
    }
    // Java reads its options from there; the broker calls only allowed addresses.
    const before = process.env['JAVA_TOOL_OPTIONS']
    process.env['JAVA_TOOL_OPTIONS'] =
      `${before ?? ''} -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwks.join()}`
    try {
      const listeners = { OIDC: 'SASL_PLAINTEXT', PROVIDER: 'SASL_PLAINTEXT' } as const
      broker = await startKafkaBroker({ settings, listeners })
    } finally {
      if (before === undefined) delete process.env['JAVA_TOOL_OPTIONS']
      else process.env['JAVA_TOOL_OPTIONS'] = before
    }
    admin = await KafkaAdmin.start(broker.bootstrapServers)
    const own = ['secret', 'assertion', 'bearer']
    const names = [...own, ...own.map((name) => `provider-${name}`), 'refused']
    await admin.create(names.map((name) => ({ name, partitions: 1 })))
  })
  afterAll(async () => {
    await admin?.close()
    await broker?.stop()
    issuer?.close()
    provider?.close()
    rmSync(folder, { recursive: true })
  })

  const client = (secret = 'secret', id = 'me') => ({
    'sasl.oauthbearer.client.credentials.client.id': id,
    'sasl.oauthbearer.client.credentials.client.secret': secret,
  })
  const asserted = (id = 'me') => ({
    'sasl.oauthbearer.assertion.algorithm': 'ES256',
    'sasl.oauthbearer.assertion.claim.iss': id,
    'sasl.oauthbearer.assertion.claim.sub': id,
    'sasl.oauthbearer.assertion.private.key.file': keyFile,
  })
  const byGrant = { 'sasl.oauthbearer.jwt.retriever.class': `${oauth}.JwtBearerJwtRetriever` }
  /** What the provider requires of an assertion. */
  const demanded = () => ({
    'sasl.oauthbearer.assertion.claim.aud': provider.tokenUrl,
    'sasl.oauthbearer.assertion.claim.jti.include': true,
  })
  const scope = { 'sasl.oauthbearer.scope': 'produce' }

  function producer(config: object, path = '/token', listener = 'OIDC'): KafkaProducer {
    return new KafkaProducer({
      'bootstrap.servers': `localhost:${broker.ports[listener]}`,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': `${url}${path}`,
      ...config,
    } as ProducerConfig)
  }

  const fromProvider = () => ({ 'sasl.oauthbearer.token.endpoint.url': provider.tokenUrl })

  it.each([
    ['secret', () => client()],
    ['assertion', () => asserted()],
    ['bearer', () => ({ ...asserted(), ...byGrant })],
    ['provider-secret', () => ({ ...fromProvider(), ...client('secret', 'by-secret'), ...scope })],
    ['provider-assertion', () => ({ ...fromProvider(), ...asserted('by-key'), ...demanded() })],
    [
      'provider-bearer',
      () => ({ ...fromProvider(), ...asserted('by-grant'), ...demanded(), ...byGrant }),
    ],
  ])(`takes ${recordCount} records in order with %s`, async (topic, config) => {
    const one = producer(config(), '/token', topic.startsWith('provider') ? 'PROVIDER' : 'OIDC')
    const sent = Array.from({ length: recordCount }, (_, index) =>
      one.send({ topic, value: `${index}` }),
    )
    const results = await Promise.all(sent)
    expect(results.every(({ offset }, index) => offset === index)).toBe(true)
    await one.close()
  })

  it.each([
    [
      'the endpoint has another secret',
      '/token',
      'wrong',
      'TOKEN_UNAVAILABLE',
      'answered 401: invalid_client',
    ],
    [
      'the issuer is a different one',
      '/strange',
      'secret',
      'SASL_AUTHENTICATION_FAILED',
      'invalid_token',
    ],
  ])('refuses at once if %s', async (_, path, secret, why, sentence) => {
    const one = producer(client(secret), path)
    const failure = await one.send({ topic: 'refused', value: 'x' }).then(
      () => expect.unreachable(),
      (error: DeliveryError) => error,
    )
    await one.close({ timeout: 0 })
    expect(failure).toMatchObject({ code: 'AUTHENTICATION_FAILED', cause: { code: why } })
    expect(failure.message).toContain(sentence)
  })

  it.each<[string, () => object, string]>([
    ['another secret', () => client('wrong', 'by-secret'), 'answered 401: invalid_client'],
    ['an unknown client', () => client('secret', 'nobody'), 'answered 401: invalid_client'],
    [
      'an assertion for another audience',
      () => ({ ...asserted('by-grant'), ...byGrant }),
      'answered 400: invalid_grant',
    ],
  ])("reports the provider's refusal of %s", async (_, config, sentence) => {
    const one = producer({ ...fromProvider(), ...config() }, '', 'PROVIDER')
    const failure = one.send({ topic: 'refused', value: 'x' })
    await expect(failure).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      cause: { code: 'TOKEN_UNAVAILABLE', message: expect.stringContaining(sentence) },
    })
    await one.close({ timeout: 0 })
  })
})
