import type { KafkaError } from './errors/kafka-error.ts'

// What the actors tell whoever watches a producer: its events, its diagnostics channels, its metrics.
// Types only. Told once for a connection, a request or a batch, for a single record only where it had
// to wait or was refused, and with plain numbers, so that a watcher can't change anything. A watcher
// never throws.
// The actors hold one watcher; the producer (producer/watchers.ts) spreads it to those there are.
// An actor asks `watched.observer?.sent(…)`: while nobody watches, not even what it would be told is
// made.

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
  /** Bytes on the wire, header included. */
  readonly size: number
  /** The same before compression. */
  readonly rawSize: number
  /** Bytes before compression of the largest record. */
  readonly largestRecord: number
  /** How often it was handed to a connection, this time included. */
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
  | 'unknown' // nobody has said whether it was committed

/** A transaction at the moment of a call. */
export interface TransactionFacts {
  readonly transactionalId: string
  /** How many records it was given, and how many offsets. */
  readonly records: number
  readonly offsets: number
  /** Milliseconds since it began. */
  readonly ageMs: number
}

/** Observes a producer. */
export interface Observer {
  /** A connection to a broker begins: the socket is asked for. */
  connecting(node: number, address: string): void
  /** It may be used: versions are agreed. */
  connected(node: number, address: string): void
  /** It has ended; `cause` is null where we ended it, `wasReady` says whether it was ever of use. */
  disconnected(node: number, address: string, cause: KafkaError | null, wasReady: boolean): void
  /**
   * A request was handed to the socket. `bytes` counts its frame, length included; `correlationId` is
   * its number on its connection.
   */
  requested(node: number, api: string, bytes: number, correlationId: number): void
  /** Its answer is in; `ms` after it was sent. */
  answered(node: number, api: string, bytes: number, ms: number, correlationId: number): void
  /**
   * It is over without an answer: its connection ended, for `cause`; or it was to have none, and was
   * written (null).
   */
  unanswered?(
    node: number,
    api: string,
    ms: number,
    cause: KafkaError | null,
    correlationId: number,
  ): void
  /** A broker asks us to hold back for so long. */
  throttled(node: number, ms: number): void
  /** Metadata were refreshed. */
  refreshed(): void
  /** A partition has another leader than before; -1: none. */
  leaderChanged(topic: string, partition: number, from: number, to: number): void
  /** A Produce request goes to a node with these batches, each attempt of each. */
  sent(node: number, batches: readonly BatchFacts[]): void
  /** A batch will be sent again, for that reason. */
  retried(batch: BatchFacts, cause: KafkaError | null): void
  /** A batch was too large for the broker and goes on in parts. */
  split(batch: BatchFacts, parts: number): void
  /** A batch is in the log, as far as `acks` says. */
  acknowledged(batch: BatchFacts): void
  /** A batch was given up. */
  failed(batch: BatchFacts, code: string, cause: unknown): void
  /**
   * A record failed before it lay in a batch, so no broker saw it. Once for each such record, by the
   * `send` stage where it makes the receipt.
   */
  refused?(topic: string, code: string): void
  /**
   * The producer has an identity, given by a broker (`isNew`), or goes on to another epoch of it;
   * numbers begin anew.
   */
  identified(producerId: bigint, epoch: number, isNew: boolean): void
  /** Records wait for buffer.memory (true), or none does any more (false). */
  bufferFull(isFull: boolean): void
  /** A record waited so many milliseconds for buffer.memory; `inVain`: it was refused. */
  waitedForMemory(ms: number, inVain: boolean): void
  /** A record waited so many milliseconds for metadata of its topic. */
  waitedForMetadata(ms: number): void
  /**
   * A step of a transaction, which took `ms`. Before a transaction is open its facts are zeros. `cause` says
   * why it was aborted, or is unknown.
   */
  transacted?(step: TransactionStep, ms: number, facts: TransactionFacts, cause?: unknown): void
  /** A flush took so long. */
  flushed(ms: number): void
}
