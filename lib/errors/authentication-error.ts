import { KafkaError, type KafkaErrorFacts } from './kafka-error.ts'

/** Who said no. */
export type AuthenticationErrorCode =
  | 'SASL_AUTHENTICATION_FAILED'
  | 'TLS_FAILED'
  | 'UNSUPPORTED_MECHANISM'

/** The broker does not accept who we say we are. No retry helps. */
export class AuthenticationError extends KafkaError {
  readonly code: AuthenticationErrorCode

  override get name(): 'AuthenticationError' {
    return 'AuthenticationError'
  }

  constructor(code: AuthenticationErrorCode, message: string, facts?: KafkaErrorFacts) {
    super(message, facts)
    this.code = code
  }
}
