// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802): the client proves that it knows the password without sending
// it, and so does the broker.
//   client-first → server-first → (keys derived, off the main thread) → client-final → server-final
// ScramKeys keeps the expensive part, the derived keys.

import { AuthenticationError } from '../errors/authentication-error.ts'
import type { Runtime } from '../runtime.ts'
import { nodeCrypto } from './builtin.ts'
import { machine } from './cryptography.ts'
import { askLogin, type Login } from './plain.ts'
import { type Keys, ScramKeys } from './scram-keys.ts'
import {
  clientFirstBare,
  readServerFinal,
  readServerFirst,
  type ServerFirst,
  unbound,
} from './scram-messages.ts'
import type { Exchange, Mechanism, StepResult } from './security.ts'

/** The hash functions that Kafka supports for SCRAM. */
export type ScramHash = 'sha256' | 'sha512'

/** The names of the mechanisms. */
export const scramNames: Readonly<Record<ScramHash, string>> = {
  sha256: 'SCRAM-SHA-256',
  sha512: 'SCRAM-SHA-512',
}

/** A login by SCRAM. */
export interface ScramLogin extends Login {
  /** Whether the login is a delegation token: its id and its HMAC. */
  readonly isToken?: boolean
}

/** SCRAM with this login. Its keys are derived once for each salt that brokers send. */
export function scram(hash: ScramHash, login: ScramLogin): Mechanism {
  const keys = new ScramKeys(hash)
  return {
    name: scramNames[hash],
    begin: ({ runtime }) => new ScramExchange({ hash, login, keys, runtime }),
  }
}

interface ScramParts {
  readonly hash: ScramHash
  readonly login: ScramLogin
  readonly keys: ScramKeys
  readonly runtime: Runtime
}

type Resume = (result: StepResult) => void

/** The random bytes of the client's nonce. */
const nonceBytes = 24

class ScramExchange implements Exchange {
  readonly #parts: ScramParts
  #state: 'begun' | 'asked' | 'proven' | 'over' = 'begun'
  #password = ''
  #nonce = ''
  #firstBare = ''
  /** The key and the text that the server has to sign. */
  #expected: Uint8Array | null = null

  constructor(parts: ScramParts) {
    this.#parts = parts
  }

  step(token: Uint8Array, resume: Resume): void {
    const state = this.#state
    this.#state = 'over'
    try {
      if (state === 'begun') this.#begin(resume)
      else if (state === 'asked') this.#prove(readServerFirst(token, this.#nonce), resume)
      else if (state === 'proven') this.#check(token, resume)
      else throw new AuthenticationError('SASL_PROTOCOL_BROKEN', 'SCRAM has no further message')
    } catch (cause) {
      resume({ kind: 'failed', cause })
    }
  }

  #begin(resume: Resume): void {
    const { login, runtime } = this.#parts
    askLogin(login, (error, username, password) => {
      if (error !== null) {
        resume({ kind: 'failed', cause: error })
        return
      }
      this.#password = password
      this.#nonce = this.#randomText(runtime)
      this.#firstBare = clientFirstBare(username, this.#nonce, login.isToken ?? false)
      this.#state = 'asked'
      resume(send(unbound.header + this.#firstBare))
    })
  }

  #randomText({ cryptography = machine }: Runtime): string {
    return Buffer.from(cryptography.randomBytes(nonceBytes)).toString('base64')
  }

  #prove(first: ServerFirst, resume: Resume): void {
    const { keys, runtime } = this.#parts
    const password = this.#password
    this.#password = ''
    keys.derive({ password, ...first }, runtime.cryptography ?? machine, (derived) => {
      if (derived === null) {
        const sentence = 'the keys of SCRAM could not be derived'
        const cause = new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence)
        resume({ kind: 'failed', cause })
        return
      }
      this.#state = 'proven'
      resume(send(this.#finalOf(first, derived)))
    })
  }

  /** The last message, with the proof; notes what the server has to answer. */
  #finalOf(first: ServerFirst, { clientKey, serverKey }: Keys): string {
    const { createHash, createHmac } = nodeCrypto()
    const { hash } = this.#parts
    const withoutProof = `${unbound.confirmed},r=${first.nonce}`
    const signed = `${this.#firstBare},${first.text},${withoutProof}`
    const storedKey = createHash(hash).update(clientKey).digest()
    const signature = createHmac(hash, storedKey).update(signed).digest()
    const proof = signature.map((byte, index) => byte ^ clientKey[index]!)
    this.#expected = createHmac(hash, serverKey).update(signed).digest()
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  }

  #check(token: Uint8Array, resume: Resume): void {
    const signature = readServerFinal(token)
    const expected = this.#expected!
    const { timingSafeEqual } = nodeCrypto()
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      const sentence =
        'the broker could not prove that it knows the password: it may be an impostor'
      throw new AuthenticationError('BROKER_NOT_PROVEN', sentence)
    }
    resume({ kind: 'done' })
  }
}

function send(text: string): StepResult {
  return { kind: 'send', token: Buffer.from(text) }
}
