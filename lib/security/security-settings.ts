// The security that a configuration asks for: one of four protocols, and the parts that it is made
// of. Made by config/security.ts; a part that the protocol has not is null.

import type { Tls } from '../runtime.ts'
import type { Mechanism } from './security.ts'

/** How brokers are spoken to: in the clear or by TLS, with or without SASL. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** The security of all connections of a producer. */
export interface SecuritySettings {
  readonly protocol: SecurityProtocol
  /** Makes connections secure; null where they are in the clear. */
  readonly tls: Tls | null
  /** Who the client is; null where nobody asks. */
  readonly sasl: Mechanism | null
}

/** Whether connections are secured by TLS. */
export function usesTls(protocol: SecurityProtocol): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL'
}

/** Whether the client says who it is. */
export function usesSasl(protocol: SecurityProtocol): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
}
