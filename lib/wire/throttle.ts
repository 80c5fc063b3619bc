// Broker quotas: an answer may tell the client to keep quiet for a while (KIP-219).
// From some version on an API's broker leaves the waiting to the client; before, it waits itself, and
// the figure only tells that it did. One Throttle a connection; Connection asks it for slots.

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
])

/**
 * No answer makes the client wait for longer: a broken broker could take itself away for 24 days. An
 * honest one that means longer throttles the next answer again.
 */
const throttleMsMax = 300_000

export class Throttle {
  #until = Number.NEGATIVE_INFINITY
  #totalMs = 0

  /** Nothing may be sent before it. */
  get until(): number {
    return this.#until
  }

  /**
   * How long the client has been told to wait in all, by which requests in flight are allowed to take longer.
   * Waits that overlap count once: a broker that asks for one with each answer would otherwise have hours.
   */
  get totalMs(): number {
    return this.#totalMs
  }

  /**
   * Notes what the answer to a request of the moment `sentAt` tells; gives the milliseconds that the client
   * has to wait for it.
   */
  note(apiKey: number, version: number, body: unknown, now: number, sentAt: number): number {
    const told = (body as { readonly throttleTimeMs?: number }).throttleTimeMs ?? 0
    if (told <= 0) return 0
    const throttleMs = Math.min(told, throttleMsMax)
    if (version < (waitsSince.get(apiKey) ?? Number.POSITIVE_INFINITY)) {
      // The broker answers when it is over: what has not passed since then it has not waited.
      this.#totalMs += Math.min(throttleMs, now - sentAt)
      return 0
    }
    const until = Math.max(this.#until, now + throttleMs)
    this.#totalMs += until - Math.max(this.#until, now)
    this.#until = until
    return throttleMs
  }
}
