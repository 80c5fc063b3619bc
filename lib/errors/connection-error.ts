import { KafkaError, type KafkaErrorFacts, setKnown } from './kafka-error.ts'

/** Why a connection failed. */
export type ConnectionErrorCode =
  | 'CONNECT_FAILED' // refused, unreachable, no such host
  | 'ACCESS_DENIED' // the runtime does not let the program connect (Node --permission, Deno)
  | 'BOOTSTRAP_UNRESOLVED' // no name of bootstrap.servers resolved within bootstrap.resolve.timeout.ms
  | 'CONNECT_TIMEOUT' // not connected within socket.connection.setup.timeout.ms
  | 'DISCONNECTED' // closed by the other side or by the network
  | 'REQUEST_TIMEOUT' // no answer within request.timeout.ms, so the connection was closed
  | 'NOT_KAFKA' // the other side uses another protocol (HTTP, TLS, …)
  | 'CLOSED' // closed by this client

/** Another attempt would fail in the same way. */
const lasting: ReadonlySet<ConnectionErrorCode> = new Set([
  'CLOSED',
  'ACCESS_DENIED',
  'BOOTSTRAP_UNRESOLVED',
])

/** The facts of a {@link ConnectionError}. */
export interface ConnectionErrorFacts extends KafkaErrorFacts {
  /** `host:port` of the other side. */
  readonly address?: string | undefined
  /** The limit that was exceeded, in milliseconds. */
  readonly limitMs?: number | undefined
}

/** A broker could not be reached, or its connection ended. */
export class ConnectionError extends KafkaError {
  readonly code: ConnectionErrorCode
  declare readonly address: string | undefined
  declare readonly limitMs: number | undefined

  override get name(): 'ConnectionError' {
    return 'ConnectionError'
  }

  constructor(code: ConnectionErrorCode, message: string, facts: ConnectionErrorFacts = {}) {
    const retriable = facts.retriable ?? !lasting.has(code)
    super(message, { ...facts, retriable })
    this.code = code
    setKnown<ConnectionError>(this, { address: facts.address, limitMs: facts.limitMs })
  }
}
