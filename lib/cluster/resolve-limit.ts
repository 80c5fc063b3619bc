import { ConnectionError } from '../errors/connection-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Address } from '../runtime.ts'
import { addressText } from '../wire/address-text.ts'

// How long the DNS may fail to resolve the bootstrap servers (KIP-909). After that, no record can be
// delivered. The limit is met, for good, as soon as one name is resolved. Only time in which something is
// outstanding counts. Owned by Cluster.

export interface ResolveLimitOptions {
  readonly bootstrap: readonly Address[]
  /** `bootstrap.resolve.timeout.ms`; 0 or absent: unlimited. */
  readonly resolveTimeoutMs?: number
}

export class ResolveLimit {
  readonly #bootstrap: readonly Address[]
  readonly #limitMs: number
  /** An address among them needs no DNS. */
  #isMet: boolean
  /** The time that had counted up to the last pause. */
  #spentMs = 0
  #since: number | null = null

  constructor({ bootstrap, resolveTimeoutMs = 0 }: ResolveLimitOptions) {
    this.#bootstrap = bootstrap
    this.#limitMs = resolveTimeoutMs
    this.#isMet = resolveTimeoutMs === 0 || bootstrap.some(isNumeric)
  }

  /** The deadline; later than any other if the limit is met, or nothing is outstanding. */
  get dueAt(): number {
    if (this.#isMet || this.#since === null) return Number.POSITIVE_INFINITY
    return this.#since + this.#limitMs - this.#spentMs
  }

  /** One of the names is resolved. */
  met(): void {
    this.#isMet = true
  }

  /** Something is outstanding from now on. */
  wake(now: number): void {
    this.#since = now
  }

  /** Nothing is outstanding from now on. */
  rest(now: number): void {
    this.#spentMs += now - (this.#since ?? now)
    this.#since = null
  }

  /** The error once the deadline has passed. `cause` is why the last attempt failed. */
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
