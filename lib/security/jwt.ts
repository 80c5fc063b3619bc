// JSON web tokens, as far as a Kafka client uses them: a token's claims, without checking its signature,
// and the assertions with which a client requests a token.

import type { KeyObject } from 'node:crypto'
import { AuthenticationError } from '../errors/authentication-error.ts'
import { nodeCrypto } from './builtin.ts'

/** How an assertion is signed. */
export type AssertionAlgorithm = 'RS256' | 'ES256'

/** The claims of a token. */
export interface Claims {
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Milliseconds since 1970; undefined if absent. */
  readonly issuedAt: number | undefined
}

/** The names of the required claims. */
export interface ClaimNames {
  readonly subject: string
  readonly scope: string
}

/**
 * Reads a token's claims, with the checks of Java's client; throws an AuthenticationError, without the
 * token.
 */
export function readClaims(token: string, names: ClaimNames): Claims {
  const parts = token.split('.')
  if (parts.length !== 3 || parts.slice(0, 2).some((part) => part === '')) {
    throw notOne('is not a JSON web token: it must have three parts')
  }
  const claims = objectOf(parts[1]!)
  if (claims === null) throw notOne('has a payload that is not a JSON object')
  const { exp, iat } = claims
  if (!isTime(exp)) throw notOne('does not say when it expires (exp)')
  if (iat !== undefined && !isTime(iat)) throw notOne('has an iat that is not a time')
  const subject = claims[names.subject]
  if (typeof subject !== 'string' || subject.trim() === '') {
    throw notOne(`has no subject (${names.subject})`)
  }
  if (!isScope(claims[names.scope])) throw notOne(`has an invalid scope (${names.scope})`)
  return { expiresAt: exp * 1000, issuedAt: iat === undefined ? undefined : iat * 1000 }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isScope(value: unknown): boolean {
  if (value === undefined || typeof value === 'string') return true
  if (!Array.isArray(value)) return false
  const areWords = value.every((each) => typeof each === 'string' && each.trim() !== '')
  return areWords && new Set(value).size === value.length
}

function objectOf(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as never)
      : null
  } catch {
    return null
  }
}

function notOne(what: string): AuthenticationError {
  return new AuthenticationError('TOKEN_UNAVAILABLE', `the issued token ${what}`)
}

/** The parts of an assertion. */
export interface AssertionParts {
  readonly algorithm: AssertionAlgorithm
  /** The private key as PEM (PKCS#8). */
  readonly key: string
  readonly passphrase: string | null
  /** aud, iss and sub, if they are fixed. */
  readonly claims: Readonly<Record<string, string>>
  /** The header and payload of a template, to which the variable claims are added. */
  readonly template: { readonly header?: object; readonly payload?: object } | null
  readonly expiresInSeconds: number
  readonly notBeforeSeconds: number
  readonly hasId: boolean
}

/** A signed assertion, valid from `now` (milliseconds since 1970) on. */
export function makeAssertion(parts: AssertionParts, now: number): string {
  const { randomUUID, sign } = nodeCrypto()
  const seconds = Math.floor(now / 1000)
  const payload = {
    ...parts.claims,
    ...parts.template?.payload,
    iat: seconds,
    exp: seconds + parts.expiresInSeconds,
    nbf: seconds - parts.notBeforeSeconds,
    ...(parts.hasId && { jti: randomUUID() }),
  }
  const header = { ...parts.template?.header, alg: parts.algorithm, typ: 'JWT' }
  const signed = `${encoded(header)}.${encoded(payload)}`
  // Both numbers of an ECDSA signature one after the other, not as DER (RFC 7518).
  const key = { key: keyOf(parts), dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

/** The signing key; throws an error of Node's, without the key, if it cannot be read. */
export function keyOf({
  key,
  passphrase,
  algorithm,
}: Pick<AssertionParts, 'key' | 'passphrase' | 'algorithm'>): KeyObject {
  const read = nodeCrypto().createPrivateKey(passphrase === null ? key : { key, passphrase })
  const type = algorithm === 'RS256' ? 'rsa' : 'ec'
  const curve = read.asymmetricKeyDetails?.namedCurve
  if (read.asymmetricKeyType !== type || (type === 'ec' && curve !== 'prime256v1')) {
    const kind = `${read.asymmetricKeyType}${curve === undefined ? '' : ` (${curve})`}`
    throw new TypeError(
      `${algorithm} needs ${type === 'rsa' ? 'an RSA key' : 'a key on the curve P-256'}, not ${kind}`,
    )
  }
  return read
}

/** An unsigned token, for brokers that are configured to accept them: only for development. */
export function unsecured(claims: Readonly<Record<string, unknown>>): string {
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
