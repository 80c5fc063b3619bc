// An OpenID provider with the package oidc-provider, whose tokens the brokers of a ring accept. It
// has one client with a secret, one with assertions of its key (private_key_jwt), and one with the
// grant jwt-bearer. The package does not have that grant: it is registered here, and the package
// signs the token. Such a request names no client, as in Java; the client is the assertion's
// issuer.

import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const audience = 'kafka'
const scope = 'produce'
const resource = 'urn:kafka'

export interface OidcServer {
  readonly issuer: string
  readonly tokenUrl: string
  readonly jwksUrl: string
  readonly close: () => void
}

/** What is used of the package, which has no types. */
interface Provider {
  callback(): (request: IncomingMessage, response: object) => void
  registerGrantType(
    name: string,
    handler: (context: GrantContext) => Promise<void>,
    parameters: readonly string[],
  ): void
  readonly ClientCredentials: new (token: object) => Token
}

interface Token {
  resourceServer: unknown
  readonly expiration: number
  save(): Promise<string>
}

interface GrantContext {
  readonly oidc: { readonly client: object; readonly params: Readonly<Record<string, string>> }
  body: unknown
  status: number
}

/** On a free port of loopback. `clientKey` is the key of the two clients that sign. */
export async function startOidcServer(clientKey: KeyObject): Promise<OidcServer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = await providerAt(issuer, clientKey)
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.method === 'POST') Object.assign(request, { body: named(await formOf(request)) })
    answer(request, response)
  })
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { issuer, tokenUrl: `${issuer}/token`, jwksUrl: `${issuer}/jwks`, close }
}

async function providerAt(issuer: string, clientKey: KeyObject): Promise<Provider> {
  const name: string = 'oidc-provider' // no types are looked for
  const { default: Oidc } = (await import(name)) as {
    default: new (issuer: string, settings: object) => Provider
  }
  const kafka = { audience, scope, accessTokenFormat: 'jwt', accessTokenTTL: 300 }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
  const provider = new Oidc(issuer, {
    clients: clients(clientKey),
    scopes: [scope],
    jwks: { keys: [key] },
    ttl: { ClientCredentials: 300 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        getResourceServerInfo: () => kafka,
      },
    },
  })
  provider.registerGrantType(jwtBearer, (context) => granted(provider, context), [
    'assertion',
    'scope',
  ])
  return provider

  /** The grant: the assertion is from the client, for this provider, and still valid. */
  async function granted(made: Provider, context: GrantContext): Promise<void> {
    const { client, params } = context.oidc
    const claims = verified(params['assertion'] ?? '', clientKey)
    if (claims?.['aud'] !== `${issuer}/token` || Number(claims['exp']) * 1000 < Date.now()) {
      context.status = 400
      context.body = { error: 'invalid_grant' }
      return
    }
    const token = new made.ClientCredentials({ client, scope })
    token.resourceServer = Object.assign(Object.create(null), kafka, { identifier: () => audience })
    const accessToken = await token.save()
    context.body = { access_token: accessToken, expires_in: token.expiration, token_type: 'Bearer' }
  }
}

function clients(clientKey: KeyObject): object[] {
  const jwks = { keys: [{ ...clientKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] }
  const common = { redirect_uris: [], response_types: [], scope }
  const credentials = { ...common, grant_types: ['client_credentials'] }
  return [
    { ...credentials, client_id: 'by-secret', client_secret: 'secret' },
    {
      ...credentials,
      client_id: 'by-key',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks,
    },
    {
      ...common,
      client_id: 'by-grant',
      grant_types: [jwtBearer],
      token_endpoint_auth_method: 'none',
    },
  ]
}

async function formOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return Object.fromEntries(new URLSearchParams(text))
}

/** A request with an assertion for a grant belongs to its issuer. */
function named(form: Record<string, string>): Record<string, string> {
  if (form['grant_type'] !== jwtBearer) return form
  return { ...form, client_id: String(claimsOf(form['assertion'] ?? '')['iss']) }
}

function claimsOf(assertion: string): Record<string, unknown> {
  const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()
  return payload === '' ? {} : JSON.parse(payload)
}

/** The claims of an assertion signed by that key; null if it is invalid. */
function verified(assertion: string, key: KeyObject): Record<string, unknown> | null {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const bytes = Buffer.from(`${header}.${payload}`)
  const ieee = { key, dsaEncoding: 'ieee-p1363' } as const
  const isGood = verify('sha256', bytes, ieee, Buffer.from(signature, 'base64url'))
  return isGood ? claimsOf(assertion) : null
}
