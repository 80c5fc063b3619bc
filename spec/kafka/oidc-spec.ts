// OAUTHBEARER against a token endpoint, with a real broker that validates by the keys of its issuer. The
// issuer is a small server of this file: it knows one client by its secret, and one by its key.

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

const skipped = (await ringIsSkipped()) !== null
const recordCount = 20_000
const oauth = 'org.apache.kafka.common.security.oauthbearer'

const issuerKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clientKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A token for the brokers, good for so many seconds. */
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

describe.skipIf(skipped)('a real Kafka broker that takes the tokens of an issuer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-'))
  const keyFile = join(folder, 'key.pem')
  let issuer: Server
  let broker: KafkaBroker
  let admin: KafkaAdmin
  let url = ''

  beforeAll(async () => {
    writeFileSync(keyFile, clientKey.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    issuer = await startIssuer()
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
    const settings = {
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      'listener.name.oidc.oauthbearer.sasl.jaas.config': `${oauth}.OAuthBearerLoginModule required;`,
      'listener.name.oidc.oauthbearer.sasl.server.callback.handler.class': `${oauth}.OAuthBearerValidatorCallbackHandler`,
      'listener.name.oidc.sasl.oauthbearer.jwks.endpoint.url': `${url}/jwks`,
      'listener.name.oidc.sasl.oauthbearer.expected.audience': 'kafka',
      'listener.name.oidc.sasl.oauthbearer.expected.issuer': url,
    }
    // Java reads its options from there; the broker asks no address that is not allowed.
    const before = process.env['JAVA_TOOL_OPTIONS']
    process.env['JAVA_TOOL_OPTIONS'] =
      `${before ?? ''} -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${url}/jwks`
    try {
      broker = await startKafkaBroker({ settings, listeners: { OIDC: 'SASL_PLAINTEXT' } })
    } finally {
      if (before === undefined) delete process.env['JAVA_TOOL_OPTIONS']
      else process.env['JAVA_TOOL_OPTIONS'] = before
    }
    admin = await KafkaAdmin.start(broker.bootstrapServers)
    const names = ['secret', 'assertion', 'bearer', 'refused']
    await admin.create(names.map((name) => ({ name, partitions: 1 })))
  })
  afterAll(async () => {
    await admin?.close()
    await broker?.stop()
    issuer?.close()
    rmSync(folder, { recursive: true })
  })

  const client = (secret = 'secret') => ({
    'sasl.oauthbearer.client.credentials.client.id': 'me',
    'sasl.oauthbearer.client.credentials.client.secret': secret,
  })
  const asserted = () => ({
    'sasl.oauthbearer.assertion.algorithm': 'ES256',
    'sasl.oauthbearer.assertion.claim.iss': 'me',
    'sasl.oauthbearer.assertion.claim.sub': 'me',
    'sasl.oauthbearer.assertion.private.key.file': keyFile,
  })

  function producer(config: object, path = '/token'): KafkaProducer {
    return new KafkaProducer({
      'bootstrap.servers': `localhost:${broker.ports['OIDC']}`,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': `${url}${path}`,
      ...config,
    } as ProducerConfig)
  }

  it.each([
    ['secret', () => client()],
    ['assertion', asserted],
    [
      'bearer',
      () => ({
        ...asserted(),
        'sasl.oauthbearer.jwt.retriever.class': `${oauth}.JwtBearerJwtRetriever`,
      }),
    ],
  ])(`takes ${recordCount} records in order by %s`, async (topic, config) => {
    const one = producer(config())
    const sent = Array.from({ length: recordCount }, (_, index) =>
      one.send({ topic, value: `${index}` }),
    )
    const results = await Promise.all(sent)
    expect(results.every(({ offset }, index) => offset === index)).toBe(true)
    await one.close()
  })

  it.each([
    [
      'the endpoint knows another secret',
      '/token',
      'wrong',
      'TOKEN_UNAVAILABLE',
      'answered 401: invalid_client',
    ],
    ['the issuer is another', '/strange', 'secret', 'SASL_AUTHENTICATION_FAILED', 'invalid_token'],
  ])('refuses at once where %s', async (_, path, secret, why, sentence) => {
    const one = producer(client(secret), path)
    const failure = await one.send({ topic: 'refused', value: 'x' }).then(
      () => expect.unreachable(),
      (error: DeliveryError) => error,
    )
    await one.close({ timeout: 0 })
    expect(failure).toMatchObject({ code: 'AUTHENTICATION_FAILED', cause: { code: why } })
    expect(failure.message).toContain(sentence)
  })
})
