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
  address: Address
  connection: Connection | null = null
  /** Somebody was refused a slot, and is to be told when there may be one. */
  wanted = false
  lastAttempt = Number.NEGATIVE_INFINITY
  retryAt = Number.NEGATIVE_INFINITY
  /** The version of ApiVersions that it knew when it was last connected to. */
  versionsIn: number | undefined
  readonly #policy: ReconnectPolicy
  #failures = 0
  #setupFailures = 0
  #wasReady = false

  constructor(id: number, address: Address, policy: ReconnectPolicy) {
    this.id = id
    this.address = address
    this.#policy = policy
  }

  canSend(now: number): boolean {
    return this.connection?.canSend(now) ?? false
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

  /** The set-up timeout for an attempt that begins now. */
  attempt(now: number): number {
    this.lastAttempt = now
    this.#wasReady = false
    return this.#policy.setupTimeoutMs(this.#setupFailures)
  }

  ready(versionsIn: number): void {
    this.versionsIn = versionsIn
    this.#wasReady = true
    this.#failures = 0
    this.#setupFailures = 0
  }

  /** Its connection has ended; without a cause, because we wished it. */
  disconnected(now: number, cause: KafkaError | null): void {
    this.connection = null
    if (cause === null) return
    this.#failures += 1
    if (!this.#wasReady) this.#setupFailures += 1
    this.lastAttempt = now
    this.retryAt = now + this.#policy.backoffMs(this.#failures)
  }
}
