import { AuthenticationError } from '../errors/authentication-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { partsOf } from '../errors/is-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address, Tls } from '../runtime.ts'
import { addressText } from './address-text.ts'
import type { ConnectionState } from './connection-state.ts'
import { endedInHandshake, tlsFailure } from './tls-failures.ts'

// The messages for connections that end: what happened, and what to check.

/** How a socket closed although this client did not close it. */
export interface LossFacts {
  /** The state until then. */
  readonly state: ConnectionState
  readonly to: Address
  /** Null without TLS. */
  readonly tls: Pick<Tls, 'hasKey'> | null
  /** Null for an orderly end. */
  readonly cause: Error | null
  /** The handshake failed, and the next attempt trusts more authorities. */
  readonly mayMend: boolean
  /** The broker has answered a request of the cluster. */
  readonly isOfUse: boolean
  /** The mechanism of the login; null without one. */
  readonly mechanism: string | null
}

/** The socket closed although this client did not close it. */
export function lost(loss: LossFacts): KafkaError {
  const { state, to, tls, cause, isOfUse, mechanism } = loss
  const address = addressText(to)
  const facts = { address, cause: cause ?? undefined }
  if (tls !== null && insecure.has(state)) {
    const { hasKey } = tls
    const failure = tlsFailure({
      address,
      host: to.host,
      hasKey,
      cause,
      mayBeTrusted: loss.mayMend,
    })
    if (failure !== null) return failure
    if (state === 'securing') return endedInHandshake(address, cause)
  }
  const reason = cause === null ? '' : `: ${reasonOf(cause)}`
  if (cause !== null && isDenied(cause)) {
    const sentence = `the runtime does not let this program connect to ${address}${reason}`
    return new ConnectionError('ACCESS_DENIED', sentence, facts)
  }
  if (state === 'connecting') {
    return new ConnectionError('CONNECT_FAILED', `cannot connect to ${address}${reason}`, facts)
  }
  if (state === 'negotiating') {
    const doubt =
      tls === null
        ? 'does Kafka listen there, without TLS?'
        : 'does Kafka listen there, and does it take clients without a certificate or with this one?'
    const sentence = `${address} closed the connection before it answered ApiVersions${reason}; ${doubt}`
    return new ConnectionError('DISCONNECTED', sentence, facts)
  }
  if (state === 'authenticating' || state === 'reauthenticating') {
    const sentence = `${address} closed the connection during the login by ${mechanism}${reason}`
    return new ConnectionError('DISCONNECTED', sentence, facts)
  }
  const hint = isOfUse || mechanism !== null ? '' : plainToSasl
  return new ConnectionError(
    'DISCONNECTED',
    `${address} closed the connection${reason}${hint}`,
    facts,
  )
}

/** A listener with SASL answers ApiVersions, and closes at the first request after it. */
const plainToSasl =
  " before it answered any request but ApiVersions: if it expects a login, set 'security.protocol' to SASL_PLAINTEXT or SASL_SSL"

/** The login took too long. */
export function slowLogin(mechanism: string, address: string, limitMs: number): ConnectionError {
  const sentence = `${address}: the login by ${mechanism} did not complete within ${Math.round(limitMs)} ms`
  return new ConnectionError('CONNECT_TIMEOUT', sentence, { address, limitMs })
}

/**
 * A session was not renewed. That concerns this connection alone: a broker lets nobody go on with it under
 * another user's name. Whether we are let in is told by the next one.
 */
export function ofSession(error: KafkaError): KafkaError {
  if (!(error instanceof AuthenticationError) || error.retriable) return error
  const { code, message, cause } = error
  return new AuthenticationError(code, message, { retriable: true, cause })
}

/** States in which either side may still refuse the other's certificate. */
const insecure: ReadonlySet<ConnectionState> = new Set([
  'securing',
  'authenticating',
  'negotiating',
])

/** The connection was not established in time. */
export function slowSetup(
  address: string,
  limitMs: number,
  state: ConnectionState = 'connecting',
): ConnectionError {
  const what = state === 'securing' ? 'the TLS handshake did not complete' : 'no connection'
  const doubt = state === 'securing' ? '; does it speak TLS there?' : ''
  const sentence = `${address}: ${what} within ${Math.round(limitMs)} ms${doubt}`
  return new ConnectionError('CONNECT_TIMEOUT', sentence, { address, limitMs })
}

/** A request got no answer in time. */
export function silent(request: string, address: string, limitMs: number): ConnectionError {
  const sentence = `${address} did not answer ${request} within ${limitMs} ms`
  return new ConnectionError('REQUEST_TIMEOUT', sentence, { address, limitMs })
}

/** This client closed it. */
export function closedByUs(address: string): ConnectionError {
  return new ConnectionError('CLOSED', `the connection to ${address} was closed`, { address })
}

/** If a host has several addresses, Node reports one error for each, and an empty message. */
function reasonOf(cause: Error): string {
  const parts = partsOf(cause)
  return parts === null ? cause.message : parts.map(({ message }) => message).join('; ')
}

/** The errors of Node's permission model, and of Deno before and since version 2. */
const denials: ReadonlySet<unknown> = new Set([
  'ERR_ACCESS_DENIED',
  'PermissionDenied',
  'NotCapable',
])

function isDenied(cause: Error): boolean {
  return denials.has((cause as { readonly code?: unknown }).code) || denials.has(cause.name)
}
