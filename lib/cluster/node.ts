import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address, Random } from '../runtime.ts'
import type { Connection } from '../wire/connection.ts'
import { type Backoff, type BackoffOptions, exponential } from './backoff.ts'

// One broker (or bootstrap server) as the cluster keeps it: its address, its connection, if there is one,
// and when the next attempt is allowed. The waits grow with each failure and begin anew after a connection
// was ready.
//
// Invariant: at most one connection per node. Owned and driven by Cluster.

export interface ReconnectOptions {
  /** Between the end of one connection and the next attempt. */
  readonly backoff: BackoffOptions
  /** How long one attempt may take until the connection is ready. */
  readonly setupTimeout: BackoffOptions
}

/** The waits that all nodes of a cluster share. */
export class ReconnectPolicy {
  readonly #backoff: Backoff
  readonly #setupTimeout: Backoff
  readonly #random: Random

  constructor(options: ReconnectOptions, random: Random) {
    this.#backoff = exponential(options.backoff)
    this.#setupTimeout = exponential(options.setupTimeout)
    this.#random = random
  }

  backoffMs(failures: number): number {
    return this.#backoff(failures - 1, this.#random)
  }

  setupTimeoutMs(failures: number): number {
    return this.#setupTimeout(failures, this.#random)
  }
}

export class Node {
  readonly id: number
  connection: Connection | null = null
  /** A caller was refused a slot, and is told when there may be one. */
  wanted = false
  lastAttempt = Number.NEGATIVE_INFINITY
  retryAt = Number.NEGATIVE_INFINITY
  /** Why its last connection failed; null before a failure, and once a connection was ready. */
  failure: KafkaError | null = null
  /** Why no further attempt can help, judging by the last one; null if one may. */
  refusal: KafkaError | null = null
  /** The version of ApiVersions that it knew at its last connection. */
  versionsIn: number | undefined
  readonly #policy: ReconnectPolicy
  #failures = 0
  #setupFailures = 0
  #wasReady = false
  #address: Address
  /** The address that its connection leads to. */
  #target: Address

  constructor(id: number, address: Address, policy: ReconnectPolicy) {
    this.id = id
    this.#address = address
    this.#target = address
    this.#policy = policy
  }

  /** Its address. */
  get address(): Address {
    return this.#address
  }

  /**
   * It has this address now. If it is connected to another one, it gets nothing new until that connection
   * has ended. If not, failures at the old address no longer count.
   */
  moveTo(address: Address): void {
    this.#address = address
    this.retryAt = Number.NEGATIVE_INFINITY
    this.#failures = 0
    this.#setupFailures = 0
    this.failure = null
    this.refusal = null
  }

  /** Whether its connection leads to an address that it no longer has. */
  get isMoving(): boolean {
    return this.connection !== null && !sameAddress(this.#target, this.#address)
  }

  canSend(now: number): boolean {
    return (this.connection?.canSend(now) ?? false) && !this.isMoving
  }

  canConnect(now: number): boolean {
    return this.connection === null && now >= this.retryAt
  }

  /** Whether its present connection, or the one that has just ended, was ever usable. */
  get wasReady(): boolean {
    return this.#wasReady
  }

  get isReady(): boolean {
    return this.connection?.state === 'ready'
  }

  get isConnecting(): boolean {
    const state = this.connection?.state
    return state !== undefined && state !== 'ready' && state !== 'closed'
  }

  /** Whether there was an attempt since it was last ready, and all of them failed. */
  get isUnreachable(): boolean {
    return this.#setupFailures > 0
  }

  /** How many connections have failed in a row. */
  get failures(): number {
    return this.#failures
  }

  /** The set-up timeout for an attempt that begins now. */
  attempt(now: number): number {
    this.lastAttempt = now
    this.#target = this.#address
    this.#wasReady = false
    return this.#policy.setupTimeoutMs(this.#setupFailures)
  }

  ready(versionsIn: number | undefined): void {
    this.versionsIn = versionsIn
    this.#wasReady = true
    this.#failures = 0
    this.#setupFailures = 0
    this.failure = null
    this.refusal = null
  }

  /** The connection of another node, which is ready and leads to this one's address, is this one's from now on. */
  takeOver(other: Node): void {
    this.connection = other.connection
    other.connection = null
    this.lastAttempt = other.lastAttempt
    this.#target = this.#address
    this.ready(other.versionsIn)
  }

  /** Its connection has ended; without a cause if this client ended it. */
  disconnected(now: number, cause: KafkaError | null): void {
    this.connection = null
    if (cause === null || !sameAddress(this.#target, this.#address)) return
    this.failure = cause
    this.refusal = isFinal(cause) ? cause : null
    this.#failures += 1
    if (!this.#wasReady) this.#setupFailures += 1
    this.lastAttempt = now
    this.retryAt = now + this.#policy.backoffMs(this.#failures)
  }
}

export function sameAddress(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port
}

/** Whether another attempt at the same broker ends in the same way. */
function isFinal(error: KafkaError): boolean {
  return error.code === 'UNSUPPORTED_VERSION' || error.code === 'ACCESS_DENIED'
}
