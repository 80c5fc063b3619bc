import { KafkaError, type KafkaErrorFacts } from './kafka-error.ts'

/** Why bytes could not be decoded. */
export type ProtocolErrorCode =
  | 'TRUNCATED' // the bytes end before the message does
  | 'TRAILING_BYTES' // the message ends before the bytes do
  | 'INVALID_FRAME' // an impossible length
  | 'INVALID_VALUE' // a field has an impossible value
  | 'UNEXPECTED_CORRELATION' // an answer without a request, or out of order
  | 'CORRUPT_BATCH' // a record batch that contradicts itself

/** The other side sent bytes that do not follow Kafka's protocol. The connection is closed. */
export class ProtocolError extends KafkaError {
  readonly code: ProtocolErrorCode

  override get name(): 'ProtocolError' {
    return 'ProtocolError'
  }

  constructor(code: ProtocolErrorCode, message: string, facts?: KafkaErrorFacts) {
    super(message, facts)
    this.code = code
  }
}
