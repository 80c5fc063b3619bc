// The ports through which a connection is secured and logs in. Types only: a connection without a Security
// skips both states. SASL is an exchange of bytes: a mechanism knows tokens, and nothing of sockets or
// requests.

import type { Address, Runtime, Tls } from '../runtime.ts'

/** The outcome of a step of an exchange. */
export type StepResult =
  /** Sends this token to the broker. Its answer is the input of the next step. */
  | { readonly kind: 'send'; readonly token: Uint8Array }
  /** The login is complete, and the broker has proven what it has to. */
  | { readonly kind: 'done' }
  /** The login failed. An `AuthenticationError` is reported as it is; anything else becomes the cause of one. */
  | { readonly kind: 'failed'; readonly cause: unknown }

/** One login on one connection. */
export interface Exchange {
  /**
   * Takes the broker's latest token (empty at the start) and passes its result to `resume`, exactly once:
   * synchronously, or later if it has to wait for something. If it throws before that, or returns a promise that is
   * rejected, as an `async` method does, the login fails.
   */
  step(token: Uint8Array, resume: (result: StepResult) => void): void
  /**
   * Called when the connection ended before the exchange: `resume` has no effect any more. Cancel pending work, so
   * that no socket and no timer stays open.
   */
  cancel?(): void
  /**
   * What the broker says of a refusal becomes part of an error. Returns what of it may be shown, in case the broker
   * repeats a secret. Without this method all of it is shown.
   */
  shown?(text: string): string
}

/** What an exchange gets: the broker's address, and the runtime. */
export interface ExchangeContext {
  /** The broker's address, as it was connected to. */
  readonly address: Address
  /** Clock, randomness and network. */
  readonly runtime: Runtime
}

/** A SASL mechanism with its credentials. */
export interface Mechanism {
  /** Kafka's name of it: `PLAIN`, `SCRAM-SHA-256`, … */
  readonly name: string
  /**
   * Milliseconds that the mechanism may need in addition to the broker, for example to ask another server: 0 or
   * more. Default 0: the login must be complete within the setup timeout.
   */
  readonly patienceMs?: number | undefined
  /** Begins a login, synchronously: for a new connection, or to renew the session of an open one. */
  begin(context: ExchangeContext): Exchange
}

/** What makes a plain connection a trusted one. */
export interface Security {
  /** Secures the connection; null without TLS. */
  readonly tls: Tls | null
  readonly mechanism: Mechanism | null
}
