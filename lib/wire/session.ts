import type { Runtime } from '../runtime.ts'

// How long a login is valid: a session ends, and is renewed between 85 and 95 % of its life, so that not
// all clients come at once (KIP-368). If the broker announces no lifetime, nothing is renewed. A session is
// renewed only if there is something to send: an idle connection may be closed instead. Owned by
// Connection.

/** Brokers refuse to renew a session twice within a second. */
const renewedAfterMs = 1_100

const never = Number.POSITIVE_INFINITY

export class Session {
  #renewAt = never
  /** There is something to send, and the session must be renewed first. */
  isWanted = false

  /** From `now` on the login is valid for so long; 0: as long as the connection lives. */
  begin(lifetimeMs: number, { clock, random }: Pick<Runtime, 'clock' | 'random'>): void {
    this.isWanted = false
    const share = 0.85 + 0.1 * random()
    const after = Math.max(lifetimeMs * share, renewedAfterMs)
    this.#renewAt = lifetimeMs > 0 ? clock.now() + after : never
  }

  /** Whether nothing may be sent until it is renewed. */
  isDue(now: number): boolean {
    return now >= this.#renewAt
  }
}
