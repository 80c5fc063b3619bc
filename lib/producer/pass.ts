import type { Feed } from '../model.ts'
import type { Holdings } from '../stages/holding.ts'
import type { Gate } from './gate.ts'

// One source's access to the gate. A record that waits for memory shuts the gate for all sources
// (headroom.ts); one that waits for metadata, for a promise or at a turnstile shuts it only for the sources
// of its own feed. A writable is a feed; a puller learns the feeds that its items enter synchronously,
// while it emits them.
//
// Records that reach the producer later, through asynchronous operators, cannot be assigned to the source.
// So as long as nothing was learnt, any waiting record shuts the gate, except for the first items, which
// may have been dropped on the way, like the header of a file.
//
// Invariant: while `beginnings` is `#clearAt`, nothing of these feeds waits. So a record costs one
// comparison, even while other feeds wait. Asked by operators/paced.ts and writable.ts.

/** Items that may be pulled while a record waits that may be the source's own. */
const blindMax = 64

/** The number of remembered feeds; those without a waiting record can be learnt again. */
const knownMax = 32

export class Pass {
  #gate: Gate
  #holdings: Pick<Holdings, 'beginnings' | 'holds'>
  #feeds = new Set<Feed>()
  /** The feed that was entered last: most streams have one. */
  #last: Feed | null = null
  #clearAt = -1
  #pulled = 0

  /** `own` is its feed, if it is known from the start. */
  constructor(
    gate: Gate,
    holdings: Pick<Holdings, 'beginnings' | 'holds'>,
    own: Feed | null = null,
  ) {
    this.#gate = gate
    this.#holdings = holdings
    if (own !== null) this.#learn(own)
  }

  /** Whether the next record can be used at once. */
  get isOpen(): boolean {
    return this.#gate.isOpen && this.isClear
  }

  /** Whether none of its own records waits, as far as it can know. */
  get isClear(): boolean {
    return this.#holdings.beginnings === this.#clearAt || this.#look()
  }

  /** Calls `opened` once it is open again; returns a function that unregisters it. */
  wait(opened: () => void): () => void {
    return this.#gate.wait(this, opened)
  }

  /** The feeds that records enter from now on are its own; returns the previous listener. */
  begin(): Pass | null {
    const before = this.#gate.emitting
    this.#gate.emitting = this
    return before
  }

  /** Ends this; takes what `begin` returned. */
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

  /** If streams come and go, one for each window or group, most have ended. */
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
