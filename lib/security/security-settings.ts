// The security that a configuration asks for: one of four protocols, and its parts. Made by
// config/security.ts; a part that the protocol does not need is null.

import type { Tls } from '../runtime.ts'
import type { Mechanism } from './security.ts'

/** The protocol of connections to brokers: with or without TLS, with or without SASL. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** The security of all connections of a producer. */
export interface SecuritySettings {
  readonly protocol: SecurityProtocol
  /** Secures connections; null without TLS. */
  readonly tls: Tls | null
  /** The login; null without SASL. */
  readonly sasl: Mechanism | null
}

/** Whether connections are secured by TLS. */
export function usesTls(protocol: SecurityProtocol): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL'
}

/** Whether the client logs in. */
export function usesSasl(protocol: SecurityProtocol): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
}
