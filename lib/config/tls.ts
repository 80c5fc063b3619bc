// From the ssl.* settings to the TLS options. The rules between them are those of Java's
// DefaultSslEngineFactory; each contradiction names its setting.

import { ConfigError } from '../errors/config-error.ts'
import type { Tls } from '../runtime.ts'
import { nodeTls } from '../security/builtin.ts'
import { opensslName } from '../security/cipher-suites.ts'
import type { KeySource, StoreFile, TrustSource } from '../security/key-material.ts'
import { TlsContexts, type TlsRules } from '../security/tls-contexts.ts'
import { FactoryTls } from '../security/tls-factory.ts'
import type { Draft } from './checks.ts'
import type { KeyName, Parsed } from './keys.ts'

/** Reads every store, so that a wrong one throws here. */
export function tlsOf({ parsed, given, notices }: Draft): Tls {
  const factory = parsed['ssl.engine.factory.class']
  if (factory !== null) {
    for (const key of given)
      if (replaced.test(key)) notices.push(`${key} has no effect: ${instead}`)
    return new FactoryTls(factory, checksNames(parsed))
  }
  return new TlsContexts({
    key: keySource(parsed),
    trust: trustSource(parsed),
    versions: versionsOf(parsed),
    ciphers: ciphersOf(parsed),
    checksNames: checksNames(parsed),
  })
}

const replaced = /^ssl\.(key|keystore|truststore|protocol|enabled|cipher)/
const instead = 'ssl.engine.factory.class replaces it'

function checksNames(parsed: Parsed): boolean {
  const key = 'ssl.endpoint.identification.algorithm'
  const value = parsed[key] ?? ''
  if (value === '' || value.toLowerCase() === 'https') return value !== ''
  const message = `${key}: '${value}' is not supported: it must be https, or an empty string for no check`
  throw new ConfigError('NOT_SUPPORTED', message, { key, value, allowed: "https, or ''" })
}

function keySource(parsed: Parsed): KeySource | null {
  const key = text(parsed, 'ssl.keystore.key')
  const chain = text(parsed, 'ssl.keystore.certificate.chain')
  const password = text(parsed, 'ssl.key.password')
  if (key === null && chain === null) return keyFile(parsed, password)
  if (key === null) throw needs('ssl.keystore.certificate.chain', 'ssl.keystore.key')
  if (chain === null) throw needs('ssl.keystore.key', 'ssl.keystore.certificate.chain')
  expectPem(parsed, 'ssl.keystore.type', 'ssl.keystore.key')
  refuse(parsed, 'ssl.keystore.location', 'ssl.keystore.key is set')
  refuse(parsed, 'ssl.keystore.password', 'the password of a PEM key is ssl.key.password')
  return { kind: 'text', key, chain, password }
}

function keyFile(parsed: Parsed, keyPassword: string | null): KeySource | null {
  const path = text(parsed, 'ssl.keystore.location')
  const password = text(parsed, 'ssl.keystore.password')
  const type = typeOf(parsed, 'ssl.keystore.type')
  if (path === null) {
    if (password !== null) throw needs('ssl.keystore.password', 'ssl.keystore.location')
    return null
  }
  if (type === 'PEM') {
    refuse(parsed, 'ssl.keystore.password', 'the password of a PEM key is ssl.key.password')
  } else if (password === null) throw needs('ssl.keystore.location', 'ssl.keystore.password')
  const passwords = { store: password, key: keyPassword }
  return { kind: 'file', file: fileOf('ssl.keystore', type, path, passwords) }
}

function trustSource(parsed: Parsed): TrustSource | null {
  const certificates = text(parsed, 'ssl.truststore.certificates')
  const path = text(parsed, 'ssl.truststore.location')
  const password = text(parsed, 'ssl.truststore.password')
  const type = typeOf(parsed, 'ssl.truststore.type')
  if (certificates !== null) {
    expectPem(parsed, 'ssl.truststore.type', 'ssl.truststore.certificates')
    refuse(parsed, 'ssl.truststore.location', 'ssl.truststore.certificates is set')
    refuse(parsed, 'ssl.truststore.password', 'PEM certificates have no password')
    return { kind: 'text', certificates }
  }
  if (path === null) {
    if (password !== null) throw needs('ssl.truststore.password', 'ssl.truststore.location')
    return null
  }
  if (type === 'PEM') refuse(parsed, 'ssl.truststore.password', 'PEM certificates have no password')
  const passwords = { store: password, key: null }
  return { kind: 'file', file: fileOf('ssl.truststore', type, path, passwords) }
}

