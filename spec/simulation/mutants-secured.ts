import type { Mutant } from './mutants.ts'

// Deliberate bugs of logins, sessions and TLS, for the hours on secured clusters.

export const securedMutants: readonly Mutant[] = [
  {
    name: 'a session is never renewed',
    file: 'wire/session.ts',
    find: 'return now >= this.#renewAt',
    replace: 'return now >= this.#renewAt && this.isWanted',
    killedBy: ['the protocol is followed'],
    runs: 200,
  },
  {
    name: 'a session is renewed a little after its end',
    file: 'wire/session.ts',
    find: '0.85 + 0.1 * random()',
    replace: '1.01 + 0.1 * random()',
    killedBy: ['the protocol is followed'],
    runs: 200,
  },
  {
    name: 'a session is renewed while requests are in flight',
    file: 'wire/connection.ts',
    find: '!this.#session.isWanted || this.inFlight > 0) return',
    replace: '!this.#session.isWanted) return',
    killedBy: ['the protocol is followed'],
    runs: 400,
  },
  {
    name: 'a request is sent before the login is over',
    file: 'wire/connection.ts',
    find: "    if (this.#mechanism === null) {\n      this.#move('ready')",
    replace: "    if (this.#mechanism !== null) {\n      this.#move('ready')",
    killedBy: ['the protocol is followed'],
    runs: 50,
  },
  {
    name: 'a password is used again after it was refused',
    file: 'security/secret.ts',
    find: '    given = source()',
    replace: '    given = (source as any).memo ??= source()',
    killedBy: ['temporary faults do not fail records'],
    runs: 200,
  },
]

export const tlsMutants: readonly Mutant[] = [
  {
    name: 'a TLS session of one broker is offered to another',
    file: 'security/tls-contexts.ts',
    find: 'const session = this.#sessions.get(address)',
    replace: 'const [session] = this.#sessions.values()',
    killedBy: ['the protocol is followed'],
    runs: 50,
  },
  {
    name: 'a refusal after the handshake is treated as a lost connection',
    file: 'wire/loss.ts',
    find: 'tls !== null && insecure.has(state)',
    replace: "tls !== null && state === 'securing'",
    killedBy: ['a refused login fails records at once'],
    runs: 200,
  },
  {
    name: 'a refusal does not fail waiting records',
    file: 'producer/engine.ts',
    find: '      this.failWaiting(null, code, error)\n      this.#actors.accumulator.press()',
    replace: '      this.#actors.accumulator.press()',
    killedBy: ['a refused login fails records at once'],
    runs: 200,
  },
]
