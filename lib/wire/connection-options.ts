import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Api } from '../protocol/message.ts'
import type { Address } from '../runtime.ts'
import type { Security } from '../security/security.ts'

// What a connection gets, and its events. Types only.

export interface ConnectionOptions {
  readonly address: Address
  /** The broker's node id, for errors; negative for a bootstrap server. */
  readonly node: number
  /** How many connections to it have failed in a row: the transport then tries another address. */
  readonly failures?: number
  /** Connects by the address's name in the DNS; the login gets that name, too. */
  readonly isCanonical?: boolean
  readonly clientId: string
  readonly softwareName: string
  readonly softwareVersion: string
  /** The maximum number of unanswered requests. */
  readonly maxInFlight: number
  /** From sending to the answer. */
  readonly requestTimeoutMs: number
  /** Until the connection is established. Afterwards, each request on it has `requestTimeoutMs`. */
  readonly setupTimeoutMs: number
  /** Closed after this long without traffic; negative: never. */
  readonly maxIdleMs: number
  readonly security: Security | null
  /**
   * The version of ApiVersions to request first: the one that this broker, or another of its cluster, knew
   * last. Absent: our newest.
   */
  readonly versionsIn?: number
  /**
   * The cluster to which the broker must belong, with `node` as its id (KIP-1242). Absent: any broker that
   * answers is accepted.
   */
  readonly clusterId?: string
  /** An API that is required: without it, the connection ends before it is ready. */
  readonly required?: Api
  /** The observer of requests, if there is one. */
  readonly watched?: Watched
}

export interface ConnectionEvents {
  /** Its name was resolved, or is an IP address. */
  resolved?(): void
  /** Requests can be sent now. `versionsIn` is the newest version of ApiVersions that both sides know. */
  ready(versionsIn: number): void
  /**
   * It has ended, and the socket is closed. `cause` is null if this client ended it, because it was idle or
   * by `close()`. Requests in flight fail right after this.
   */
  closed(cause: KafkaError | null): void
  /** `canSend` has turned true, after an answer, a write or a throttle. */
  slot(): void
  /** The broker throttled this client. */
  throttled?(ms: number): void
  /** Runs `work`, which is everything that follows from one event. */
  turn?(work: () => void): void
}

export interface SendOptions {
  /** Not above `version(api)`, which is the default. */
  readonly version?: number
  /** False for a Produce request with acks=0: its handler is called when it is written. */
  readonly expectsAnswer?: boolean
}
