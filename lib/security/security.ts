// The ports through which a connection is made secure and says who it is.
// Types only: a connection that is handed no Security passes both states by.
// SASL is an exchange of bytes: a mechanism knows tokens, and nothing of sockets or requests.

import type { Tls } from '../runtime.ts'

/** What a step of an exchange ends with. */
export type StepResult =
  | { readonly kind: 'send'; readonly token: Uint8Array }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly cause: unknown }

/** One authentication of one connection. */
export interface Exchange {
  /**
   * Takes the server's latest token (empty at the beginning) and gives its answer to `resume`,
   * exactly once: now, or later where it has to ask somebody.
   */
  step(token: Uint8Array, resume: (result: StepResult) => void): void
}

/** A SASL mechanism with its credentials. */
export interface Mechanism {
  /** As Kafka names it: `PLAIN`, `SCRAM-SHA-256`, … */
  readonly name: string
  /** Begins anew, for one connection to `host`. */
  begin(host: string): Exchange
}

/** What stands between a plain connection and a trusted one. */
export interface Security {
  /** Makes the connection secure; null where it is in the clear. */
  readonly tls: Tls | null
  readonly mechanism: Mechanism | null
}
