import type { Random } from '../runtime.ts'
import type { TopicState } from '../topics/topic-state.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { type Backoff, type BackoffOptions, exponential } from './backoff.ts'

// Decides when metadata is fetched, and for which topics. Sends nothing and sets no timer.
//
// Invariant: at most one refresh is in flight, from `begin` to `answered` or `failed`. What is requested
// meanwhile stays requested, because the answer may be older than the request. Nothing counts while the
// cluster is inactive: ages are judged when it wakes. Refreshes that fail, or bring nothing new, slow down;
// a topic that is requested for the first time is fetched at once. Owned and driven by Cluster.

/**
 * So many new topics are requested at once: reading the answer keeps the event loop, and their records can be
 * sent while the next answer is on its way.
 */
const freshMax = 500

export interface MetadataOptions {
  /** Everything is fetched again after this long. */
  readonly maxAgeMs: number
  /** A topic that was not used for this long is forgotten. */
  readonly maxIdleMs: number
  /** Between refreshes that failed or brought nothing new. */
  readonly backoff: BackoffOptions
}

export interface Refresh {
  readonly topics: readonly string[]
  /** Only topics that were unknown before: what is known of the others stays. */
  readonly partial: boolean
}

export class Metadata {
  readonly #options: MetadataOptions
  readonly #random: Random
  readonly #backoff: Backoff
  /** Topics in use. */
  readonly #topics: TopicTable
  /** Those of them that no answer has mentioned yet. */
  readonly #fresh = new Set<string>()
  #underWay: Refresh | null = null
  #wanted = false
  #expiresAt = Number.NEGATIVE_INFINITY
  #allowedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #equivalents = 0

  constructor(options: MetadataOptions, random: Random, topics: TopicTable) {
    this.#options = options
    this.#random = random
    this.#topics = topics
    this.#backoff = exponential(options.backoff)
  }

  /** How many refreshes have failed since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Notes that a topic is in use. True if it is new: then it is fetched without waiting. */
  use(topic: string, now: number): boolean {
    const known = this.#topics.get(topic)
    if (known !== undefined) {
      known.idleSince = now
      return false
    }
    this.#topics.of(topic).idleSince = now
    this.#fresh.add(topic)
    this.#equivalents = 0
    this.#allowedAt = Number.NEGATIVE_INFINITY
    return true
  }

  tracks(topic: string): boolean {
    return this.#topics.get(topic) !== undefined
  }

  /**
   * The cluster is active again: failures from before the pause do not count. Returns whether everything is
   * too old.
   */
  woken(now: number): boolean {
    this.#failures = 0
    return now >= this.#expiresAt
  }

  /** Topics that nothing needs, and that were not used for too long. */
  idle(now: number): TopicState[] {
    const { maxIdleMs } = this.#options
    return [...this.#topics].filter(
      ({ name, isHeld, idleSince }) =>
        !isHeld && now - idleSince >= maxIdleMs && !this.#fresh.has(name),
    )
  }

  /** Requests a refresh of everything, as soon as the backoff allows. */
  request(): void {
    this.#wanted = true
  }

  /** Requests a topic once more, as soon as the backoff allows; false if that is already under way. */
  again(topic: string): boolean {
    if (!this.tracks(topic) || this.#fresh.has(topic)) return false
    if (this.#underWay?.topics.includes(topic)) return false
    this.#fresh.add(topic)
    return true
  }

  /** Whether a caller waits for a refresh; otherwise only its age calls for one. */
  get isWanted(): boolean {
    return this.#wanted || this.#fresh.size > 0
  }

  /** When the next refresh may begin; infinity while one is in flight. */
  dueAt(): number {
    if (this.#underWay !== null) return Number.POSITIVE_INFINITY
    return Math.max(this.isWanted ? Number.NEGATIVE_INFINITY : this.#expiresAt, this.#allowedAt)
  }

  /** Begins a refresh; the caller sends it. */
  begin(now: number): Refresh {
    const full = this.#wanted || now >= this.#expiresAt
    const fresh = this.#takeFresh()
    const topics = full ? this.#allButFresh() : fresh
    this.#underWay = { topics, partial: !full }
    if (full) this.#wanted = false
    return this.#underWay
  }

  #takeFresh(): string[] {
    const topics = [...this.#fresh].slice(0, freshMax)
    for (const topic of topics) this.#fresh.delete(topic)
    return topics
  }

  /** What is still fresh is requested next. */
  #allButFresh(): string[] {
    const names = [...this.#topics].map(({ name }) => name)
    return this.#fresh.size === 0 ? names : names.filter((name) => !this.#fresh.has(name))
  }

  /** The refresh was answered. `news` tells whether the answer changed anything. */
  answered(now: number, news: boolean): void {
    // Age alone does not mean that the cluster keeps changing, so it does not slow refreshes down.
    if (news || now >= this.#expiresAt) this.#equivalents = 0
    else this.#equivalents += 1
    if (!this.#underWay?.partial) this.#expiresAt = now + this.#options.maxAgeMs
    this.#underWay = null
    this.#failures = 0
    if (this.#fresh.size === 0) this.#allowedAt = now + this.#waitFor(this.#equivalents)
  }

  /** The refresh failed: what it was for is requested again, after a wait. */
  failed(now: number): void {
    this.#restore()
    this.#failures += 1
    this.#allowedAt = now + this.#waitFor(this.#failures)
  }

  #restore(): void {
    const refresh = this.#underWay
    this.#underWay = null
    if (refresh === null) return
    if (!refresh.partial) this.#wanted = true
    else for (const topic of refresh.topics) if (this.tracks(topic)) this.#fresh.add(topic)
  }

  #waitFor(attempts: number): number {
    return this.#backoff(Math.max(attempts - 1, 0), this.#random)
  }
}
