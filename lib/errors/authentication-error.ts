import { KafkaError, type KafkaErrorFacts } from './kafka-error.ts'

/** Who said no, and to what. */
export type AuthenticationErrorCode =
  | 'SASL_AUTHENTICATION_FAILED' // the broker refuses these credentials
  | 'UNSUPPORTED_MECHANISM' // it has others enabled
  | 'SASL_NOT_EXPECTED' // no SASL is spoken at this port
  | 'SASL_PROTOCOL_BROKEN' // its messages are none of the mechanism
  | 'BROKER_NOT_PROVEN' // it could not show that it knows the password
  | 'ITERATIONS_OUT_OF_BOUNDS' // it asks SCRAM for too few, or too many
  | 'CREDENTIALS_UNAVAILABLE' // a function of the user's gave none
  | 'TOKEN_UNAVAILABLE' // nobody issued a token
  | 'TOKEN_EXPIRED'
  | 'TLS_FAILED'

/**
 * The broker does not accept who we say we are, or cannot show who it is. It is retriable only if the
 * credentials could not be had.
 */
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
