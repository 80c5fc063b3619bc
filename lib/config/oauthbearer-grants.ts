// The requests to a token endpoint, made from the keys of OAUTHBEARER: the client's identity, by a secret
// or an assertion, and the requested scope. Assertions are made, or read from their file, for each request.

import { ConfigError } from '../errors/config-error.ts'
import { wordsOf } from '../errors/quoted.ts'
import type { Runtime } from '../runtime.ts'
import { type AssertionParts, keyOf, makeAssertion } from '../security/jwt.ts'
import { encodedOf, formOf, type Grant } from '../security/token-endpoint.ts'
import { readText } from '../wire/outside.ts'
import type { Draft } from './checks.ts'
import type { KeyName } from './keys.ts'
import { readFile } from './text-file.ts'

/** The settings, and the options of a JAAS line. */
export interface OAuthDraft extends Draft {
  readonly options: ReadonlyMap<string, string>
}

type MakeGrant = (runtime: Runtime) => Grant

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The grant of client credentials: by an assertion if there is one, otherwise by id and secret. */
export function credentialsGrant(draft: OAuthDraft): MakeGrant {
  const { parsed } = draft
  const id = said(draft, 'sasl.oauthbearer.client.credentials.client.id', 'clientId')
  const scope = said(draft, 'sasl.oauthbearer.scope', 'scope')
  const isAsserted =
    parsed['sasl.oauthbearer.assertion.file'] !== null ||
    parsed['sasl.oauthbearer.assertion.claim.iss'] !== null
  if (isAsserted) {
    const assertion = assertionOf(draft)
    return ({ clock }) => {
      const made = assertion(clock.timestamp())
      const body = formOf({
        client_assertion_type: assertionType,
        client_assertion: made,
        grant_type: 'client_credentials',
        client_id: id,
        scope,
      })
      return { headers: {}, body, secrets: [made] }
    }
  }
  const secret = said(draft, 'sasl.oauthbearer.client.credentials.client.secret', 'clientSecret')
  if (id === null) throw missing('sasl.oauthbearer.client.credentials.client.id')
  if (secret === null) throw missing('sasl.oauthbearer.client.credentials.client.secret')
  const isEncoded = parsed['sasl.oauthbearer.header.urlencode']
  const login = isEncoded ? `${encodedOf(id)}:${encodedOf(secret)}` : `${id}:${secret}`
  const asked = scope === null ? '' : `&scope=${isEncoded ? encodedOf(scope) : scope}`
  const basic = Buffer.from(login).toString('base64')
  const grant = {
    headers: { Authorization: `Basic ${basic}` },
    body: `grant_type=client_credentials${asked}`,
    secrets: [basic, secret, encodedOf(secret)],
  }
  return () => grant
}

/** The grant of a JWT bearer: the assertion itself is exchanged for a token. */
export function bearerGrant(draft: OAuthDraft): MakeGrant {
  const scope = said(draft, 'sasl.oauthbearer.scope', 'scope')
  const assertion = assertionOf(draft)
  return ({ clock }) => {
    const made = assertion(clock.timestamp())
    const body = formOf({ grant_type: jwtBearer, assertion: made, scope })
    return { headers: {}, body, secrets: [made] }
  }
}

/** A key, or the value of Java's older JAAS option. */
function said({ parsed, options }: OAuthDraft, key: KeyName, option: string): string | null {
  const value = (parsed[key] as string | null) ?? options.get(option) ?? null
  return value === null || value.trim() === '' ? null : value.trim()
}

/** Returns an assertion: the current one in the file, or a new one. */
function assertionOf({ parsed }: OAuthDraft): (now: number) => string {
  const file = parsed['sasl.oauthbearer.assertion.file']
  if (file !== null) {
    readFile('sasl.oauthbearer.assertion.file', file)
    return () => readText(file).trim()
  }
  const keyFile = parsed['sasl.oauthbearer.assertion.private.key.file']
  if (keyFile === null) throw missing('sasl.oauthbearer.assertion.private.key.file')
  const algorithm = parsed['sasl.oauthbearer.assertion.algorithm']
  const passphrase = parsed['sasl.oauthbearer.assertion.private.key.passphrase']
  const key = readFile('sasl.oauthbearer.assertion.private.key.file', keyFile)
  checkKey({ key, passphrase, algorithm })
  const claims: Record<string, string> = {}
  for (const claim of ['aud', 'iss', 'sub'] as const) {
    const value = parsed[`sasl.oauthbearer.assertion.claim.${claim}`]
    if (value !== null) claims[claim] = value
  }
  const fixed = {
    algorithm,
    passphrase,
    claims,
    template: templateOf(parsed['sasl.oauthbearer.assertion.template.file']),
    expiresInSeconds: parsed['sasl.oauthbearer.assertion.claim.exp.seconds'],
    notBeforeSeconds: parsed['sasl.oauthbearer.assertion.claim.nbf.seconds'],
    hasId: parsed['sasl.oauthbearer.assertion.claim.jti.include'],
  }
  // The key is read each time, because it may have changed.
  return (now) => makeAssertion({ ...fixed, key: readText(keyFile) }, now)
}

function checkKey(parts: Pick<AssertionParts, 'key' | 'passphrase' | 'algorithm'>): void {
  try {
    keyOf(parts)
  } catch (cause) {
    const key = 'sasl.oauthbearer.assertion.private.key.file'
    const allowed = 'a PEM with a private key (PKCS#8), and its passphrase where it has one'
    const message = `${key} has no key that can sign: ${wordsOf(cause)}; it must be ${allowed}`
    throw new ConfigError('INVALID_VALUE', message, { key, allowed })
  }
}

function templateOf(file: string | null): AssertionParts['template'] {
  if (file === null) return null
  const key = 'sasl.oauthbearer.assertion.template.file'
  try {
    const template: unknown = JSON.parse(readFile(key, file))
    if (typeof template === 'object' && template !== null) return template
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
  }
  const allowed = '{ "header": { … }, "payload": { … } }'
  const message = `${key} is not the JSON of an assertion: it must be ${allowed}`
  throw new ConfigError('INVALID_VALUE', message, { key, allowed })
}

function missing(key: KeyName): ConfigError {
  const message = `${key} is missing: the token endpoint needs it`
  return new ConfigError('MISSING', message, { key })
}
