import { isUint8Array } from '../bytes/is-bytes.ts'
import { isThenable, watchRejection } from '../collections/thenable.ts'
import { AuthenticationError } from '../errors/authentication-error.ts'
import { errorCode, errorCodes } from '../errors/error-codes.ts'
import { isBranded, type KafkaError } from '../errors/kafka-error.ts'
import { cut, kindOf } from '../errors/quoted.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import { SaslAuthenticate } from '../protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.ts'
import type { Runtime } from '../runtime.ts'
import type { Exchange, Mechanism, StepResult } from '../security/security.ts'
import type { ConnectionOptions } from './connection-options.ts'

// One login on one connection: names the mechanism (SaslHandshake), then exchanges its tokens
// (SaslAuthenticate) until it is complete. Knows nothing of sockets or states.
//
// Invariant: after `begin`, exactly one of `done` and `failed` is called, once; after `cancel`, neither is.
// Called by Connection, for the first login and for each new session (KIP-368).

export interface LoginPorts {
  /** Sends a request; its answer is the next input. */
  ask<A extends Api>(api: A, body: RequestInput<A>, answered: (body: ResponseOf<A>) => void): void
  /** Whether both sides know the API. */
  knows(api: Api): boolean
  /** The login is valid for so many milliseconds; 0: as long as the connection lives. */
  done(sessionMs: number): void
  failed(error: KafkaError): void
  /** Runs the continuation of a mechanism that answers asynchronously. */
  turn(work: () => void): void
}

/** More than any mechanism needs: a broker that keeps asking does not follow the protocol. */
const roundsMax = 32
/** The largest token of a broker that is accepted. */
const tokenBytesMax = 1_048_576

export class Login {
  readonly #broker: string
  readonly #mechanism: Mechanism
  readonly #exchange: Exchange
  readonly #ports: LoginPorts
  #rounds = 0
  #sessionMs = 0
  #isOver = false

  constructor(
    mechanism: Mechanism,
    { address, node }: Pick<ConnectionOptions, 'address' | 'node'>,
    runtime: Runtime,
    ports: LoginPorts,
  ) {
    this.#mechanism = mechanism
    this.#broker = `${node < 0 ? '' : `broker ${node}, `}${address.host}:${address.port}`
    this.#ports = ports
    this.#exchange = contained(mechanism, () => mechanism.begin({ address, runtime }))
  }

  begin(): void {
    const { name: mechanism } = this.#mechanism
    if (!this.#ports.knows(SaslHandshake) || !this.#ports.knows(SaslAuthenticate)) {
      this.#fail('SASL_NOT_EXPECTED', 'does not support SASL, or not with SaslAuthenticate')
      return
    }
    this.#ports.ask(SaslHandshake, { mechanism }, (answer) => this.#shaken(answer))
  }

