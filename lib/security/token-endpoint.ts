// Tokens from an OAuth 2 endpoint: client credentials, by a secret or an assertion (KIP-768, KIP-1258), and
// the grant of a JWT bearer (KIP-1139). Transient failures are retried, after pauses that double, for a
// limited total time, as in Java. Errors contain nothing that was sent or received, except the endpoint's
// error description.

import { AuthenticationError } from '../errors/authentication-error.ts'
import { withheld, wordsOf } from '../errors/quoted.ts'
import type { Address, HttpAnswer, Runtime, Timer, Tls, TlsAttempt } from '../runtime.ts'
import { type ClaimNames, readClaims } from './jwt.ts'
import type { Got, OAuthToken, Retrieve } from './tokens.ts'

/** The configuration of the endpoint. */
export interface EndpointRules {
  readonly url: string
  readonly connectTimeoutMs: number | null
  readonly readTimeoutMs: number | null
  readonly backoffMs: number
  /** The longest total time of all attempts. */
  readonly backoffMaxMs: number
  readonly names: ClaimNames
  readonly extensions: Readonly<Record<string, string>>
  /** Null: Node's defaults. */
  readonly tls: Tls | null
  /** Sends a request, if the runtime has no function of its own for that. */
  readonly post: NonNullable<Runtime['post']>
}

/** The content of a request, made for each attempt, because an assertion expires. */
export interface Grant {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Secrets to be hidden if the endpoint repeats them. */
  readonly secrets: readonly string[]
}

/** Not retried after these. */
function isFinal(status: number): boolean {
  return (status >= 400 && status <= 415 && status !== 408) || status === 501 || status === 505
}

/** Gets tokens from the endpoint; `grantOf` may throw if a file cannot be read. */
export function fromEndpoint(rules: EndpointRules, grantOf: (runtime: Runtime) => Grant): Retrieve {
  return (runtime, done) => {
    const attempts = new Attempts(rules, grantOf, runtime, done)
    attempts.begin()
    return () => attempts.giveUp()
  }
}

function addressOf(url: string): Address {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) }
}

class Attempts {
  readonly #rules: EndpointRules
  readonly #grantOf: (runtime: Runtime) => Grant
  readonly #runtime: Runtime
  readonly #done: Got
  readonly #until: number
  #failures = 0
  /** The next attempt, during the pause before it. */
  #pause: Timer | null = null
  /** Cancels the request in flight. */
  #abort: () => void = () => {}
  #isGivenUp = false
  /** The first of several failures is reported. */
  #first: AuthenticationError | null = null

  constructor(
    rules: EndpointRules,
    grantOf: (runtime: Runtime) => Grant,
    runtime: Runtime,
    done: Got,
  ) {
    this.#rules = rules
    this.#grantOf = grantOf
    this.#runtime = runtime
    this.#done = done
    this.#until = runtime.clock.now() + rules.backoffMaxMs
  }

  begin(): void {
    const { url, connectTimeoutMs, readTimeoutMs } = this.#rules
    let grant: Grant
    let secured: TlsAttempt | undefined
    try {
      grant = this.#grantOf(this.#runtime)
    } catch (cause) {
      this.#done(unavailable('the assertion cannot be made', cause, false), null)
      return
    }
    try {
      secured = this.#rules.tls?.attempt(addressOf(url))
    } catch (cause) {
      // A store that changes may be half written.
      this.#failed(unavailable(`the request ${(cause as Error).message}`, undefined, true))
      return
    }
    const headers = {
      Accept: 'application/json',
      'Cache-Control': 'no-cache',
      'Content-Type': 'application/x-www-form-urlencoded',
      ...grant.headers,
    }
    const tls = secured?.options
    const request = { url, headers, body: grant.body, connectTimeoutMs, readTimeoutMs, tls }
    const post = this.#runtime.post ?? this.#rules.post
    const abort = post(request, (error, answer) => {
      if (this.#isGivenUp) return
      if (answer === null) {
        secured?.failed(error as Error)
        this.#failed(
          unavailable(`${this.#where} cannot be reached: ${wordsOf(error)}`, undefined, true),
        )
      } else if (answer.status !== 200 && answer.status !== 201) {
        this.#refused(answer, grant.secrets)
      } else {
        this.#answered(answer)
      }
    })
    this.#abort = abort ?? (() => {})
  }

  /** The token is not needed any more: the socket is closed, and no other attempt begins. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#pause?.cancel()
    this.#abort()
  }

  /** The endpoint, without credentials in its address. */
  get #where(): string {
    return `the token endpoint ${this.#rules.url.replace(/\/\/[^/@]*@/, '//[hidden]@').replace(/[?#].*/, '')}`
  }

  #answered({ body }: HttpAnswer): void {
    let token: OAuthToken
    try {
      const { access_token: access, id_token: id } = JSON.parse(body) as Record<string, unknown>
      const value = [access, id].find((each) => typeof each === 'string' && each.trim() !== '')
      if (value === undefined)
        throw unavailable(`${this.#where} returned no access_token`, undefined, false)
      const trimmed = (value as string).trim()
      token = {
        value: trimmed,
        ...readClaims(trimmed, this.#rules.names),
        extensions: this.#rules.extensions,
      }
    } catch (cause) {
      const error =
        cause instanceof AuthenticationError
          ? cause
          : unavailable(
              `${this.#where} returned an answer that is not a JSON object`,
              undefined,
              false,
            )
      this.#done(error, null)
      return
    }
    this.#done(null, token)
  }

  #refused({ status, body }: HttpAnswer, secrets: readonly string[]): void {
    const said = withheld(reasonIn(body), secrets).slice(0, 300)
    const sentence = `${this.#where} answered ${status}${said === '' ? '' : `: ${said}`}`
    this.#failed(unavailable(sentence, undefined, !isFinal(status)))
  }

  #failed(error: AuthenticationError): void {
    this.#first ??= error
    const { backoffMs } = this.#rules
    const { clock } = this.#runtime
    const at = clock.now() + backoffMs * 2 ** this.#failures
    this.#failures += 1
    if (!error.retriable || at > this.#until) this.#done(this.#first, null)
    else this.#pause = clock.at(at, () => this.begin())
  }
}

/** The endpoint's error: `error: error_description`, and nothing else of its answer. */
function reasonIn(body: string): string {
  try {
    const said = JSON.parse(body) as Record<string, unknown>
    const error = said['error'] ?? said['errorCode']
    const more = said['error_description'] ?? said['errorSummary']
    const words = [error, more].filter((each): each is string => typeof each === 'string')
    return words.join(': ')
  } catch {
    return ''
  }
}

function unavailable(sentence: string, cause: unknown, retriable: boolean): AuthenticationError {
  return new AuthenticationError('TOKEN_UNAVAILABLE', sentence, { retriable, cause })
}

/** The body of a form, its values encoded. */
export function formOf(fields: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== null)
  return given.map(([name, value]) => `${name}=${encodedOf(value!)}`).join('&')
}

/** Like java.net.URLEncoder. */
export function encodedOf(text: string): string {
  return encodeURIComponent(text)
    .replace(/%20/g, '+')
    .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
