// The ports through which a connection is made secure and says who it is.
// Types only: a connection that is handed no Security passes both states by.
// SASL is an exchange of bytes: a mechanism knows tokens, and nothing of sockets or requests.

import type { Address, Runtime, Tls } from '../runtime.ts'

/** What a step of an exchange ends with. */
export type StepResult =
  /** This goes to the broker; its answer is the next step's. */
  | { readonly kind: 'send'; readonly token: Uint8Array }
  /** The broker has let us in, and has shown what it had to show. */
  | { readonly kind: 'done' }
  /** We don't go on. An `AuthenticationError` is told as it is; anything else becomes one's cause. */
  | { readonly kind: 'failed'; readonly cause: unknown }

/** One authentication of one connection. */
export interface Exchange {
  /**
   * Takes the broker's latest token (empty at the beginning) and gives its answer to `resume`,
   * exactly once: in this call, or later if it has to ask somebody.
   */
  step(token: Uint8Array, resume: (result: StepResult) => void): void
  /**
   * The connection is gone before the end of the exchange: nobody waits for `resume` any more. Gives up what
   * is under way, so that it keeps no socket and no timer.
   */
  cancel?(): void
}

/** Whom an exchange is with, and what of the outside it may use. */
export interface ExchangeContext {
  /** Where the broker listens, as it was connected to. */
  readonly address: Address
  /** Time, chance and what else comes from the outside. */
  readonly runtime: Runtime
}

/** A SASL mechanism with its credentials. */
export interface Mechanism {
  /** As Kafka names it: `PLAIN`, `SCRAM-SHA-256`, … */
  readonly name: string
  /**
   * Milliseconds that it may take beside what the broker takes, for it asks somebody else. Default 0: all
   * has to be over within the set-up timeout.
   */
  readonly patienceMs?: number | undefined
  /** Begins anew, for one connection, or for a new session on one. */
  begin(context: ExchangeContext): Exchange
}

/** What stands between a plain connection and a trusted one. */
export interface Security {
  /** Makes the connection secure; null where it is in the clear. */
  readonly tls: Tls | null
  readonly mechanism: Mechanism | null
}