  /** From now on, results of the mechanism are ignored. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    try {
      const returned: unknown = this.#exchange.cancel?.()
      if (isThenable(returned)) watchRejection(returned, nothing)
    } catch {
      // its result is not needed any more
    }
  }

  #shaken({ errorCode: code, mechanisms }: ResponseOf<typeof SaslHandshake>): void {
    const { name } = this.#mechanism
    if (code === errorCodes.NONE.code) {
      this.#step(new Uint8Array(0))
    } else if (code === errorCodes.UNSUPPORTED_SASL_MECHANISM.code) {
      const enabled =
        mechanisms.length === 0 ? 'none' : mechanisms.map((each) => cut(each)).join(', ')
      this.#fail(
        'UNSUPPORTED_MECHANISM',
        `has not enabled the mechanism ${name}; enabled: ${enabled}`,
      )
    } else if (code === errorCodes.ILLEGAL_SASL_STATE.code) {
      const sentence = "expects no login: at this port 'security.protocol' is PLAINTEXT or SSL"
      this.#fail('SASL_NOT_EXPECTED', sentence)
    } else {
      this.#fail('SASL_AUTHENTICATION_FAILED', `refused the handshake of ${name}: ${nameOf(code)}`)
    }
  }

  /** A result that comes at once is used when `step` has returned, outside of the mechanism's code. */
  #step(token: Uint8Array): void {
    let isLater = false
    let first: StepResult | null = null
    let isAnswered = false
    const resume = (given: StepResult) => {
      if (isAnswered) return
      isAnswered = true
      const result = resultIn(given)
      if (isLater) this.#ports.turn(() => this.#stepped(result))
      else first = result
    }
    const failed = (cause: unknown) => resume({ kind: 'failed', cause })
    try {
      const returned: unknown = this.#exchange.step(token, resume)
      if (isThenable(returned)) watchRejection(returned, failed)
    } catch (cause) {
      failed(cause)
    }
    isLater = true
    if (first !== null) this.#stepped(first)
  }

  #stepped(result: StepResult): void {
    if (this.#isOver) return
    if (result.kind === 'send') {
      this.#send(result.token)
    } else if (result.kind === 'failed') {
      this.#end(() => this.#ports.failed(unable(this.#mechanism, result.cause)))
    } else if (this.#rounds > 0) {
      this.#end(() => this.#ports.done(this.#sessionMs))
    } else {
      this.#end(() => this.#ports.failed(unable(this.#mechanism, 'it sent nothing')))
    }
  }

  #send(authBytes: Uint8Array): void {
    this.#rounds += 1
    if (this.#rounds > roundsMax) {
      this.#fail(
        'SASL_PROTOCOL_BROKEN',
        `asks for more after ${roundsMax} tokens of ${this.#mechanism.name}`,
      )
      return
    }
    this.#ports.ask(SaslAuthenticate, { authBytes }, (answer) => this.#answered(answer))
  }

  #answered(answer: ResponseOf<typeof SaslAuthenticate>): void {
    const { errorCode: code, errorMessage, authBytes, sessionLifetimeMs } = answer
    if (code !== errorCodes.NONE.code) {
      const why = this.#shown(errorMessage ?? '').slice(0, 300) || nameOf(code)
      this.#fail(
        'SASL_AUTHENTICATION_FAILED',
        `refused the login by ${this.#mechanism.name}: ${why}`,
      )
    } else if (authBytes.byteLength > tokenBytesMax) {
      const sentence = `sent a token of ${authBytes.byteLength} bytes; ${tokenBytesMax} are accepted`
      this.#fail('SASL_PROTOCOL_BROKEN', sentence)
    } else {
      this.#sessionMs = Math.max(0, Number(sessionLifetimeMs))
      this.#step(authBytes)
    }
  }

  /** The presentable part of a broker's message. If a user's mechanism throws there, nothing is shown. */
  #shown(message: string): string {
    try {
      const shown: unknown = this.#exchange.shown?.(message) ?? message
      if (isThenable(shown)) watchRejection(shown, nothing)
      return typeof shown === 'string' ? shown : ''
    } catch {
      return ''
    }
  }

  #fail(code: ConstructorParameters<typeof AuthenticationError>[0], sentence: string): void {
    const error = new AuthenticationError(code, `${this.#broker} ${sentence}`)
    this.#end(() => this.#ports.failed(error))
  }

  #end(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    tell()
  }
}

/** A user's mechanism may throw where it should not, or return no exchange: then its first step fails. */
function contained(mechanism: Mechanism, begin: () => Exchange): Exchange {
  try {
    const begun: unknown = begin()
    if (isThenable(begun)) watchRejection(begun, nothing)
    if (typeof (begun as Exchange | undefined)?.step === 'function') return begun as Exchange
    const cause = `begin returned ${kindOf(begun)}; it must return an exchange, synchronously`
    return failing(unable(mechanism, cause))
  } catch (cause) {
    return failing(unable(mechanism, cause))
  }
}

function failing(cause: KafkaError): Exchange {
  return { step: (_token, resume) => resume({ kind: 'failed', cause }) }
}

/** A copy of a mechanism's result, because it may be changed later; a failure if it is none, or unreadable. */
function resultIn(given: StepResult): StepResult {
  try {
    if (isThenable(given)) watchRejection(given, nothing)
    const kind = given?.kind
    if (kind === 'done') return { kind }
    if (kind === 'failed') return { kind, cause: given.cause }
    const { token } = given
    if (kind === 'send' && isUint8Array(token)) return { kind, token: new Uint8Array(token) }
    return { kind: 'failed', cause: 'it returned neither a token nor a result' }
  } catch (cause) {
    return { kind: 'failed', cause }
  }
}

/** A mechanism's own AuthenticationError is reported as it is; anything else may succeed later. */
function unable({ name }: Mechanism, cause: unknown): KafkaError {
  if (isBranded(cause)) return cause
  const sentence = `the mechanism ${name} failed`
  return new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence, { retriable: true, cause })
}

function nothing(): void {}

function nameOf(code: number): string {
  return errorCode(code).name
}
