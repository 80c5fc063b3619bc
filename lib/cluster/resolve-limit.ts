import { ConnectionError } from '../errors/connection-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address } from '../runtime.ts'
import { addressText } from '../wire/address-text.ts'

// For how long the names of the bootstrap servers may be unknown to the DNS (KIP-909): after that they will
// not be known, and nothing can be delivered. It is met, for good, as soon as one of them is known.
// Only time in which something is outstanding counts. Owned by Cluster.

export interface ResolveLimitOptions {
  readonly bootstrap: readonly Address[]
  /** `bootstrap.resolve.timeout.ms`; 0 or absent: for as long as it takes. */
  readonly resolveTimeoutMs?: number
}

export class ResolveLimit {
  readonly #bootstrap: readonly Address[]
  readonly #limitMs: number
  /** An address among them needs no DNS. */
  #isMet: boolean
  /** What has counted until the last rest. */
  #spentMs = 0
  #since: number | null = null

  constructor({ bootstrap, resolveTimeoutMs = 0 }: ResolveLimitOptions) {
    this.#bootstrap = bootstrap
    this.#limitMs = resolveTimeoutMs
    this.#isMet = resolveTimeoutMs === 0 || bootstrap.some(isNumeric)
  }

  /** When it is too late; later than anything where it is met, or nothing is outstanding. */
  get dueAt(): number {
    if (this.#isMet || this.#since === null) return Number.POSITIVE_INFINITY
    return this.#since + this.#limitMs - this.#spentMs
  }

  /** One of the names is known. */
  met(): void {
    this.#isMet = true
  }

  /** Something is outstanding from now on. */
  wake(now: number): void {
    this.#since = now
  }

  /** Nothing is. */
  rest(now: number): void {
    this.#spentMs += now - (this.#since ?? now)
    this.#since = null
  }

  /** What is to be said when it is too late. `cause` is why the last attempt failed. */
  error(cause: KafkaError | null): ConnectionError {
    const servers = this.#bootstrap.map(addressText).join(', ')
    const sentence =
      `no host of bootstrap.servers (${servers}) could be resolved within ` +
      `bootstrap.resolve.timeout.ms (${this.#limitMs} ms): check their names and the DNS, and create a new producer`
    const facts = { limitMs: this.#limitMs, ...(cause !== null && { cause }) }
    return new ConnectionError('BOOTSTRAP_UNRESOLVED', sentence, facts)
  }
}

/** Whether a host is an IP address. */
function isNumeric({ host }: Address): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host)
}
