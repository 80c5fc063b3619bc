import { ConnectionError } from '../errors/connection-error.ts'
import type { ConnectionState } from './connection-state.ts'

// The sentences for connections that end: what happened, and where the reader may look.

/** The socket closed without our doing. */
export function lost(
  state: ConnectionState,
  address: string,
  cause: Error | null,
): ConnectionError {
  const facts = { address, cause: cause ?? undefined }
  const reason = cause === null ? '' : `: ${reasonOf(cause)}`
  if (state === 'connecting') {
    return new ConnectionError('CONNECT_FAILED', `cannot connect to ${address}${reason}`, facts)
  }
  if (state === 'negotiating') {
    const sentence = `${address} closed the connection before it answered ApiVersions${reason}; does Kafka listen there, without TLS?`
    return new ConnectionError('DISCONNECTED', sentence, facts)
  }
  return new ConnectionError('DISCONNECTED', `${address} closed the connection${reason}`, facts)
}

/** The connection was not ready in time. */
export function slowSetup(
  state: ConnectionState,
  address: string,
  limitMs: number,
): ConnectionError {
  const where = state === 'connecting' ? 'no connection' : `connected, but still ${state}`
  const sentence = `${address}: ${where} after ${Math.round(limitMs)} ms`
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
