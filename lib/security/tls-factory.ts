// TLS with the result of a user's function (`ssl.engine.factory.class`): Node's options, or a Node context,
// requested for each connection. No session is resumed, because it is unknown whether the settings under
// which it was made are still trusted.

import { ConnectionError } from '../errors/connection-error.ts'
import { kindOf } from '../errors/quoted.ts'
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
    const made = this.#call(broker)
    if (typeof made !== 'object' || made === null || 'then' in made) {
      throw unusable(
        `returned ${kindOf(made)}: it must be options of tls.connect, or a SecureContext`,
      )
    }
    return 'context' in made ? { secureContext: made } : made
  }

  #call(broker: Address): unknown {
    try {
      return this.#make(broker)
    } catch (cause) {
      throw unusable('threw', cause)
    }
  }
}

function unusable(what: string, cause?: unknown): ConnectionError {
  const sentence = `TLS is not possible: ssl.engine.factory.class ${what}`
  return new ConnectionError('CONNECT_FAILED', sentence, { cause })
}
