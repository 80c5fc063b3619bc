// The client's identity: the SASL mechanism of a configuration, made from `sasl.mechanism`, and from
// `sasl.username` and `sasl.password` or `sasl.jaas.config`. Called by security.ts.

import { ConfigError } from '../errors/config-error.ts'
import { suggestion } from '../errors/near-miss.ts'
import { quoted } from '../errors/quoted.ts'
import { type Login, plain } from '../security/plain.ts'
import { scram } from '../security/scram.ts'
import type { Mechanism } from '../security/security.ts'
import type { Draft } from './checks.ts'
import { parseJaas } from './jaas.ts'
import type { KeyName } from './keys.ts'
import { oauthbearerOf, oauthModule } from './oauthbearer.ts'

/** The built-in mechanisms, and Java's login module for each. */
const modules = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  OAUTHBEARER: oauthModule,
} as const

type BuiltIn = keyof typeof modules

/** The mechanism; throws a ConfigError if a setting that it needs is missing, or given twice. */
export function saslOf(draft: Draft): Mechanism {
  const given = draft.parsed['sasl.mechanism']
  if (typeof given === 'object') {
    for (const key of logins) if (draft.given.has(key)) throw contradiction(key, 'sasl.mechanism')
    return given
  }
  if (given === 'GSSAPI') throw unsupported(given, gssapi(draft))
  if (!Object.hasOwn(modules, given)) {
    throw unsupported(given, `there is no mechanism of this name${suggestion(given, names)}`)
  }
  if (given === 'OAUTHBEARER') return oauthbearerOf(draft)
  const login = loginOf(draft, given as BuiltIn)
  if (given === 'PLAIN') return plain(login)
  return scram(given === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', login)
}

const names = Object.keys(modules)

/** The keys with the credentials. */
const logins = ['sasl.username', 'sasl.password', 'sasl.jaas.config'] as const

function loginOf(draft: Draft, mechanism: BuiltIn): Login & { readonly isToken?: boolean } {
  const jaas = draft.parsed['sasl.jaas.config']
  const username = draft.parsed['sasl.username']
  const password = draft.parsed['sasl.password']
  if (jaas !== null) {
    if (username !== null) throw contradiction('sasl.username', 'sasl.jaas.config')
    if (password !== null) throw contradiction('sasl.password', 'sasl.jaas.config')
    return jaasLogin(jaas, mechanism)
  }
  if (username === null) throw missing('sasl.username', mechanism)
  if (password === null) throw missing('sasl.password', mechanism)
  return { username, password }
}

function jaasLogin(text: string, mechanism: BuiltIn) {
  const { module, options } = parseJaas(text)
  const expected = modules[mechanism]
  if (module !== expected) {
    const message = `sasl.jaas.config names ${quoted(module)}; the login module of ${mechanism} is ${expected}`
    throw new ConfigError('CONTRADICTION', message, { key: 'sasl.jaas.config', allowed: expected })
  }
  const username = options.get('username') ?? ''
  const password = options.get('password') ?? ''
  if (username === '' || password === '') {
    const message = `sasl.jaas.config has no ${username === '' ? 'username' : 'password'}; ${mechanism} needs both`
    throw new ConfigError('MISSING', message, { key: 'sasl.jaas.config' })
  }
  const isToken = mechanism !== 'PLAIN' && options.get('tokenauth')?.toLowerCase() === 'true'
  return { username, password, isToken }
}

function gssapi({ given }: Draft): string {
  const isDefault = given.has('sasl.mechanism') ? '' : ', the default of Kafka,'
  return `GSSAPI${isDefault} needs Kerberos, which Node does not have; set your own Mechanism (see examples/gssapi.ts), or one of ${names.join(', ')}`
}

function unsupported(value: string, why: string): ConfigError {
  const allowed = `${names.join(', ')}, or your own Mechanism`
  const message = `sasl.mechanism: ${quoted(value)} is refused: ${why} (accepted: ${allowed})`
  return new ConfigError('NOT_SUPPORTED', message, { key: 'sasl.mechanism', value, allowed })
}

function missing(key: KeyName, mechanism: string): ConfigError {
  const allowed = 'sasl.username and sasl.password, or sasl.jaas.config'
  const message = `${key} is missing: ${mechanism} needs ${allowed}`
  return new ConfigError('MISSING', message, { key, allowed })
}

function contradiction(key: KeyName, other: KeyName): ConfigError {
  const message = `${key} contradicts ${other}, which also sets the login: set only one of them`
  return new ConfigError('CONTRADICTION', message, {
    key,
    value: '[hidden]',
    allowed: 'one of them',
  })
}