function fileOf(
  prefix: StoreFile['prefix'],
  type: string,
  path: string,
  passwords: StoreFile['passwords'],
): StoreFile {
  return { prefix, type, path, passwords }
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof versions)[number]

/** `ssl.protocol` is the newest version among those in `ssl.enabled.protocols`. */
function versionsOf(parsed: Parsed): TlsRules['versions'] {
  const name = 'ssl.enabled.protocols'
  const newest = parsed['ssl.protocol']
  const enabled = parsed[name].map((word) => version(name, word))
  const limit = newest === 'TLS' ? 'TLSv1.3' : version('ssl.protocol', newest)
  const usable = versions.filter(
    (one) => one <= limit && (enabled.length === 0 || enabled.includes(one)),
  )
  const [minVersion, maxVersion] = [usable[0], usable.at(-1)]
  if (minVersion === undefined || maxVersion === undefined) {
    const message = `${name}: [${parsed[name].join(', ')}] has no version that ssl.protocol ${newest} allows`
    throw new ConfigError('CONTRADICTION', message, { key: name, value: parsed[name] })
  }
  return { minVersion, maxVersion }
}

function version(key: KeyName, word: string): Version {
  const found = versions.find((one) => one === word)
  if (found !== undefined) return found
  const old = /^(SSL|TLSv1(\.1)?$)/.test(word)
  const why = old ? 'is insecure, and disabled in OpenSSL as in Java' : 'is not a version of TLS'
  const message = `${key}: '${word}' ${why} (accepted: ${versions.join(', ')})`
  throw new ConfigError('NOT_SUPPORTED', message, {
    key,
    value: word,
    allowed: versions.join(', '),
  })
}

/** The named cipher suites, in order, by OpenSSL's names. */
function ciphersOf(parsed: Parsed): string | null {
  const key = 'ssl.cipher.suites'
  const suites = parsed[key]
  if (suites.length === 0) return null
  const names = suites.map((suite) => {
    const name = opensslName(suite)
    if (isKnown(name)) return name
    const message = `${key}: '${suite}' is not a known cipher suite: use an IANA or OpenSSL name`
    throw new ConfigError('NOT_SUPPORTED', message, { key, value: suite })
  })
  return names.join(':')
}

/** Whether OpenSSL supports it. `tls.getCiphers()` lists only those of its default list. */
function isKnown(cipher: string): boolean {
  try {
    nodeTls().createSecureContext({ ciphers: cipher })
    return /^[A-Z]/.test(cipher) && !/[:!@+,]/.test(cipher)
  } catch {
    return false
  }
}

const storeTypes = ['JKS', 'PKCS12', 'PEM']

function typeOf(parsed: Parsed, key: TypeName): string {
  const type = parsed[key].toUpperCase()
  if (storeTypes.includes(type)) return type
  const allowed = storeTypes.join(', ')
  const message = `${key}: '${parsed[key]}' is not supported (accepted: ${allowed}); keytool -importkeystore -deststoretype PKCS12 converts others`
  throw new ConfigError('NOT_SUPPORTED', message, { key, value: parsed[key], allowed })
}

type TypeName = 'ssl.keystore.type' | 'ssl.truststore.type'

/** A store given as text is PEM; Java requires the type to say so. */
function expectPem(parsed: Parsed, key: TypeName, given: KeyName): void {
  if (typeOf(parsed, key) === 'PEM') return
  const message = `${key}: ${parsed[key]} contradicts ${given}, which is PEM: set it to PEM`
  throw new ConfigError('CONTRADICTION', message, { key, value: parsed[key], allowed: 'PEM' })
}

/** A setting that is given and not empty. */
function text(parsed: Parsed, name: TextName): string | null {
  return parsed[name] === '' ? null : parsed[name]
}

type TextName = {
  [K in KeyName]: Parsed[K] extends string | null ? (null extends Parsed[K] ? K : never) : never
}[KeyName]

function refuse(parsed: Parsed, key: TextName, why: string): void {
  if (text(parsed, key) === null) return
  throw new ConfigError('CONTRADICTION', `${key} must not be set: ${why}`, { key })
}

function needs(key: KeyName, other: KeyName): ConfigError {
  return new ConfigError('MISSING', `${other} is missing: ${key} needs it`, { key: other })
}
