// Where the tokens of OAUTHBEARER come from, and how long one is used. A token with an expiry time is
// renewed as in Java: after a share of its life, not too often, and well before its end. But it is renewed
// only when a connection logs in, so an idle producer requests nothing.
//
// Invariant: one request at a time, however many connections wait for it, unless the user's own function has
// given no answer for long. The first answer counts. A token that is still valid stays in use if no other can be
// obtained.

import { AuthenticationError } from '../errors/authentication-error.ts'
import { kindOf } from '../errors/quoted.ts'
import type { Runtime } from '../runtime.ts'
import { ask } from './secret.ts'

/** A token of OAUTHBEARER. */
export interface OAuthToken {
  /** The text that follows `Bearer`. */
  readonly value: string
  /** Milliseconds since 1970. Without it, a new token is requested for each login. */
  readonly expiresAt?: number | undefined
  /** Milliseconds since 1970, from which its lifetime counts. Default: when it was obtained. */
  readonly issuedAt?: number | undefined
  /** SASL extensions. Names consist of letters, values of printable characters. */
  readonly extensions?: Readonly<Record<string, string>> | undefined
}

/** Returns a token, or a promise of one. A string is a token without an expiry time. */
export type TokenSource = () => string | OAuthToken | PromiseLike<string | OAuthToken>

/** How tokens are renewed: `sasl.login.refresh.*`. */
export interface RefreshRules {
  readonly windowFactor: number
  readonly windowJitter: number
  readonly minPeriodMs: number
  readonly bufferMs: number
}

/** Obtains a token; calls `done` once. Returns a function that cancels: then `done` is not called. */
export type Retrieve = (runtime: Runtime, done: Got) => GiveUp | undefined
export type GiveUp = () => void
export type Got = (error: unknown, token: OAuthToken | null) => void

/** After a failure or a refusal, if the renewal time has already passed, and if a request has no answer. */
const againAfterMs = 10_000

interface Question {
  /** Monotonic milliseconds. */
  readonly askedAt: number
  giveUp?: GiveUp | undefined
}

export class Tokens {
  readonly #retrieve: Retrieve
  readonly #rules: RefreshRules
  #token: OAuthToken | null = null
  /** When it came, in milliseconds since 1970. */
  #cameAt = 0
  /** When the next login requests another one, in milliseconds since 1970. */
  #renewAt = Number.NEGATIVE_INFINITY
  #waiting: Got[] = []
  /** The request in progress, and how to cancel it, if that is possible. */
  #question: Question | null = null

  constructor(retrieve: Retrieve, rules: RefreshRules) {
    this.#retrieve = retrieve
    this.#rules = rules
  }

  /** The token to log in with: the current one, or a new one. Returns a function that stops waiting for it. */
  take(runtime: Runtime, got: Got): GiveUp {
    const now = runtime.clock.timestamp()
    if (this.#token !== null && now < this.#renewAt && !isOver(this.#token, now)) {
      got(null, this.#token)
      return () => {}
    }
    this.#waiting.push(got)
    const question = this.#question
    if (question === null || isUnanswered(question, runtime)) this.#ask(runtime)
    return () => this.#leave(got)
  }

  /** A broker refused this token, although it has not expired: another one is requested soon. */
  refused(value: string, { clock }: Runtime): void {
    if (this.#token?.value !== value) return
    const soon = Math.max(clock.timestamp(), this.#cameAt + againAfterMs)
    this.#renewAt = Math.min(this.#renewAt, soon)
  }

  #ask(runtime: Runtime): void {
    const question: Question = { askedAt: runtime.clock.now() }
    this.#question = question
    question.giveUp = this.#retrieve(runtime, (error, token) => {
      const isLate = this.#question !== question && (this.#question === null || token === null)
      if (!isLate) this.#got(runtime, error, token)
    })
  }

  /** A request that is not needed any more keeps no socket and no timer; a user's function goes on. */
  #leave(got: Got): void {
    const waiting = this.#waiting.filter((each) => each !== got)
    if (waiting.length === this.#waiting.length) return
    this.#waiting = waiting
    const giveUp = this.#question?.giveUp
    if (waiting.length > 0 || giveUp === undefined) return
    this.#question = null
    giveUp()
  }

  #got(runtime: Runtime, error: unknown, token: OAuthToken | null): void {
    this.#question = null
    const now = runtime.clock.timestamp()
    if (token !== null) {
      const isKept = token.expiresAt !== undefined
      this.#token = isKept ? token : null
      this.#cameAt = now
      this.#renewAt = isKept ? this.#renewalOf(token, now, runtime.random()) : now
    } else if (this.#token !== null) {
      this.#renewAt = now + againAfterMs
    }
    const isStillGood = this.#token !== null && !isOver(this.#token, now)
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) {
      if (token !== null) each(null, token)
      else if (isStillGood) each(null, this.#token)
      else each(error, null)
    }
  }

  /** Java's rules (ExpiringCredentialRefreshingLogin). */
  #renewalOf({ expiresAt = 0, issuedAt }: OAuthToken, now: number, chance: number): number {
    const { windowFactor, windowJitter, minPeriodMs, bufferMs } = this.#rules
    if (now > expiresAt) return now + againAfterMs
    const share = windowFactor + windowJitter * chance
    if (now + minPeriodMs + bufferMs > expiresAt) return now + (expiresAt - now) * share
    const from = issuedAt ?? now
    const proposed = Math.min(from + (expiresAt - from) * share, expiresAt - bufferMs)
    const at = Math.max(proposed, now + minPeriodMs)
    return at < now ? now + againAfterMs : at
  }
}

function isOver({ expiresAt }: OAuthToken, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

/** A user's function may never answer. What can be cancelled has a limit of its own. */
function isUnanswered({ askedAt, giveUp }: Question, { clock }: Runtime): boolean {
  return giveUp === undefined && clock.now() - askedAt >= againAfterMs
}

/** Tokens from a user's function. */
export function fromFunction(source: TokenSource): Retrieve {
  return (_runtime, done) => {
    // A user's function cannot be cancelled.
    ask(handler, source, (error, given) => {
      const token = error === null ? tokenIn(given) : error
      if (token instanceof AuthenticationError) done(token, null)
      else done(null, token)
    })
  }
}

const handler = 'sasl.login.callback.handler.class'

/** The token that a function returned, as a copy, for it may be changed later; or why it is none. */
function tokenIn(given: unknown): OAuthToken | AuthenticationError {
  if (typeof given === 'string') return { value: given }
  if (typeof given !== 'object' || given === null) return noToken(kindOf(given))
  try {
    const { value, expiresAt, issuedAt, extensions } = given as OAuthToken
    const times = { expiresAt, issuedAt }
    if (typeof value !== 'string') return noToken(`an object whose value is ${kindOf(value)}`)
    for (const [name, time] of Object.entries(times)) {
      if (time === undefined || Number.isFinite(time)) continue
      return noToken(`a token whose ${name} is ${typeof time === 'number' ? time : kindOf(time)}`)
    }
    if (extensions === undefined) return { value, ...times }
    if (typeof extensions === 'object' && extensions !== null) {
      return { value, ...times, extensions: { ...extensions } }
    }
    return noToken(`a token whose extensions are ${kindOf(extensions)}`)
  } catch (cause) {
    return noToken(`${kindOf(given)} that cannot be read`, cause)
  }
}

function noToken(what: string, cause?: unknown): AuthenticationError {
  const sentence = `${handler} returned ${what}; it must return a token: a string, or { value, expiresAt?, issuedAt?, extensions? }, with times in milliseconds since 1970`
  return new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence, { cause })
}
