// What the engine may know of the outside: time, chance, the network and other threads, each a
// parameter.
// Types only. The real ones are in wire/transport.ts; the simulation brings its own.

/** A moment that was asked for and can be taken back. */
export interface Timer {
  /** It will not come; nothing happens where it has come. */
  cancel(): void
  /** From now on the wait does not keep the process alive, or does again. */
  inBackground(is: boolean): void
}

/** Where time comes from. */
export interface Clock {
  /** Monotonic milliseconds, for deadlines. Never goes back; says nothing of the date. */
  now(): number
  /** Milliseconds since 1970, for the timestamps of records. */
  timestamp(): number
  /**
   * Calls `fire` once, at or after the monotonic time `at`. With `background`, the wait does not
   * keep the process alive.
   */
  at(at: number, fire: () => void, background?: boolean): Timer
  /** Calls `fire` once the synchronous burst that runs now has ended. */
  soon(fire: () => void): void
}

/** A number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number

/** Where a broker listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** One attempt to make one connection secure. */
export interface TlsAttempt {
  /** What `tls.connect` of Node takes, but for the address. */
  readonly options: object
  /** The broker gave a session, by which the next connection to it is made with less work. */
  resumable(session: Uint8Array): void
  /**
   * It failed: a session that it used is not used again. Gives whether the next attempt knows more
   * authorities than this one did, so that it may succeed.
   */
  failed(cause: Error): boolean
}

/** How connections are made secure: the keys, the certificates that are trusted, the rules. */
export interface Tls {
  /** Whether the client has a certificate of its own to show. */
  readonly hasKey: boolean
  /** Begins one, with stores as their files are now. Throws where one cannot be read any more. */
  attempt(address: Address): TlsAttempt
}

/** What a socket tells its owner. `closed` comes exactly once, and last. */
export interface SocketEvents {
  /** The host is known to the DNS, and is connected to by this name. Not told of a host that is an address. */
  resolved?(host: string): void
  /** The network is there, and the TLS handshake begins; never without TLS. */
  securing?(): void
  /** It is there, and secure where it is to be: bytes may be written. */
  connected(): void
  /** The bytes are the owner's to keep. */
  data(chunk: Uint8Array): void
  /**
   * After it nobody holds bytes that were written. `cause` is null for an orderly end. With `mayMend`
   * the handshake of TLS failed, and the next attempt knows more authorities.
   */
  closed(cause: Error | null, mayMend?: boolean): void
}

/** One connection, as its owner may use it. */
export interface Socket {
  /**
   * Hands over bytes, in order, as one write. The socket refers to them until `flushed` is called
   * (they have left for the operating system) or `closed` fires.
   */
  write(chunks: readonly Uint8Array[], flushed?: () => void): void
  /** Ends the connection now, whatever is unwritten; `closed` follows, never inside this call. */
  destroy(): void
}

/** Where connections come from. */
export interface Transport {
  /**
   * Begins to connect. No event fires inside this call. `failures` is how many connections to there
   * have failed in a row: if the host has several addresses, each attempt begins with the next. With
   * `tls` the connection is a secure one. With `canonical` it is made by the name that the DNS has for
   * the host's address, not by the one that was given.
   */
  connect(
    address: Address,
    events: SocketEvents,
    failures?: number,
    tls?: Tls | null,
    canonical?: boolean,
  ): Socket
}

/** Compresses large batches beside the main thread. */
export interface Compressor {
  /** Of fewer bytes the way there and back costs more than it saves. */
  readonly bytesMin: number
  /**
   * Calls `done` once, never inside this call, with the stream that `compression.type` asks for, or
   * null where it could not be made. Nobody writes into `bytes` before.
   */
  compress(
    codec: 'gzip' | 'zstd',
    bytes: Uint8Array,
    level: number | undefined,
    done: (stream: Uint8Array | null) => void,
  ): void
}

/** What a password is stretched with. */
export interface Stretching {
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly hash: 'sha256' | 'sha512'
  /** Of the result, in bytes. */
  readonly length: number
}

/** What authentication needs of the outside: chance, and work off the main thread. */
export interface Cryptography {
  /** So many bytes of chance that nobody guesses. */
  randomBytes(count: number): Uint8Array
  /** Calls `done` once, never inside this call; with null where it could not be done. */
  pbkdf2(stretching: Stretching, done: (key: Uint8Array | null) => void): void
}

/** A request to a token endpoint. */
export interface HttpPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Null: as long as the runtime finds good. */
  readonly connectTimeoutMs: number | null
  readonly readTimeoutMs: number | null
  /** What `tls.connect` of Node takes beside the address; without it what Node does by itself. */
  readonly tls?: object | undefined
}

/** What a token endpoint answered. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/**
 * An async context: which stores the AsyncLocalStorages of the program have. Node's `AsyncResource` is one.
 */
export interface AsyncContext {
  /** Calls `work` in it. */
  runInAsyncScope<This, Given, Result>(
    work: (this: This, given: Given) => Result,
    self: This,
    given: Given,
  ): Result
}

/** Everything a producer takes from the outside. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  /** Without one every batch is compressed where it is closed, in the same step. */
  readonly compressor?: Compressor | undefined
  /** Without one the machine's own is used. */
  readonly cryptography?: Cryptography | undefined
  /**
   * Asks a token endpoint: `done` is called once, with an answer or an error. It may return a function that
   * gives up, for nobody waits for the answer any more. Without it HTTP is used.
   */
  readonly post?:
    | ((
        request: HttpPost,
        done: (error: unknown, answer: HttpAnswer | null) => void,
        // biome-ignore lint/suspicious/noConfusingVoidType: it may return nothing at all
      ) => (() => void) | void)
    | undefined
  /**
   * Gives the context of the code that calls it. Without it all code runs in the context of whatever
   * caused it to run.
   */
  readonly context?: (() => AsyncContext) | undefined
  /** Tells whoever runs the program, who has not asked. Without it nobody is told. */
  readonly warn?: ((message: string, code: string) => void) | undefined
}
