import type { Random } from '../runtime.ts'

// How long to wait before the next attempt: doubling, with jitter, up to a limit. One formula for retries,
// metadata, reconnects and the connection set-up timeout, as in Kafka.

export interface BackoffOptions {
  readonly initialMs: number
  /** The limit, including jitter. If it is not above `initialMs`, every wait is this long. */
  readonly maxMs: number
}

/** Milliseconds to wait after `attempt` failures before this one (0: the first has just failed). */
export type Backoff = (attempt: number, random: Random) => number

const jitter = 0.2
/** Enough for any limit, and 2 to this power is still exact. */
const mostDoublings = 52

export function exponential({ initialMs, maxMs }: BackoffOptions): Backoff {
  if (maxMs <= initialMs) return () => Math.max(maxMs, 0)
  return (attempt, random) => {
    const middle = Math.min(initialMs * 2 ** Math.min(attempt, mostDoublings), maxMs)
    const jittered = middle * (1 - jitter + 2 * jitter * random())
    return Math.min(Math.floor(jittered), maxMs)
  }
}
