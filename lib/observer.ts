import type { KafkaError } from './errors/kafka-error.ts'

// What the actors report to the observers of a producer: its events, its diagnostics channels, its metrics.
// Types only. They report once for a connection, a request or a batch; for a single record only if it had
// to wait or was refused. Reports have plain numbers, so that an observer cannot change anything. An
// observer never throws.
// The actors hold one observer; the producer (producer/watchers.ts) forwards to all of them. An actor calls
// `watched.observer?.sent(…)`: without an observer, not even the arguments are made.

/** The current observer of an actor; null if there is none. It is read each time. */
export interface Watched {
  readonly observer: Observer | null
}

/** A record batch at the moment of a call. */
export interface BatchFacts {
  readonly topic: string
  readonly partition: number
  /** How many records it has. */
  readonly count: number
  /** Bytes on the wire, including the header. */
  readonly size: number
  /** The same before compression. */
  readonly rawSize: number
  /** Bytes before compression of the largest record. */
  readonly largestRecord: number
  /** How often it was handed to a connection, including this time. */
  readonly attempts: number
  /** Monotonic milliseconds: when its first record was accepted. */
  readonly createdAt: number
}

/** A step of a transactional producer. */
export type TransactionStep =
  | 'initialized'
  | 'begun'
  | 'offsetsSent'
  | 'committed'
  | 'aborted'
  | 'unknown' // it is unknown whether it was committed

/** A transaction at the moment of a call. */
export interface TransactionFacts {
  readonly transactionalId: string
  /** The number of its records, and of its offsets. */
  readonly records: number
  readonly offsets: number
  /** Milliseconds since it began. */
  readonly ageMs: number
}

/** Observes a producer. */
export interface Observer {
  /** A connection to a broker begins: the socket is requested. */
  connecting(node: number, address: string): void
  /** It can be used: versions are negotiated. */
  connected(node: number, address: string): void
  /** The connection of node `from`, a bootstrap server's, goes on as that of a broker. */
  takenOver?(from: number, node: number, address: string): void
  /** It has ended. `cause` is null if this client ended it; `wasReady` says whether it was ever usable. */
  disconnected(node: number, address: string, cause: KafkaError | null, wasReady: boolean): void
  /**
   * A request was handed to the socket. `bytes` is the size of its frame, including the length field;
   * `correlationId` is its number on its connection.
   */
  requested(node: number, api: string, bytes: number, correlationId: number): void
  /** Its answer has arrived, `ms` after it was sent. */
  answered(node: number, api: string, bytes: number, ms: number, correlationId: number): void
  /**
   * It has ended without an answer: its connection ended, because of `cause`; or it needed no answer and
   * was written (null).
   */
  unanswered?(
    node: number,
    api: string,
    ms: number,
    cause: KafkaError | null,
    correlationId: number,
  ): void
  /** A broker throttles this client for so long. */
  throttled(node: number, ms: number): void
  /** Metadata was refreshed. */
  refreshed(): void
  /** A partition has another leader than before; -1: none. */
  leaderChanged(topic: string, partition: number, from: number, to: number): void
  /** A Produce request with these batches is sent to a node: each attempt of each batch. */
  sent(node: number, batches: readonly BatchFacts[]): void
  /** A batch will be sent again, for this reason. */
  retried(batch: BatchFacts, cause: KafkaError | null): void
  /** A batch was too large for the broker, and its parts replace it. */
  split(batch: BatchFacts, parts: number): void
  /** A batch is in the log, as far as `acks` says. */
  acknowledged(batch: BatchFacts): void
  /** A batch has failed. */
  failed(batch: BatchFacts, code: string, cause: unknown): void
  /**
   * A record failed before it was in a batch, so no broker saw it. Reported once for each such record, by
   * the `send` stage when it makes the receipt.
   */
  refused?(topic: string, code: string): void
  /**
   * The producer has an identity, assigned by a broker (`isNew`), or continues under another epoch, except
   * the one that each end of a transaction returns; numbers begin anew.
   */
  identified(producerId: bigint, epoch: number, isNew: boolean): void
  /** Records wait for buffer.memory (true), or no longer do (false). */
  bufferFull(isFull: boolean): void
  /** A record waited so many milliseconds for buffer.memory; `inVain`: it was refused. */
  waitedForMemory(ms: number, inVain: boolean): void
  /** A record waited so many milliseconds for metadata of its topic. */
  waitedForMetadata(ms: number): void
  /**
   * A step of a transaction, which took `ms`. Before a transaction is open, its facts are zeros. `cause`
   * says why it was aborted, or is unknown.
   */
  transacted?(step: TransactionStep, ms: number, facts: TransactionFacts, cause?: unknown): void
  /** A flush took so long. */
  flushed(ms: number): void
}
