// PLAIN (RFC 4616): name and password in one token, unprotected. Without TLS, anyone on the network can
// read them.

import { AuthenticationError } from '../errors/authentication-error.ts'
import { withheld } from '../errors/quoted.ts'
import { askText, type Source } from './secret.ts'
import type { Exchange, Mechanism, StepResult } from './security.ts'

/** The user name and password. Each may be a function, which is called for each authentication. */
export interface Login {
  readonly username: Source<string>
  readonly password: Source<string>
}

/** PLAIN with this login. */
export function plain(login: Login): Mechanism {
  return { name: 'PLAIN', begin: () => new PlainExchange(login) }
}

class PlainExchange implements Exchange {
  readonly #login: Login
  #isSent = false
  #password = ''

  constructor(login: Login) {
    this.#login = login
  }

  step(_token: Uint8Array, resume: (result: StepResult) => void): void {
    if (this.#isSent) {
      resume({ kind: 'done' })
      return
    }
    this.#isSent = true
    askLogin(this.#login, (error, username, password) => {
      this.#password = password
      if (error === null) resume(tokenOf(username, password))
      else resume({ kind: 'failed', cause: error })
    })
  }

  shown(text: string): string {
    return withheld(text, [this.#password])
  }
}

/** Asks for both, the name first. */
export function askLogin(
  { username, password }: Login,
  taken: (error: AuthenticationError | null, username: string, password: string) => void,
): void {
  askText('sasl.username', username, (error, name) => {
    if (error !== null) taken(error, '', '')
    else askText('sasl.password', password, (failure, secret) => taken(failure, name, secret))
  })
}

/** `[authorization id] NUL name NUL password`; the client acts for itself, so the first is empty. */
function tokenOf(username: string, password: string): StepResult {
  if (username.includes('\0') || password.includes('\0')) {
    const sentence = 'PLAIN does not allow a NUL character in the user name or password'
    return { kind: 'failed', cause: new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence) }
  }
  return { kind: 'send', token: Buffer.from(`\0${username}\0${password}`) }
}
