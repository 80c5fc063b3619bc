import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import type { HttpPost } from '../../lib/runtime.ts'
import { unsecured } from '../../lib/security/jwt.ts'
import { begin, runtimeOf, said } from '../support/sasl-dialogue.ts'

const folder = mkdtempSync(join(tmpdir(), 'oauth-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
const token = unsecured({ sub: 'me', exp: 2_000_000_000 })

const base = {
  'bootstrap.servers': 'a:9092',
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'OAUTHBEARER',
} as const
const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
const classes = 'org.apache.kafka.common.security.oauthbearer.'
const url = { 'sasl.oauthbearer.token.endpoint.url': 'https://issuer/token' }
const client = {
  ...url,
  'sasl.oauthbearer.client.credentials.client.id': 'id ü',
  'sasl.oauthbearer.client.credentials.client.secret': 'hunter2:+',
}

/** What is sent to the broker, and what was sent to the token endpoint. */
async function first(more: object) {
  const { sasl } = resolveConfig({ ...base, ...more } as never).security
  const asked: HttpPost[] = []
  const runtime = {
    ...runtimeOf(),
    post: (
      request: HttpPost,
      done: (error: null, answer: { status: number; body: string }) => void,
    ) => {
      asked.push(request)
      done(null, { status: 200, body: JSON.stringify({ access_token: token }) })
    },
  }
  return { text: await said(begin(sasl!, runtime as never)), asked }
}

function refused(more: object): unknown {
  try {
    resolveConfig({ ...base, ...more } as never)
  } catch (error) {
    return error
  }
  throw new Error(`${inspect(more)} was accepted`)
}

describe('the tokens of a configuration', () => {
  it('come from a function', async () => {
    const { text } = await first({ 'sasl.login.callback.handler.class': async () => 'abc' })
    expect(text).toBe('n,,\x01auth=Bearer abc\x01\x01')
  })

  it('come from an endpoint, with client credentials', async () => {
    const { text, asked } = await first({ ...client, 'sasl.oauthbearer.scope': 'a b' })
    expect(text).toBe(`n,,\x01auth=Bearer ${token}\x01\x01`)
    expect(asked).toMatchObject([
      { url: 'https://issuer/token', body: 'grant_type=client_credentials&scope=a b' },
    ])
    const basic = Buffer.from('id ü:hunter2:+').toString('base64')
    expect(asked[0]!.headers).toMatchObject({ Authorization: `Basic ${basic}` })
  })

  it('come from an endpoint with encoded credentials, if the configuration says so', async () => {
    const { asked } = await first({
      ...client,
      'sasl.oauthbearer.scope': 'a b',
      'sasl.oauthbearer.header.urlencode': true,
    })
    const basic = Buffer.from('id+%C3%BC:hunter2%3A%2B').toString('base64')
    expect(asked[0]!.headers['Authorization']).toBe(`Basic ${basic}`)
    expect(asked[0]!.body).toBe('grant_type=client_credentials&scope=a+b')
  })

  it('come from an endpoint that the older JAAS options name, with extensions', async () => {
    const jaas = `${module} clientId="id" clientSecret="hunter2" scope="s" extension_logicalCluster="lkc";`
    const handler = `${classes}secured.OAuthBearerLoginCallbackHandler`
    const { text, asked } = await first({
      ...url,
      'sasl.jaas.config': jaas,
      'sasl.login.callback.handler.class': handler,
    })
    expect(text).toBe(`n,,\x01auth=Bearer ${token}\x01logicalCluster=lkc\x01\x01`)
    expect(asked[0]!.body).toBe('grant_type=client_credentials&scope=s')
  })

  it('come from an endpoint with an assertion that is generated or read from a file', async () => {
    const made = {
      ...url,
      'sasl.oauthbearer.assertion.claim.iss': 'me',
      'sasl.oauthbearer.assertion.private.key.file': key,
    }
    const { asked } = await first(made)
    expect(asked[0]!.body).toMatch(
      /^client_assertion_type=urn%3A.*jwt-bearer&client_assertion=ey[\w.-]+&grant_type=client_credentials$/,
    )
    const written = { ...url, 'sasl.oauthbearer.assertion.file': file('assertion', ' a.b.c \n') }
    expect((await first(written)).asked[0]!.body).toContain('&client_assertion=a.b.c&')
    const grant = { 'sasl.oauthbearer.jwt.retriever.class': `${classes}JwtBearerJwtRetriever` }
    expect((await first({ ...written, ...grant })).asked[0]!.body).toBe(
      'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c',
    )
  })

  it('come from a file that is read at each login', async () => {
    const path = file('token', `${token}\n`)
    const { sasl } = resolveConfig({
      ...base,
      'sasl.oauthbearer.token.endpoint.url': `file://${path}`,
    }).security
    expect(await said(begin(sasl!))).toContain(`Bearer ${token}\x01`)
    const other = unsecured({ sub: 'you', exp: 2_000_000_000 })
    file('token', other)
    expect(await said(begin(sasl!))).toContain(`Bearer ${other}\x01`)
  })

  it('are unsigned, if a JAAS line says so', async () => {
    const jaas = `${module} unsecuredLoginStringClaim_sub="me" unsecuredLoginListClaim_scope=",a,b" unsecuredLoginLifetimeSeconds="60";`
    const { text } = await first({ 'sasl.jaas.config': jaas })
    const payload = Buffer.from(text.split('.')[1]!, 'base64url').toString()
    expect(JSON.parse(payload)).toEqual({
      sub: 'me',
      scope: ['a', 'b'],
      iat: 1_700_000_000,
      exp: 1_700_000_060,
    })
  })

  it.each([
    [{}, 'sasl.oauthbearer.token.endpoint.url is missing'],
    [{ ...url }, 'client.credentials.client.id is missing'],
    [
      { ...client, 'sasl.oauthbearer.client.credentials.client.secret': '' },
      'client.secret is missing',
    ],
    [{ 'sasl.oauthbearer.token.endpoint.url': 'issuer/token' }, 'a URL with http, https or file'],
    [
      { 'sasl.oauthbearer.token.endpoint.url': `file:${'//'}/no/such/file` },
      'cannot be read: ENOENT',
    ],
    [{ ...client, 'sasl.username': 'me' }, 'sasl.username has no effect'],
    [{ 'sasl.jaas.config': 'a.B required;' }, 'the login module of OAUTHBEARER is'],
    [{ 'sasl.jaas.config': `${module} extension_a1="x";` }, 'is called "a1"'],
    [{ 'sasl.login.callback.handler.class': 'com.example.Mine' }, 'it must be a function'],
    [{ ...url, 'sasl.oauthbearer.assertion.claim.iss': 'me' }, 'private.key.file is missing'],
    [
      {
        ...url,
        'sasl.oauthbearer.assertion.claim.iss': 'me',
        'sasl.oauthbearer.assertion.private.key.file': file('x', 'hunter2'),
      },
      'has no key that can sign',
    ],
    [
      {
        ...url,
        'sasl.oauthbearer.assertion.claim.iss': 'me',
        'sasl.oauthbearer.assertion.private.key.file': key,
        'sasl.oauthbearer.assertion.algorithm': 'ES256',
      },
      'needs a key on the curve P-256',
    ],
    [
      {
        ...url,
        'sasl.oauthbearer.assertion.claim.iss': 'me',
        'sasl.oauthbearer.assertion.private.key.file': key,
        'sasl.oauthbearer.assertion.template.file': file('y', '['),
      },
      'is not the JSON of an assertion',
    ],
    [
      { ...client, 'sasl.oauthbearer.jwt.retriever.class': 'com.example.Mine' },
      'Java classes cannot be loaded here',
    ],
    [{ ...client, 'sasl.oauthbearer.expected.issuer': 'x' }, 'it is a setting of brokers'],
  ])('are refused if they cannot be obtained: %j', (more, sentence) => {
    const error = refused(more)
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(sentence) })
    expect(inspect(error)).not.toContain('hunter2')
  })
})

describe('TLS to a token endpoint', () => {
  const line = (options: string) => ({ ...client, 'sasl.jaas.config': `${module} ${options};` })

  it('follows the ssl options of the JAAS line, and not the keys for brokers', async () => {
    const { asked } = await first(line('ssl.endpoint.identification.algorithm=""'))
    expect(asked[0]!.tls).toMatchObject({ servername: 'issuer', rejectUnauthorized: true })
    const brokers = { 'security.protocol': 'SASL_SSL', 'ssl.protocol': 'TLSv1.2' }
    expect((await first({ ...client, ...brokers })).asked[0]!.tls).toBeUndefined()
  })

  it.each([
    ['ssl.truststore.location=/none.jks', 'ssl.truststore.location'],
    ['ssl.protocol=SSLv3', 'ssl.protocol'],
    ['ssl.keystore.password=hunter2', 'ssl.keystore.location'],
  ])('is refused with the name of the option: %s', (option, name) => {
    const error = refused(line(option)) as Error
    expect(error).toMatchObject({ name: 'ConfigError' })
    expect(error.message).toContain(name)
    expect(error.message).not.toContain('hunter2')
  })
})
