// The client of one connection to a mock broker: not logged in, logging in, or logged in until the session
// ends (KIP-368). Answers SaslHandshake and SaslAuthenticate.
//
//   stranger ─handshake→ asked ─tokens→ in ─handshake→ asked (again) …

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Outcome, Question } from './answer.ts'
import type { SaslAccess } from './sasl-access.ts'
import { type ServerExchange, serverOf } from './sasl-server.ts'
import type { ApiName } from './served-apis.ts'

const never = Number.POSITIVE_INFINITY
/** Brokers do not renew a session twice within a second. */
const renewedAfterMs = 1_000
/** `connection.failed.authentication.delay.ms` */
const refusalDelayMs = 100

/**
 * Whether a request certainly came after a moment (milliseconds since 1970). Brokers take one request at a
 * time, and check the session when they take one: a request behind a slow one may be taken too late.
 */
export type CameAfter = (moment: number) => boolean

/** A request that is refused: the broker closes the connection. */
export interface Refusal {
  readonly sentence: string
  /** Whether the client could have known. */
  readonly isFault: boolean
}

export class SaslSession {
  readonly #access: SaslAccess
  readonly #now: () => number
  #state: 'stranger' | 'asked' | 'in'
  #exchange: ServerExchange | null = null
  #endsAt = never
  #begunAt = Number.NEGATIVE_INFINITY
  /** Who came in; null where that is not told. */
  #user: string | null = null

  constructor(access: SaslAccess, now: () => number) {
    this.#access = access
    this.#now = now
    this.#state = access.isAsked ? 'stranger' : 'in'
  }

  /** Why a request is refused; null if it is taken. */
  refusal(api: ApiName, cameAfter: CameAfter): Refusal | null {
    if (api === 'SaslHandshake' || api === 'SaslAuthenticate') return null
    if (this.#state === 'in') {
      if (this.#now() < this.#endsAt) return null
      const sentence = `${api} came after the session had ended`
      return { sentence, isFault: cameAfter(this.#endsAt) }
    }
    if (this.#state === 'stranger' && api === 'ApiVersions') return null
    return { sentence: `${api} came before the login was over`, isFault: true }
  }

  handshake(question: Question<'SaslHandshake'>): Outcome<'SaslHandshake'> {
    const { mechanisms, isAsked } = this.#access
    const { mechanism } = question.request.body
    const forced = question.forced()
    if (forced !== undefined) return refused(forced.error, mechanisms)
    const mayBegin = this.#state === 'stranger' || this.#now() - this.#begunAt >= renewedAfterMs
    if (!isAsked) return { body: { errorCode: errorCodes.ILLEGAL_SASL_STATE.code, mechanisms: [] } }
    if (this.#state === 'asked' || !mayBegin) return refused('ILLEGAL_SASL_STATE', [])
    const server = mechanisms.includes(mechanism) ? serverOf(mechanism, this.#access) : undefined
    if (server === undefined) return refused('UNSUPPORTED_SASL_MECHANISM', mechanisms)
    this.#state = 'asked'
    this.#begunAt = this.#now()
    this.#exchange = server
    return { body: { errorCode: 0, mechanisms } }
  }

  authenticate(question: Question<'SaslAuthenticate'>): Outcome<'SaslAuthenticate'> {
    const forced = question.forced()
    if (forced !== undefined) return denied(forced.error, errorCodes[forced.error].sentence)
    if (this.#exchange === null) {
      question.violation('SaslAuthenticate came without a handshake')
      return denied('ILLEGAL_SASL_STATE', 'SaslAuthenticate request received without SaslHandshake')
    }
    const judgement = this.#exchange(question.request.body.authBytes)
    if (judgement.kind === 'no') return denied('SASL_AUTHENTICATION_FAILED', judgement.message)
    const body = { errorCode: 0, errorMessage: '', authBytes: judgement.token }
    if (judgement.kind === 'more') return { body }
    const { user = null } = judgement
    if (this.#user !== null && user !== this.#user) {
      const sentence = `Cannot change principals during re-authentication from User.${this.#user}: User.${user}`
      return denied('SASL_AUTHENTICATION_FAILED', sentence)
    }
    this.#user = user
    this.#exchange = null
    this.#state = 'in'
    return { body: { ...body, sessionLifetimeMs: BigInt(this.#lifetime(judgement.expiresAt)) } }
  }

  /** The lifetime of the session that begins now: as the listener allows, but not longer than the token's. */
  #lifetime(expiresAt = never): number {
    const now = this.#now()
    const limit = this.#access.sessionLifetimeMs
    const lifetime = Math.min(limit > 0 ? limit : never, expiresAt - now)
    this.#endsAt = now + lifetime
    return lifetime === never ? 0 : lifetime
  }
}

function refused(error: KafkaErrorName, mechanisms: readonly string[]): Outcome<'SaslHandshake'> {
  const body = { errorCode: errorCodes[error].code, mechanisms: [...mechanisms] }
  return { body, closesAfterMs: refusalDelayMs }
}

function denied(error: KafkaErrorName, errorMessage: string): Outcome<'SaslAuthenticate'> {
  const body = { errorCode: errorCodes[error].code, errorMessage, authBytes: new Uint8Array(0) }
  return { body, closesAfterMs: refusalDelayMs }
}
