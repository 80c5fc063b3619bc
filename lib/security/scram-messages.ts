// The messages of SCRAM (RFC 5802), without channel binding: texts in, texts out. A server's messages are
// parsed strictly; a server that breaks the grammar gets no proof.
// No SASLprep: Kafka derives its credentials from the bytes of the password as typed, so a prepared
// password would differ (as in Java's client).

import { AuthenticationError } from '../errors/authentication-error.ts'

/** The server's answer to the first message. */
export interface ServerFirst {
  /** The text itself, which both sides sign. */
  readonly text: string
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** Kafka's minimum; with fewer, guessing from a stolen password file is cheap. */
export const iterationsMin = 4096
/** Sixty times Kafka's maximum: a server that names more wants to keep our processor busy. */
export const iterationsMax = 1_000_000

const base64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?'
const printable = '[\\x21-\\x2b\\x2d-\\x7e]+'
const extensions = '(?:,[A-Za-z]=[^,\\0]+)*'
const serverFirst = new RegExp(`^r=(${printable}),s=(${base64}),i=([1-9]\\d{0,9})${extensions}$`)
const serverFinal = new RegExp(`^(?:v=(${base64})|e=([^,\\0]+))${extensions}$`)

/** `n=…,r=…`, without the header for channel binding. */
export function clientFirstBare(username: string, nonce: string, isToken: boolean): string {
  const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C')
  return `n=${name},r=${nonce}${isToken ? ',tokenauth=true' : ''}`
}

/** The header `n,,` of the first message again, in base64: proves that it was not changed in transit. */
export const unbound = { header: 'n,,', confirmed: 'c=biws' } as const

/** Reads the server's first message; throws an AuthenticationError for an untrustworthy one. */
export function readServerFirst(token: Uint8Array, ourNonce: string): ServerFirst {
  const text = textOf(token)
  const found = serverFirst.exec(text)
  if (found === null) throw unreadable('first')
  const [, nonce = '', salt = '', count = ''] = found
  if (!nonce.startsWith(ourNonce) || nonce.length === ourNonce.length) {
    const sentence = 'the broker did not continue the nonce that this client began'
    throw new AuthenticationError('BROKER_NOT_PROVEN', sentence)
  }
  const iterations = Number(count)
  if (iterations < iterationsMin || iterations > iterationsMax) {
    const sentence = `the broker asks for ${iterations} iterations of SCRAM; ${iterationsMin} to ${iterationsMax} are accepted`
    throw new AuthenticationError('ITERATIONS_OUT_OF_BOUNDS', sentence)
  }
  if (salt === '') throw unreadable('first')
  return { text, nonce, salt: Buffer.from(salt, 'base64'), iterations }
}

/** The server's signature; throws an AuthenticationError if there is none. */
export function readServerFinal(token: Uint8Array): Uint8Array {
  const found = serverFinal.exec(textOf(token))
  if (found === null) throw unreadable('last')
  const [, signature = '', refusal] = found
  if (refusal === undefined) return Buffer.from(signature, 'base64')
  const sentence = `the broker refused the login: ${refusal.slice(0, 200)}`
  throw new AuthenticationError('SASL_AUTHENTICATION_FAILED', sentence)
}

function textOf(token: Uint8Array): string {
  return Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString()
}

/** The message itself is not quoted, because it may contain anything. */
function unreadable(which: string): AuthenticationError {
  const sentence = `the ${which} message of the broker is not a SCRAM message`
  return new AuthenticationError('SASL_PROTOCOL_BROKEN', sentence)
}
