// The broker's half of SASL: takes tokens, and accepts, refuses, or continues. PLAIN, SCRAM and
// OAUTHBEARER, as Kafka's brokers answer them, byte for byte. Synchronous; sasl-session.ts connects it.

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { SaslAccess } from './sasl-access.ts'

/** The result for a token. */
export type Judgement =
  | { readonly kind: 'more'; readonly token: Uint8Array }
  | {
      readonly kind: 'yes'
      readonly token: Uint8Array
      readonly expiresAt?: number | undefined
      /** Who it is. Absent: anybody who has a token. */
      readonly user?: string
    }
  | { readonly kind: 'no'; readonly message: string }

/** One authentication. */
export type ServerExchange = (token: Uint8Array) => Judgement

/** The mechanisms, by Kafka's names. */
export const serverMechanisms: Readonly<Record<string, (access: SaslAccess) => ServerExchange>> = {
  PLAIN: plainServer,
  'SCRAM-SHA-256': (access) => scramServer('sha256', access),
  'SCRAM-SHA-512': (access) => scramServer('sha512', access),
  OAUTHBEARER: oauthServer,
}

/** One authentication by a mechanism; undefined for an unknown name. */
export function serverOf(mechanism: string, access: SaslAccess): ServerExchange | undefined {
  const check = access.own[mechanism]
  if (check === undefined) return serverMechanisms[mechanism]?.(access)
  return (token) => {
    const good = check(token)
    if (good === false) return no(`Authentication failed: ${mechanism} says no`)
    return { kind: 'yes', token: good === true ? nothing : good }
  }
}

const nothing = new Uint8Array(0)

function no(message: string): Judgement {
  return { kind: 'no', message }
}

function textOf(token: Uint8Array): string {
  return Buffer.from(token).toString()
}

function plainServer(access: SaslAccess): ServerExchange {
  return (token) => {
    const parts = textOf(token).split('\0')
    const [, username = '', password = ''] = parts
    if (parts.length !== 3) {
      return no(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
    }
    if (username === '') return no('Authentication failed: username not specified')
    if (password === '') return no('Authentication failed: password not specified')
    if (access.passwordOf(username) !== password) {
      return no('Authentication failed: Invalid username or password')
    }
    return { kind: 'yes', token: nothing, user: username }
  }
}

function scramServer(hash: 'sha256' | 'sha512', access: SaslAccess): ServerExchange {
  const mechanism = hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512'
  const refused = no(
    `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`,
  )
  let first: { readonly bare: string; readonly text: string; readonly password: string } | null =
    null
  return (token) => {
    const text = textOf(token)
    if (first === null) {
      const found = /^n,,(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,tokenauth=true)?)$/.exec(text)
      if (found === null) return no('Invalid SCRAM first message format')
      const [, bare = '', name = '', nonce = ''] = found
      const password = access.passwordOf(name.replaceAll('=2C', ',').replaceAll('=3D', '='))
      if (password === undefined) return refused
      const answer = `r=${nonce}${access.nonce()},s=${saltOf(name).toString('base64')},i=${access.iterations}`
      first = { bare, text: answer, password }
      return { kind: 'more', token: Buffer.from(answer) }
    }
    const found = /^(c=biws,r=([^,]+)),p=([A-Za-z0-9+/=]+)$/.exec(text)
    if (found === null) return no('Invalid SCRAM final message format')
    const [, withoutProof = '', nonce = '', proof = ''] = found
    if (!first.text.startsWith(`r=${nonce},`))
      return no('Invalid client nonce in the final client message.')
    const name = /^n=([^,]+)/.exec(first.bare)![1]!
    const length = hash === 'sha256' ? 32 : 64
    const salted = pbkdf2Sync(first.password, saltOf(name), access.iterations, length, hash)
    const signed = `${first.bare},${first.text},${withoutProof}`
    const clientKey = createHmac(hash, salted).update('Client Key').digest()
    const stored = createHash(hash).update(clientKey).digest()
    const signature = createHmac(hash, stored).update(signed).digest()
    const given = Buffer.from(proof, 'base64')
    if (given.length !== length) return refused
    const shown = given.map((byte, index) => byte ^ signature[index]!)
    if (!timingSafeEqual(createHash(hash).update(shown).digest(), stored)) return refused
    const serverKey = createHmac(hash, salted).update('Server Key').digest()
    const proven = createHmac(hash, serverKey).update(signed).digest('base64')
    return { kind: 'yes', token: Buffer.from(`v=${proven}`), user: name }
  }
}

/** Each user has one salt, as in Kafka, which keeps credentials in the metadata of the cluster. */
function saltOf(name: string): Buffer {
  return createHash('sha256').update(`salt of ${name}`).digest().subarray(0, 25)
}

function oauthServer(access: SaslAccess): ServerExchange {
  let refusal: string | null = null
  return (token) => {
    if (refusal !== null) return no(refusal)
    const given = bearerOf(textOf(token))
    const life = given === null ? null : access.tokenLife(given)
    if (life !== null) return { kind: 'yes', token: nothing, expiresAt: life }
    refusal = '{"status":"invalid_token"}'
    return { kind: 'more', token: Buffer.from(refusal) }
  }
}

/** The token in a first OAUTHBEARER message (RFC 7628); null if it is invalid. */
function bearerOf(text: string): string | null {
  const [header = '', auth = '', ...rest] = text.split('\x01')
  const isWhole = /^n,(a=[^,]*)?,$/.test(header) && rest.length >= 2 && text.endsWith('\x01\x01')
  const areFields = rest.slice(0, -2).every((field) => /^[A-Za-z]+=/.test(field))
  const found = /^auth=Bearer ([\w.~+/=-]+)$/.exec(auth)
  return isWhole && areFields && found !== null ? found[1]! : null
}
