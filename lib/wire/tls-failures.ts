import { AuthenticationError } from '../errors/authentication-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { cut } from '../errors/quoted.ts'

// Why a connection could not be secured, in a sentence that says what to do. Failures are recognised by the
// codes of OpenSSL, Node and TLS alerts, which differ by release; never by their texts alone.
//
// Final, as in Java: what either side says about the other's certificate, versions or ciphers, and bytes
// that are not TLS. A connection that merely ends during the handshake is retried.

/** What is known about a connection that ended before it was usable. */
export interface HandshakeFacts {
  readonly address: string
  readonly host: string
  /** Whether the client has a certificate. */
  readonly hasKey: boolean
  /** Null for an orderly end. */
  readonly cause: Error | null
  /** Another attempt would trust more authorities. */
  readonly mayBeTrusted: boolean
}

interface TlsCause extends Error {
  readonly code?: unknown
  readonly cert?: {
    readonly subjectaltname?: unknown
    readonly subject?: { readonly CN?: unknown }
  }
}

/** The error of a failed handshake; null if the failure is not one of TLS, such as a TCP reset. */
export function tlsFailure(facts: HandshakeFacts): KafkaError | null {
  const cause = facts.cause as TlsCause | null
  const code = typeof cause?.code === 'string' ? cause.code : ''
  if (facts.mayBeTrusted) {
    const sentence = `${facts.address}: ${ofCertificate(facts, code)}; the next attempt also trusts the authorities of the operating system`
    return new ConnectionError('CONNECT_FAILED', sentence, { address: facts.address, cause })
  }
  const alert = /ALERT_([A-Z_]+)$/.exec(code)?.[1]
  const sentence = alert === undefined ? ofHandshake(facts, code) : ofAlert(facts, alert)
  if (sentence === null) return null
  const message = `TLS with ${facts.address} failed: ${sentence}`
  return new AuthenticationError('TLS_FAILED', message, { cause: plain(cause) })
}

/** The socket ended during the handshake, without a reason. */
export function endedInHandshake(address: string, cause: Error | null): ConnectionError {
  if (cause !== null && !isEnd(cause)) {
    const sentence = `the TLS handshake with ${address} failed: ${cause.message}`
    return new ConnectionError('CONNECT_FAILED', sentence, { address, cause })
  }
  const sentence = `${address} closed the connection during the TLS handshake; does it speak TLS there? A listener without TLS does this: then set security.protocol to PLAINTEXT or SASL_PLAINTEXT`
  return new ConnectionError('DISCONNECTED', sentence, { address, cause: cause ?? undefined })
}

/** Whether the other side ended the connection. */
function isEnd(cause: Error): boolean {
  const { code } = cause as TlsCause
  return code === undefined || code === 'ECONNRESET' || code === 'EPIPE'
}

function ofHandshake(facts: HandshakeFacts, code: string): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ofName(facts)
  if (notTls.has(code)) {
    return 'this port does not use TLS: use the port of the TLS listener, or set security.protocol to PLAINTEXT or SASL_PLAINTEXT'
  }
  if (noVersion.has(code)) return sentences.noVersion
  if (noCipher.has(code)) return sentences.noCipher
  if (code.startsWith('ERR_SSL_')) return facts.cause!.message
  return certificateCodes.has(code) ? ofCertificate(facts, code) : null
}

const notTls: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_RECORD_LAYER_FAILURE',
])

const noVersion: ReadonlySet<string> = new Set([
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_SSL_VERSION',
  'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
])

const noCipher: ReadonlySet<string> = new Set([
  'ERR_SSL_NO_CIPHERS_AVAILABLE',
  'ERR_SSL_NO_SHARED_CIPHER',
  'ERR_SSL_WRONG_CIPHER_RETURNED',
])

const sentences = {
  noVersion:
    'the broker and this client have no TLS version in common (ssl.enabled.protocols on both sides)',
  noCipher:
    'the broker and this client have no cipher suite in common (ssl.cipher.suites on both sides)',
}

const trust = 'to ssl.truststore.certificates or to the file of ssl.truststore.location'

/** OpenSSL's verdicts on the broker's certificate. */
const certificateCodes: ReadonlyMap<string, string> = new Map([
  [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    `the broker's certificate is self-signed, and not trusted: add it ${trust}`,
  ],
  ...[
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_UNTRUSTED',
  ].map(
    (code) =>
      [
        code,
        `the broker's certificate is signed by an authority that is not trusted: add the certificate of that authority ${trust}`,
      ] as const,
  ),
  [
    'CERT_HAS_EXPIRED',
    "the broker's certificate, or that of an authority in its chain, has expired",
  ],
  [
    'CERT_NOT_YET_VALID',
    "the broker's certificate, or that of an authority in its chain, is not valid yet (is the clock of this machine right?)",
  ],
  ['CERT_REVOKED', "the broker's certificate was revoked"],
  ...[
    'CERT_SIGNATURE_FAILURE',
    'CERT_REJECTED',
    'CERT_CHAIN_TOO_LONG',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
    'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
    'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
  ].map((code) => [code, "the broker's certificate is not accepted"] as const),
])

function ofCertificate({ cause }: HandshakeFacts, code: string): string {
  return `${certificateCodes.get(code) ?? "the broker's certificate is not accepted"} (${cause?.message})`
}

function ofName({ host, cause }: HandshakeFacts): string {
  const { cert } = cause as TlsCause
  const names = [cert?.subjectaltname, cert?.subject?.CN].find((name) => typeof name === 'string')
  const has = names === undefined ? 'has no name' : `is for ${cut(names as string)}`
  return `the broker's certificate ${has}, not for ${host}: use a name that is in the certificate (advertised.listeners), or switch the check off with an empty ssl.endpoint.identification.algorithm`
}

/** The broker's verdicts on this client. With TLS 1.3 they come after the connection seems ready. */
function ofAlert({ hasKey }: HandshakeFacts, alert: string): string {
  const words = alert.toLowerCase().replaceAll('_', ' ')
  if (alert === 'PROTOCOL_VERSION') return sentences.noVersion
  if (alert === 'INSUFFICIENT_SECURITY') return sentences.noCipher
  if (alert === 'HANDSHAKE_FAILURE') {
    return hasKey
      ? sentences.noCipher
      : `${sentences.noCipher}, or the broker requires a client certificate (ssl.keystore.*)`
  }
  if (!ofClient.has(alert)) return `the broker ended the handshake (alert: ${words})`
  return hasKey
    ? `the broker refuses the client certificate of ssl.keystore.* (alert: ${words}): it may be expired, or signed by an authority that the broker does not trust`
    : `the broker requires a client certificate: set ssl.keystore.* (alert: ${words})`
}

const ofClient: ReadonlySet<string> = new Set([
  'BAD_CERTIFICATE',
  'CERTIFICATE_REQUIRED',
  'NO_CERTIFICATE',
  'UNSUPPORTED_CERTIFICATE',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_UNKNOWN',
  'UNKNOWN_CA',
  'ACCESS_DENIED',
  'DECRYPT_ERROR',
])

/** Without the whole certificate, which Node adds to its error. */
function plain(cause: TlsCause | null): Error | undefined {
  if (cause === null) return undefined
  Reflect.deleteProperty(cause, 'cert')
  return cause
}
