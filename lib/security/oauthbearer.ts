// OAUTHBEARER (RFC 7628): a token in one message. A broker that refuses it first sends the reason in an
// answer that is not an error. It expects an acknowledgement of that, and then refuses the login.

import { AuthenticationError } from '../errors/authentication-error.ts'
import { withheld } from '../errors/quoted.ts'
import type { Runtime } from '../runtime.ts'
import type { Exchange, Mechanism, StepResult } from './security.ts'
import type { OAuthToken, Tokens } from './tokens.ts'

/** OAUTHBEARER with tokens from `tokens`; `patienceMs` is how long obtaining one may take. */
export function oauthbearer(tokens: Tokens, patienceMs: number): Mechanism {
  return {
    name: 'OAUTHBEARER',
    patienceMs,
    begin: ({ runtime }) => new OAuthExchange(tokens, runtime),
  }
}

type Resume = (result: StepResult) => void

const separator = '\x01'
/** What is less than this, 1973 in milliseconds, was most likely meant as seconds. */
const inSeconds = 1e11

class OAuthExchange implements Exchange {
  readonly #tokens: Tokens
  readonly #runtime: Runtime
  #giveUp = () => {}
  #token = ''
  #state: 'begun' | 'asked' | 'refused' = 'begun'

  constructor(tokens: Tokens, runtime: Runtime) {
    this.#tokens = tokens
    this.#runtime = runtime
  }

  step(token: Uint8Array, resume: Resume): void {
    const state = this.#state
    if (state === 'begun') {
      this.#state = 'asked'
      this.#giveUp = this.#tokens.take(this.#runtime, (error, given) => {
        if (given === null) resume({ kind: 'failed', cause: error })
        else resume(this.#firstOf(given))
      })
    } else if (state === 'refused') {
      const sentence = 'the broker refused the token, but then accepted the login'
      resume({ kind: 'failed', cause: new AuthenticationError('SASL_PROTOCOL_BROKEN', sentence) })
    } else if (token.byteLength === 0) {
      resume({ kind: 'done' })
    } else {
      this.#state = 'refused'
      this.#tokens.refused(this.#token, this.#runtime)
      resume({ kind: 'send', token: Buffer.from(separator) })
    }
  }

  cancel(): void {
    this.#giveUp()
  }

  shown(text: string): string {
    return withheld(text, [this.#token])
  }

  #firstOf({ value, expiresAt, extensions = {} }: OAuthToken): StepResult {
    this.#token = value
    const now = this.#runtime.clock.timestamp()
    if (expiresAt !== undefined && expiresAt <= now) {
      const ago = `${Math.round((now - expiresAt) / 1000)} seconds ago`
      const sentence =
        expiresAt < inSeconds
          ? `expiresAt of the token is ${expiresAt}, which is long ago: it must be in milliseconds since 1970`
          : `the token expired ${ago}, before it could be used`
      return { kind: 'failed', cause: new AuthenticationError('TOKEN_EXPIRED', sentence) }
    }
    const flaw = flawOf(value, extensions)
    if (flaw !== null) {
      return { kind: 'failed', cause: new AuthenticationError('CREDENTIALS_UNAVAILABLE', flaw) }
    }
    const fields = Object.entries(extensions).map(([name, text]) => `${name}=${text}${separator}`)
    const text = `n,,${separator}auth=Bearer ${value}${separator}${fields.join('')}${separator}`
    return { kind: 'send', token: Buffer.from(text) }
  }
}

/** Why a token cannot be sent, without any part of it; null if it can. */
export function flawOf(
  value: string,
  extensions: Readonly<Record<string, unknown>>,
): string | null {
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(value)) {
    return 'the token is empty, or has characters that a bearer token cannot have'
  }
  for (const [name, text] of Object.entries(extensions)) {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth') {
      return `a SASL extension is called ${JSON.stringify(name.slice(0, 80))}; a name consists of letters, and is not auth`
    }
    if (typeof text !== 'string' || !/^[\x21-\x7e \t\r\n]+$/.test(text)) {
      return `the SASL extension ${name} has a value that cannot be sent`
    }
  }
  return null
}
