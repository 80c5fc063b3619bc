// The source of OAUTHBEARER's tokens, made from its keys: a user's function, a token endpoint, a file, or
// (for development) unsigned tokens. Everything that can be read is read now, so that a wrong path or
// passphrase is a ConfigError. Called by sasl.ts.

import { ConfigError } from '../errors/config-error.ts'
import { quoted } from '../errors/quoted.ts'
import { readClaims, unsecured } from '../security/jwt.ts'
import { flawOf, oauthbearer } from '../security/oauthbearer.ts'
import type { Mechanism } from '../security/security.ts'
import { fromEndpoint } from '../security/token-endpoint.ts'
import { fromFunction, type Retrieve, Tokens } from '../security/tokens.ts'
import { post, readText } from '../wire/outside.ts'
import type { Draft } from './checks.ts'
import { parseJaas } from './jaas.ts'
import { bearerGrant, credentialsGrant, type OAuthDraft } from './oauthbearer-grants.ts'
import { endpointTls } from './oauthbearer-tls.ts'
import { readFile } from './text-file.ts'

export const oauthModule = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const retrievers = 'org.apache.kafka.common.security.oauthbearer.'
const handler = 'sasl.login.callback.handler.class'
const endpoint = 'sasl.oauthbearer.token.endpoint.url'

/** OAUTHBEARER, with its tokens. */
export function oauthbearerOf(draft: Draft): Mechanism {
  const { parsed } = draft
  const options = optionsOf(draft)
  const source = parsed[handler]
  const retrieve =
    typeof source === 'function'
      ? fromFunction(source)
      : retrieverOf({ ...draft, options }, extensionsOf(options))
  const tokens = new Tokens(retrieve, {
    windowFactor: parsed['sasl.login.refresh.window.factor'],
    windowJitter: parsed['sasl.login.refresh.window.jitter'],
    minPeriodMs: parsed['sasl.login.refresh.min.period.seconds'] * 1000,
    bufferMs: parsed['sasl.login.refresh.buffer.seconds'] * 1000,
  })
  return oauthbearer(tokens, parsed['sasl.login.retry.backoff.max.ms'])
}

function optionsOf({ parsed, given }: Draft): ReadonlyMap<string, string> {
  for (const key of ['sasl.username', 'sasl.password'] as const) {
    if (!given.has(key)) continue
    const message = `${key} has no effect: OAUTHBEARER uses tokens (${handler}, or ${endpoint})`
    throw new ConfigError('CONTRADICTION', message, { key, value: '[hidden]' })
  }
  const jaas = parsed['sasl.jaas.config']
  if (jaas === null) return new Map()
  const { module, options } = parseJaas(jaas)
  if (module === oauthModule) return options
  const message = `sasl.jaas.config names ${quoted(module)}; the login module of OAUTHBEARER is ${oauthModule}`
  throw new ConfigError('CONTRADICTION', message, { key: 'sasl.jaas.config', allowed: oauthModule })
}

/** `extension_name="value"` */
function extensionsOf(options: ReadonlyMap<string, string>): Record<string, string> {
  const extensions: Record<string, string> = {}
  for (const [name, value] of options) {
    const found = /^(?:extension_|unsecuredLoginExtension_)(.*)$/.exec(name)
    if (found !== null) extensions[found[1]!] = value
  }
  const flaw = flawOf('token', extensions)
  if (flaw === null) return extensions
  throw new ConfigError('INVALID_VALUE', `sasl.jaas.config: ${flaw}`, { key: 'sasl.jaas.config' })
}

