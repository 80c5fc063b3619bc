import { Fifo } from '../collections/fifo.ts'
import type { Envelope, Feed } from '../model.ts'
import { gaveUp, RecordEnvelope } from '../stages/envelope.ts'
import { type Holding, joined, noneHeld } from '../stages/holding.ts'

// The entrance for feeds that may have a limited number of records inside: feeds whose results leave in the
// order of all input, because one slow record would otherwise pile up the results of all later ones, and
// transactions that wait for their turn.
//
// Invariant: at most `limit` records of a bounded feed are inside, from when they go on into the pipeline
// until the feed says that their result has left. The others wait here, in order, like records that wait
// for memory: a flush waits for them, and `paced` stops, unless the feed stops it itself
// (operators/intake.ts). Feeds without a limit pass. A refused record passes with its failure and takes no
// place, because its result must leave after those of the waiting records. Used by the engine;
// operators/delivery.ts adds its feed and says which results have left.

interface Turnstile {
  limit: number
  inside: number
  /** Whether sources stop while anything waits here. */
  readonly stopsSources: boolean
  /** Tickets of the refused records that passed. */
  readonly refused: Set<unknown>
  readonly waiting: Fifo<Envelope>
}

export interface TurnstilesOptions {
  /** The maximum number of a feed's records that wait here. */
  readonly maxWaiting: number
  readonly now: () => number
  /** Takes a record that may go in. */
  readonly admit: (envelope: Envelope) => void
  /** A record begins to wait here; sources have to stop for it, or not. */
  readonly held: (envelope: Envelope, stopsSources: boolean) => void
  /** A record may go in: `serve` is to be called, later. */
  readonly wanted: () => void
}

export class Turnstiles implements Holding {
  #options: TurnstilesOptions
  #turnstiles = new Map<Feed, Turnstile>()
  #held = 0
  /** The number of records for which sources stop. */
  #stopping = 0

  constructor(options: TurnstilesOptions) {
    this.#options = options
  }

  /** From now on `feed` may have `limit` records inside. */
  add(feed: Feed, limit: number, stopsSources = true): void {
    const refused = new Set()
    this.#turnstiles.set(feed, { limit, inside: 0, stopsSources, refused, waiting: new Fifo() })
  }

  /** The feed has no limit any more: its waiting records go in. */
  lift(feed: Feed): void {
    const turnstile = this.#turnstiles.get(feed)
    if (turnstile === undefined) return
    turnstile.limit = Number.POSITIVE_INFINITY
    if (turnstile.waiting.length === 0) this.#turnstiles.delete(feed)
    else this.#options.wanted()
  }

  /** The feed has ended; nothing of it waits any more. */
  delete(feed: Feed): void {
    this.#turnstiles.delete(feed)
  }

  /** The result of the record with this ticket has left. */
  left(feed: Feed, ticket: unknown): void {
    const turnstile = this.#turnstiles.get(feed)
    if (turnstile === undefined || turnstile.refused.delete(ticket)) return
    turnstile.inside -= 1
    if (turnstile.waiting.length > 0) this.#options.wanted()
  }

  /** Whether no feed has a limit: then every record may pass. */
  get isOpen(): boolean {
    return this.#turnstiles.size === 0
  }

  /** A record comes in: it goes on, or waits for earlier ones. */
  enter(envelope: Envelope): void {
    const turnstile = this.#turnstiles.get(envelope.feed)
    if (turnstile === undefined) this.#options.admit(envelope)
    else if (turnstile.waiting.length > 0 || turnstile.inside >= turnstile.limit) {
      this.#wait(turnstile, envelope)
    } else this.#admit(turnstile, envelope)
  }

  /** Admits the records that may go in by now; returns whether there was one. */
  serve(): boolean {
    if (this.#held === 0) return false
    let served = false
    for (const [feed, turnstile] of this.#turnstiles) {
      const { waiting, limit } = turnstile
      while (waiting.length > 0 && turnstile.inside < limit) {
        this.#released(turnstile, 1)
        served = true
        this.#admit(turnstile, this.#fresh(waiting.shift()!))
      }
      if (limit === Number.POSITIVE_INFINITY) this.#turnstiles.delete(feed)
    }
    return served
  }

  holds(feed: Feed | null): boolean {
    if (feed === null) return this.#stopping > 0
    const turnstile = this.#turnstiles.get(feed)
    return turnstile?.stopsSources === true && turnstile.waiting.length > 0
  }

  *held(): Iterable<Envelope> {
    for (const { waiting } of this.#turnstiles.values()) yield* waiting
  }

  /** A removed record counts as inside until the feed says that the result has left. */
  withdraw(feed: Feed | null): Envelope[] {
    if (feed !== null && !this.#turnstiles.has(feed)) return noneHeld
    const taken: Envelope[][] = []
    for (const owner of feed === null ? this.#turnstiles.keys() : [feed]) {
      const turnstile = this.#turnstiles.get(owner)
      if (turnstile === undefined) continue
      const { waiting } = turnstile
      turnstile.inside += waiting.length
      this.#released(turnstile, waiting.length)
      taken.push(waiting.takeAll())
    }
    return joined(taken)
  }

  /**
   * A single record of a bounded feed cannot be withdrawn: its place would have to be given to the next
   * one.
   */
  recall(): boolean {
    return false
  }

  #wait(turnstile: Turnstile, envelope: Envelope): void {
    if (turnstile.waiting.length < this.#options.maxWaiting) {
      const { stopsSources } = turnstile
      this.#options.held(envelope, stopsSources)
      this.#held += 1
      if (stopsSources) this.#stopping += 1
      turnstile.waiting.push(envelope)
      return
    }
    const message = `${this.#options.maxWaiting} records of this stream wait for earlier results`
    if (envelope.failure === null) gaveUp(envelope, 'BUFFER_EXHAUSTED', () => ({ message }))
    turnstile.refused.add(envelope.ticket)
    this.#options.admit(envelope)
  }

  #released({ stopsSources }: Turnstile, records: number): void {
    this.#held -= records
    if (stopsSources) this.#stopping -= records
  }

  #admit(turnstile: Turnstile, envelope: Envelope): void {
    turnstile.inside += 1
    this.#options.admit(envelope)
  }

  /** The time that it waited here is not part of `max.block.ms`. */
  #fresh(from: Envelope): Envelope {
    const { feed, ticket, original, timestamp, token, context, failure, isPaced } = from
    const envelope = new RecordEnvelope(
      feed,
      ticket,
      original,
      this.#options.now(),
      timestamp,
      isPaced,
    )
    envelope.token = token
    envelope.context = context
    envelope.failure = failure
    return envelope
  }
}
