import type { Runtime } from '../runtime.ts'

// How long the broker lets us in for: a session ends, and is renewed before it does, between 85 and 95 %
// of its life, so that not all clients come at once (KIP-368). A broker that says nothing is left alone.
// It is renewed only if there is something to send: an idle connection may as well be closed.
// Owned by Connection.

/** Brokers refuse to renew a session twice within a second. */
const renewedAfterMs = 1_100

const never = Number.POSITIVE_INFINITY

export class Session {
  #renewAt = never
  /** Somebody wants to send, and the session has to be renewed before. */
  isWanted = false

  /** From `now` on we are let in for so long; 0: for as long as the connection lives. */
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
