import { KafkaError, type KafkaErrorFacts } from './kafka-error.ts'

/** Why an authentication failed. */
export type AuthenticationErrorCode =
  | 'SASL_AUTHENTICATION_FAILED' // the broker refuses these credentials
  | 'UNSUPPORTED_MECHANISM' // the broker has other mechanisms enabled
  | 'SASL_NOT_EXPECTED' // this port does not use SASL
  | 'SASL_PROTOCOL_BROKEN' // the broker's messages do not follow the mechanism
  | 'BROKER_NOT_PROVEN' // the broker could not show that it knows the password
  | 'ITERATIONS_OUT_OF_BOUNDS' // the broker asks SCRAM for too few iterations, or too many
  | 'CREDENTIALS_UNAVAILABLE' // your function for the user name or password failed
  | 'TOKEN_UNAVAILABLE' // no token could be obtained
  | 'TOKEN_EXPIRED'
  | 'TLS_FAILED'

/**
 * The broker does not accept the credentials, or cannot prove who it is. It is retriable only if the
 * credentials could not be obtained, or if it was a session that was not renewed: then the next connection tells.
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
