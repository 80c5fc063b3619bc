import { ConnectionError } from '../errors/connection-error.ts'
import type { ConnectionState } from './connection-state.ts'

// The sentences for connections that end: what happened, and where the reader may look.

/** What is known of a connection that was lost. */
export interface LossFacts {
  /** The broker has answered a request of our user's. */
  readonly isOfUse: boolean
  /** How we log in; null where we don't. */
  readonly mechanism: string | null
}

/** The socket closed without our doing. */
export function lost(
  state: ConnectionState,
  address: string,
  cause: Error | null,
  { isOfUse, mechanism }: LossFacts = { isOfUse: true, mechanism: null },
): ConnectionError {
  const facts = { address, cause: cause ?? undefined }
  const reason = cause === null ? '' : `: ${reasonOf(cause)}`
  if (cause !== null && isDenied(cause)) {
    const sentence = `the runtime does not let this program connect to ${address}${reason}`
    return new ConnectionError('ACCESS_DENIED', sentence, facts)
  }
  if (state === 'connecting') {
    return new ConnectionError('CONNECT_FAILED', `cannot connect to ${address}${reason}`, facts)
  }
  if (state === 'negotiating') {
    const sentence = `${address} closed the connection before it answered ApiVersions${reason}; does Kafka listen there, without TLS?`
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
  const sentence = `${address}: the login by ${mechanism} was not over after ${Math.round(limitMs)} ms`
  return new ConnectionError('CONNECT_TIMEOUT', sentence, { address, limitMs })
}

/** Nobody took the connection in time. */
export function slowSetup(address: string, limitMs: number): ConnectionError {
  const sentence = `${address}: no connection after ${Math.round(limitMs)} ms`
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
