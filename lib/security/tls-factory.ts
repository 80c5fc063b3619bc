// TLS with the result of a user's function (`ssl.engine.factory.class`): Node's options, or a Node context,
// requested for each connection. No session is resumed, because it is unknown whether the settings under
// which it was made are still trusted. Whatever the user's code throws fails an attempt, and nothing else:
// Node would take an exception of `checkServerIdentity` for one of the process.

import { isThenable, watchRejection } from '../collections/thenable.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { isError } from '../errors/is-error.ts'
import { kindOf, wordsOf } from '../errors/quoted.ts'
import type { Address, Tls, TlsAttempt } from '../runtime.ts'
import { serverName } from './server-name.ts'

/**
 * Returns the TLS settings for a connection to a broker: options of `tls.connect`, or a
 * `tls.SecureContext`.
 */
export type TlsFactory = (broker: Address) => object

export class FactoryTls implements Tls {
  readonly #make: TlsFactory
  readonly #checksNames: boolean

  constructor(make: TlsFactory, checksNames: boolean) {
    this.#make = make
    this.#checksNames = checksNames
  }

  /** It may have one. */
  get hasKey(): boolean {
    return true
  }

  attempt({ host, port }: Address): TlsAttempt {
    return {
      options: {
        servername: serverName(host),
        ...(!this.#checksNames && { checkServerIdentity: () => undefined }),
        ...this.#made({ host, port }),
      },
      resumable() {},
      failed: () => false,
    }
  }

  #made(broker: Address): object {
    try {
      return usable(this.#make({ ...broker }))
    } catch (cause) {
      if (cause instanceof ConnectionError) throw cause
      throw unusable(`threw: ${wordsOf(cause)}`, cause)
    }
  }
}

function usable(made: unknown): object {
  if (isThenable(made)) watchRejection(made, () => {})
  if (typeof made !== 'object' || made === null || 'then' in made) {
    throw unusable(
      `returned ${kindOf(made)}: it must be options of tls.connect, or a SecureContext`,
    )
  }
  if ('context' in made) return { secureContext: made }
  const options: TlsOptions = { ...made }
  const { servername, checkServerIdentity: check } = options
  if (servername !== undefined && typeof servername !== 'string') {
    throw unusable(`returned ${kindOf(servername)} as servername: it must be a string`)
  }
  if (typeof check !== 'function') return options
  return { ...options, checkServerIdentity: (...of: unknown[]) => verdict(() => check(...of)) }
}

interface TlsOptions {
  readonly servername?: unknown
  readonly checkServerIdentity?: unknown
}

/** What a user's own check says of a broker's certificate: undefined, or an error with a code. */
function verdict(check: () => unknown): Error | undefined {
  let said: unknown
  let words: string
  try {
    said = check()
    if (said === undefined) return undefined
    if (isError(said) && 'code' in said) return said
    if (isThenable(said)) watchRejection(said, () => {})
    words = isError(said) ? wordsOf(said) : `it returned ${kindOf(said)}`
  } catch (thrown) {
    said = thrown
    words = `it threw: ${wordsOf(thrown)}`
  }
  const error = new Error(`checkServerIdentity of ssl.engine.factory.class: ${words}`, {
    cause: said,
  })
  return Object.assign(error, { code: 'CERT_REJECTED' })
}

function unusable(what: string, cause?: unknown): ConnectionError {
  const sentence = `TLS is not possible: ssl.engine.factory.class ${what}`
  return new ConnectionError('CONNECT_FAILED', sentence, { cause })
}
