import { ConnectionError } from '../errors/connection-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address, Tls } from '../runtime.ts'
import { addressText } from './address-text.ts'
import type { ConnectionState } from './connection-state.ts'
import { endedInHandshake, tlsFailure } from './tls-failures.ts'

// The sentences for connections that end: what happened, and where the reader may look.

/** How a socket closed without our doing. */
export interface LossFacts {
  /** As it was until then. */
  readonly state: ConnectionState
  readonly to: Address
  /** Null where the connection is in the clear. */
  readonly tls: Pick<Tls, 'hasKey'> | null
  /** Null for an orderly end. */
  readonly cause: Error | null
  /** The handshake failed, and the next attempt knows more authorities. */
  readonly mayMend: boolean
  /** The broker has answered a request of our user's. */
  readonly isOfUse: boolean
  /** How we log in; null where we don't. */
  readonly mechanism: string | null
}

/** The socket closed without our doing. */
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

/** A listener with SASL answers ApiVersions, and closes at the first request behind it. */
const plainToSasl =
  " before it answered any request but ApiVersions: if it expects a login, set 'security.protocol' to SASL_PLAINTEXT or SASL_SSL"

/** The login took too long. */
export function slowLogin(mechanism: string, address: string, limitMs: number): ConnectionError {
  const sentence = `${address}: the login by ${mechanism} did not complete within ${Math.round(limitMs)} ms`
  return new ConnectionError('CONNECT_TIMEOUT', sentence, { address, limitMs })
}

/** States in which either side may still refuse the other's certificate. */
const insecure: ReadonlySet<ConnectionState> = new Set([
  'securing',
  'authenticating',
  'negotiating',
])

/** Nobody took the connection in time. */
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

/** We closed it. */
export function closedByUs(address: string): ConnectionError {
  return new ConnectionError('CLOSED', `the connection to ${address} was closed`, { address })
}

/** Where a host has several addresses, Node tells one error for each, and nothing in sum. */
function reasonOf(cause: Error): string {
  if (cause instanceof AggregateError) {
    return cause.errors.map((error: Error) => error.message).join('; ')
  }
  return cause.message
}

/** What Node's permission model, and Deno's before and since version 2, refuse with. */
const denials: ReadonlySet<unknown> = new Set([
  'ERR_ACCESS_DENIED',
  'PermissionDenied',
  'NotCapable',
])

function isDenied(cause: Error): boolean {
  return denials.has((cause as { readonly code?: unknown }).code) || denials.has(cause.name)
}
