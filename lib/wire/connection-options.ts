import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Api } from '../protocol/message.ts'
import type { Address } from '../runtime.ts'
import type { Security } from '../security/security.ts'

// What a connection is given, and what it tells. Types only.

export interface ConnectionOptions {
  readonly address: Address
  /** The broker's node id, for errors; negative for a bootstrap server. */
  readonly node: number
  /** How many connections to it have failed in a row: the transport tries another address then. */
  readonly failures?: number
  /** Connects by the name that the DNS has for its address; what logs in is given that name, too. */
  readonly isCanonical?: boolean
  readonly clientId: string
  readonly softwareName: string
  readonly softwareVersion: string
  /** Requests without an answer at one time. */
  readonly maxInFlight: number
  /** From sending to the answer. */
  readonly requestTimeoutMs: number
  /** Until the connection is there. What is asked on it then has `requestTimeoutMs`, each. */
  readonly setupTimeoutMs: number
  /** Closed after this long without traffic; negative: never. */
  readonly maxIdleMs: number
  readonly security: Security | null
  /**
   * The version of ApiVersions to ask in first: what this broker, or another of its cluster, was last
   * found to know. Absent: our newest.
   */
  readonly versionsIn?: number
  /**
   * The cluster that the broker has to be of, with `node` as its id (KIP-1242). Absent: whoever answers is
   * taken for the one that was meant.
   */
  readonly clusterId?: string
  /** An API without which the broker is of no use: then the connection ends before it is ready. */
  readonly required?: Api
  /** Who is told of requests. Absent: nobody. */
  readonly watched?: Watched
}

export interface ConnectionEvents {
  /** Its name is known to the DNS, or needs not be. */
  resolved?(): void
  /** Requests can be sent now. `versionsIn` is the newest version of ApiVersions that both sides know. */
  ready(versionsIn: number): void
  /**
   * It is over, and the socket closed. `cause` is null where we ended it, for idleness or by
   * `close()`. What was in flight is told to have failed right after this.
   */
  closed(cause: KafkaError | null): void
  /** `canSend` has turned true, after an answer, a write or a throttle. */
  slot(): void
  /** The broker asked for silence. */
  throttled?(ms: number): void
  /** Runs `work`, which is all that follows from one event. */
  turn?(work: () => void): void
}

export interface SendOptions {
  /** Not above `version(api)`, which is the default. */
  readonly version?: number
  /** False for a Produce request with acks=0: its handler is told when it was written. */
  readonly expectsAnswer?: boolean
}