function retrieverOf(draft: OAuthDraft, extensions: Record<string, string>): Retrieve {
  const { parsed, options } = draft
  const url = parsed[endpoint]
  if (url === null) {
    if ([...options.keys()].some((name) => name.startsWith('unsecuredLogin'))) {
      return unsecuredTokens(options, extensions)
    }
    const allowed = `a function as ${handler}, or ${endpoint}`
    const message = `${endpoint} is missing: OAUTHBEARER needs ${allowed}`
    throw new ConfigError('MISSING', message, { key: endpoint, allowed })
  }
  const scheme = schemeOf(url)
  const kind = parsed['sasl.oauthbearer.jwt.retriever.class'].slice(retrievers.length)
  if (kind === 'FileJwtRetriever' || (kind === 'DefaultJwtRetriever' && scheme === 'file:')) {
    return fileTokens(draft, url, extensions)
  }
  if (scheme === 'file:') throw wrongUrl(url, 'http or https, for the class that fetches tokens')
  const grant = kind === 'JwtBearerJwtRetriever' ? bearerGrant(draft) : credentialsGrant(draft)
  return fromEndpoint(
    {
      url,
      connectTimeoutMs: parsed['sasl.login.connect.timeout.ms'],
      readTimeoutMs: parsed['sasl.login.read.timeout.ms'],
      backoffMs: parsed['sasl.login.retry.backoff.ms'],
      backoffMaxMs: parsed['sasl.login.retry.backoff.max.ms'],
      names: namesOf(draft),
      extensions,
      tls: endpointTls(draft, scheme),
      post,
    },
    grant,
  )
}

function namesOf({ parsed }: Draft) {
  return {
    subject: parsed['sasl.oauthbearer.sub.claim.name'],
    scope: parsed['sasl.oauthbearer.scope.claim.name'],
  }
}

function schemeOf(url: string): string {
  const scheme = URL.canParse(url) ? new URL(url).protocol : ''
  if (['http:', 'https:', 'file:'].includes(scheme)) return scheme
  throw wrongUrl(url, 'a URL with http, https or file')
}

function wrongUrl(url: string, allowed: string): ConfigError {
  const shown = quoted(url.replace(/\/\/.*@/, '//[hidden]@'))
  const message = `${endpoint}: ${shown} is not valid: it must be ${allowed}`
  return new ConfigError('INVALID_VALUE', message, { key: endpoint, allowed })
}

/** A token in a file, which is read at each login: another program renews it. */
function fileTokens(draft: OAuthDraft, url: string, extensions: Record<string, string>): Retrieve {
  const { pathname } = new URL(url)
  const path = decodeURIComponent(pathname)
  const names = namesOf(draft)
  readFile(endpoint, path)
  return ({ clock }, done) => {
    try {
      const value = readText(path).trim()
      const { expiresAt } = readClaims(value, names)
      // Nothing is kept, because the file may change at any time; so its expiry is checked here.
      const isOver = expiresAt <= clock.timestamp()
      done(null, { value, extensions, ...(isOver && { expiresAt }) })
    } catch (cause) {
      done(cause, null)
    }
  }
}

/** Unsigned tokens, by Java's options (OAuthBearerUnsecuredLoginCallbackHandler). */
function unsecuredTokens(
  options: ReadonlyMap<string, string>,
  extensions: Record<string, string>,
): Retrieve {
  const claims: Record<string, unknown> = {}
  for (const [name, value] of options) {
    const found = /^unsecuredLogin(String|Number|List)Claim_(.+)$/.exec(name)
    if (found === null) continue
    const [, kind, claim = ''] = found
    // The first character of a list is the separator of its entries.
    if (kind === 'List') claims[claim] = value.slice(1).split(value.slice(0, 1))
    else claims[claim] = kind === 'Number' ? Number(value) : value
  }
  const seconds = Number(options.get('unsecuredLoginLifetimeSeconds') ?? '3600')
  return ({ clock }, done) => {
    const now = clock.timestamp()
    const times = { iat: now / 1000, exp: now / 1000 + seconds }
    const value = unsecured({ ...times, ...claims })
    done(null, { value, issuedAt: now, expiresAt: now + seconds * 1000, extensions })
  }
}
