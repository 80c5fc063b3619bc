import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address, Random } from '../runtime.ts'
import type { Connection } from '../wire/connection.ts'
import { type Backoff, type BackoffOptions, exponential } from './backoff.ts'

// One broker (or bootstrap server) as the cluster keeps it: where it is, its connection if there is
// one, and when the next may be tried. The waits grow with each failure and begin anew once a
// connection was ready. Invariant: at most one connection a node. Owned and driven by Cluster.

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
  /** Somebody was refused a slot, and is to be told when there may be one. */
  wanted = false
  lastAttempt = Number.NEGATIVE_INFINITY
  retryAt = Number.NEGATIVE_INFINITY
  /** What its last connection failed with; null before it has, and once one was ready. */
  failure: KafkaError | null = null
  /** Why no attempt at it can help, as far as the last one showed; null where one may. */
  refusal: KafkaError | null = null
  /** The version of ApiVersions that it knew when it was last connected to. */
  versionsIn: number | undefined
  readonly #policy: ReconnectPolicy
  #failures = 0
  #setupFailures = 0
  #wasReady = false
  #address: Address
  /** Where its connection leads. */
  #target: Address

  constructor(id: number, address: Address, policy: ReconnectPolicy) {
    this.id = id
    this.#address = address
    this.#target = address
    this.#policy = policy
  }

  /** Where it listens. */
  get address(): Address {
    return this.#address
  }

  /**
   * It listens there now. If it is connected elsewhere, it gets nothing new until that connection is
   * over; else what failed at its old address counts no more.
   */
  moveTo(address: Address): void {
    this.#address = address
    this.retryAt = Number.NEGATIVE_INFINITY
    this.#failures = 0
    this.#setupFailures = 0
    this.failure = null
    this.refusal = null
  }

  /** Whether it is connected to where it does not listen any more. */
  get isMoving(): boolean {
    return this.connection !== null && !sameAddress(this.#target, this.#address)
  }

  canSend(now: number): boolean {
    return (this.connection?.canSend(now) ?? false) && !this.isMoving
  }

  canConnect(now: number): boolean {
    return this.connection === null && now >= this.retryAt
  }

  /** Whether its present connection, or the one that has just ended, was ever of use. */
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

  /** Whether every attempt since it was last ready has failed, and there was one. */
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

  ready(versionsIn: number): void {
    this.versionsIn = versionsIn
    this.#wasReady = true
    this.#failures = 0
    this.#setupFailures = 0
    this.failure = null
    this.refusal = null
  }

  /** Its connection has ended; without a cause, because we wished it. */
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

/** Whether another attempt at the same broker ends likewise. */
function isFinal(error: KafkaError): boolean {
  return error.code === 'UNSUPPORTED_VERSION' || error.code === 'ACCESS_DENIED'
}
