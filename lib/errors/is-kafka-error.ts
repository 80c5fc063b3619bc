import type { AuthenticationError } from './authentication-error.ts'
import type { BrokerError } from './broker-error.ts'
import type { ConfigError } from './config-error.ts'
import type { ConnectionError } from './connection-error.ts'
import type { DeliveryError } from './delivery-error.ts'
import { isBranded } from './kafka-error.ts'
import type { ProtocolError } from './protocol-error.ts'
import type { TransactionError } from './transaction-error.ts'

// How users recognise an error of this package, and what they know about it then.

/**
 * Any error of this package. `name` tells which; TypeScript rejects a `code` that does not exist.
 */
export type AnyKafkaError =
  | AuthenticationError
  | BrokerError
  | ConfigError
  | ConnectionError
  | DeliveryError
  | ProtocolError
  | TransactionError

/**
 * Returns whether `thing` is an error of this package, even if another copy of the package created it.
 */
export function isKafkaError(thing: unknown): thing is AnyKafkaError {
  return isBranded(thing)
}
