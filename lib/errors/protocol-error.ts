import { KafkaError, type KafkaErrorFacts } from './kafka-error.ts'

/** Why bytes could not be understood. */
export type ProtocolErrorCode =
  | 'TRUNCATED' // the bytes end before the message does
  | 'TRAILING_BYTES' // the message ends before the bytes do
  | 'INVALID_FRAME' // a length that no Kafka broker sends
  | 'INVALID_VALUE' // a field holds what it can't
  | 'UNEXPECTED_CORRELATION' // an answer to a question that was not asked, or not next
  | 'CORRUPT_BATCH' // a record batch that breaks its own rules

/** The other side sent bytes that are not Kafka's protocol. The connection they came on ends. */
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
