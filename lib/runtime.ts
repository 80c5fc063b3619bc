// Everything that the engine takes from outside: time, randomness, the network and other threads, each as
// a parameter. Types only. The real ones are in wire/transport.ts; the simulation has its own.

/** A timer, which can be cancelled. */
export interface Timer {
  /** Cancels the timer. Has no effect if it has fired. */
  cancel(): void
  /** Sets whether the timer lets the process end. */
  inBackground(is: boolean): void
}

/** The source of time. */
export interface Clock {
  /** Monotonic milliseconds, for deadlines. It never goes back, and is not a date. */
  now(): number
  /** Milliseconds since 1970, for the timestamps of records. */
  timestamp(): number
  /**
   * Calls `fire` once, at or after the monotonic time `at`. With `background`, the wait does not
   * keep the process alive.
   */
  at(at: number, fire: () => void, background?: boolean): Timer
  /** Calls `fire` when the current synchronous work has ended. */
  soon(fire: () => void): void
  /**
   * Whether the event loop has been kept for so long that further work should wait for `soon`. Without it,
   * only the amount of work counts.
   */
  shouldYield?(): boolean
}

/** A number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number

/** A broker's address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** One TLS handshake of one connection. */
export interface TlsAttempt {
  /** The options for Node's `tls.connect`, without the address. */
  readonly options: object
  /** Called with a session, with which the next connection to this broker needs less work. */
  resumable(session: Uint8Array): void
  /**
   * Called when the handshake failed. Its session is not used again. Returns whether the next attempt trusts
   * more authorities than this one, so that it may succeed.
   */
  failed(cause: Error): boolean
}

/** The TLS settings of connections: keys, trusted certificates, rules. */
export interface Tls {
  /** Whether the client has a certificate. */
  readonly hasKey: boolean
  /** Begins a handshake, with the current content of the store files. Throws if one cannot be read. */
  attempt(address: Address): TlsAttempt
}

/** The events of a socket. `closed` comes exactly once, and last. */
export interface SocketEvents {
  /** The host name was resolved, and this name is connected to. Not called for IP addresses. */
  resolved?(host: string): void
  /** TCP is connected, and the TLS handshake begins. Never called without TLS. */
  securing?(): void
  /** The connection is open, after TLS if it is used. Bytes may be written. */
  connected(): void
  /** The receiver owns the bytes. */
  data(chunk: Uint8Array): void
  /**
   * The connection has ended, and the socket no longer uses written bytes. `cause` is null for an orderly end.
   * With `mayMend` the TLS handshake failed, and the next attempt trusts more authorities.
   */
  closed(cause: Error | null, mayMend?: boolean): void
}

/** One connection. */
export interface Socket {
  /**
   * Writes bytes, in order, as one write. The socket uses them until `flushed` is called (the operating system
   * has them) or `closed` fires.
   */
  write(chunks: readonly Uint8Array[], flushed?: () => void): void
  /** Closes the connection now, with unwritten bytes lost. `closed` follows, never inside this call. */
  destroy(): void
}

/** Opens connections. */
export interface Transport {
  /**
   * Begins to connect. No event fires inside this call. `failures` is the number of connections to this address
   * that have failed in a row: if the host has several IP addresses, each attempt starts with the next one. With
   * `tls` the connection uses TLS. With `canonical` it uses the canonical name that the DNS has for the host.
   */
  connect(
    address: Address,
    events: SocketEvents,
    failures?: number,
    tls?: Tls | null,
    canonical?: boolean,
  ): Socket
}

/** Compresses large batches on other threads. */
export interface Compressor {
  /** Smaller batches are compressed on the main thread, because the transfer would cost more. */
  readonly bytesMin: number
  /**
   * Calls `done` once, never inside this call, with the compressed stream, or null if compression failed. `bytes`
   * is not changed before that.
   */
  compress(
    codec: 'gzip' | 'zstd',
    bytes: Uint8Array,
    level: number | undefined,
    done: (stream: Uint8Array | null) => void,
  ): void
}

/** The parameters of PBKDF2. */
export interface Stretching {
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly hash: 'sha256' | 'sha512'
  /** Length of the result, in bytes. */
  readonly length: number
}

/** Cryptography for authentication: random bytes, and work on other threads. */
export interface Cryptography {
  /** Returns cryptographically random bytes. */
  randomBytes(count: number): Uint8Array
  /** Calls `done` once, never inside this call; with null if it failed. */
  pbkdf2(stretching: Stretching, done: (key: Uint8Array | null) => void): void
}

/** A request to a token endpoint. */
export interface HttpPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Null: the runtime's default. */
  readonly connectTimeoutMs: number | null
  readonly readTimeoutMs: number | null
  /** Options of Node's `tls.connect`, without the address. Default: Node's own. */
  readonly tls?: object | undefined
}

/** The answer of a token endpoint. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/**
 * An async context: the current stores of the program's AsyncLocalStorages. Node's `AsyncResource` is one.
 */
export interface AsyncContext {
  /** Calls `work` in this context. */
  runInAsyncScope<This, Given, Result>(
    work: (this: This, given: Given) => Result,
    self: This,
    given: Given,
  ): Result
}

/** Everything that a producer takes from outside. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  /** Without it, every batch is compressed synchronously when it is closed. */
  readonly compressor?: Compressor | undefined
  /** Default: Node's own. */
  readonly cryptography?: Cryptography | undefined
  /**
   * Sends a request to a token endpoint, and calls `done` once, with an answer or an error. It may return a
   * function that cancels the request. Default: HTTP.
   */
  readonly post?:
    | ((
        request: HttpPost,
        done: (error: unknown, answer: HttpAnswer | null) => void,
        // biome-ignore lint/suspicious/noConfusingVoidType: it may return nothing at all
      ) => (() => void) | void)
    | undefined
  /**
   * Returns the async context of its caller. Without it, all code runs in the context that caused it to run.
   */
  readonly context?: (() => AsyncContext) | undefined
  /** Emits a process warning. Without it, there are no warnings. */
  readonly warn?: ((message: string, code: string) => void) | undefined
}
