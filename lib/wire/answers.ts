import { isBranded, type KafkaError } from '../errors/kafka-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { decodeResponse, peekCorrelationId } from '../protocol/headers.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import type { InFlightRequest } from './in-flight.ts'
import { decodeVersions } from './versions.ts'

// Reads a frame as the answer to its request. A broker answers one connection's requests in order. So any
// other correlation id, and every byte too many or too few, means that the two sides no longer understand
// each other.

/** The last eight are Kafka's, for authentication; ours start again before them. */
const lastCorrelationId = 2 ** 31 - 1 - 8

export function nextCorrelationId(previous: number): number {
  return previous === lastCorrelationId ? 1 : previous + 1
}

/** The body of an answer. Throws {@link ProtocolError} if `frame` is not the answer to `request`. */
export function decodeAnswer(request: InFlightRequest | undefined, frame: Uint8Array): unknown {
  const correlationId = peekCorrelationId(frame)
  if (request === undefined) {
    throw unexpected(`answer ${correlationId} arrived without a request`)
  }
  if (request.correlationId !== correlationId) {
    throw unexpected(`answer ${correlationId} arrived instead of ${request.correlationId}`)
  }
  if (request.api === ApiVersions) return decodeVersions(request.version, frame)
  return decodeResponse(request.api, request.version, frame, true).body
}

/**
 * The error with which a connection ends after reading its bytes threw `thrown`. If the bytes were invalid,
 * it is retriable: the same request may well be answered on the next connection.
 */
export function asKafkaError(thrown: unknown, address: string): KafkaError {
  if (thrown instanceof ProtocolError) {
    const { code, message, cause } = thrown
    const named = message.startsWith(address) ? message : `${address}: ${message}`
    return new ProtocolError(code, named, { retriable: true, cause })
  }
  if (isBranded(thrown)) return thrown
  return new ProtocolError('INVALID_VALUE', `${address} sent an answer that cannot be decoded`, {
    retriable: true,
    cause: thrown,
  })
}

function unexpected(message: string): ProtocolError {
  return new ProtocolError('UNEXPECTED_CORRELATION', message)
}
