import type { Feed } from '../model.ts'
import type { Holdings } from '../stages/holding.ts'
import type { Gate } from './gate.ts'

// One source's way through the gate. What waits for memory shuts the gate for all (headroom.ts); what
// waits for metadata, for a promise or at a turnstile only for the sources of its own feed. A writable
// is a feed; a puller learns those that its items enter at once, while it emits them.
//
// What comes to the producer later, through operators that are not synchronous, is not known to be the
// source's. So as long as nothing was learnt, whatever waits shuts the gate, but for the first items:
// they may have been dropped on the way, as the head of a file is.
// Invariant: while `beginnings` is `#clearAt`, nothing of these feeds waits. So a record costs one
// comparison, also while something of others does. Asked by operators/paced.ts and writable.ts.

/** Items that may be pulled although something waits that may be the source's own. */
const blindMax = 64

/** Feeds that are kept in mind; those of which nothing waits can be learnt again. */
const knownMax = 32

export class Pass {
  #gate: Gate
  #holdings: Pick<Holdings, 'beginnings' | 'holds'>
  #feeds = new Set<Feed>()
  /** The feed that was entered last: streams mostly have one. */
  #last: Feed | null = null
  #clearAt = -1
  #pulled = 0

  /** `own` is its feed, where there is one from the start. */
  constructor(
    gate: Gate,
    holdings: Pick<Holdings, 'beginnings' | 'holds'>,
    own: Feed | null = null,
  ) {
    this.#gate = gate
    this.#holdings = holdings
    if (own !== null) this.#learn(own)
  }

  /** Whether the next record will be of use at once. */
  get isOpen(): boolean {
    return this.#gate.isOpen && this.isClear
  }

  /** Whether nothing of its own waits, as far as it can know. */
  get isClear(): boolean {
    return this.#holdings.beginnings === this.#clearAt || this.#look()
  }

  /** Calls `opened` once it is open again; gives the way to take that back. */
  wait(opened: () => void): () => void {
    return this.#gate.wait(this, opened)
  }

  /** The feeds that records enter from now on are its own; gives who was told of them before. */
  begin(): Pass | null {
    const before = this.#gate.emitting
    this.#gate.emitting = this
    return before
  }

  /** No longer; to be given what `begin` gave. */
  end(before: Pass | null): void {
    this.#gate.emitting = before
  }

  /** An item was pulled. */
  pulled(): void {
    this.#pulled += 1
  }

  /** A record of its own entered. */
  entered(feed: Feed): void {
    if (feed !== this.#last) this.#learn(feed)
  }

  #learn(feed: Feed): void {
    this.#last = feed
    if (this.#feeds.has(feed)) return
    if (this.#feeds.size >= knownMax) this.#forget()
    this.#feeds.add(feed)
    this.#clearAt = -1
  }

  /** Of streams that come and go, one for each window or group, most have ended. */
  #forget(): void {
    for (const feed of this.#feeds) if (!this.#holdings.holds(feed)) this.#feeds.delete(feed)
  }

  #look(): boolean {
    const isClear = !this.#isHeld()
    if (isClear) this.#clearAt = this.#holdings.beginnings
    return isClear || (this.#feeds.size === 0 && this.#pulled < blindMax)
  }

  #isHeld(): boolean {
    if (this.#feeds.size === 0) return this.#holdings.holds(null)
    for (const feed of this.#feeds) if (this.#holdings.holds(feed)) return true
    return false
  }
}
