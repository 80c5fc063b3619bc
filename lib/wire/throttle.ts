// Broker quotas: an answer may ask the client to wait (KIP-219). From some version of each API on, the
// client has to wait; before that, the broker itself waits, and the number only reports that. One Throttle
// per connection; Connection asks it for slots.

/** The first version of each API (by key) whose client has to wait. */
const waitsSince: ReadonlyMap<number, number> = new Map([
  [0, 6], // Produce
  [1, 8], // Fetch
  [2, 3], // ListOffsets
  [3, 6], // Metadata
  [10, 2], // FindCoordinator
  [18, 2], // ApiVersions
  [22, 1], // InitProducerId
  [24, 1], // AddPartitionsToTxn
  [25, 1], // AddOffsetsToTxn
  [26, 1], // EndTxn
  [28, 1], // TxnOffsetCommit
  [65, 0], // DescribeTransactions
])

/**
 * No answer makes the client wait longer: a broken broker could block itself for 24 days. An honest broker
 * that needs longer throttles the next answer again.
 */
const throttleMsMax = 300_000

export class Throttle {
  #until = Number.NEGATIVE_INFINITY
  #totalMs = 0

  /** Nothing may be sent before this time. */
  get until(): number {
    return this.#until
  }

  /**
   * How long the client has been asked to wait in total; requests in flight may take longer by that.
   * Overlapping waits count once, otherwise a broker that throttles each answer could add hours.
   */
  get totalMs(): number {
    return this.#totalMs
  }

  /**
   * Notes the throttle in the answer to a request that was sent at `sentAt`; returns the milliseconds that
   * the client has to wait.
   */
  note(apiKey: number, version: number, body: unknown, now: number, sentAt: number): number {
    const told = (body as { readonly throttleTimeMs?: number }).throttleTimeMs ?? 0
    if (told <= 0) return 0
    const throttleMs = Math.min(told, throttleMsMax)
    if (version < (waitsSince.get(apiKey) ?? Number.POSITIVE_INFINITY)) {
      // The broker answers when its wait is over: it cannot have waited longer than since then.
      this.#totalMs += Math.min(throttleMs, now - sentAt)
      return 0
    }
    const until = Math.max(this.#until, now + throttleMs)
    this.#totalMs += until - Math.max(this.#until, now)
    this.#until = until
    return throttleMs
  }
}
