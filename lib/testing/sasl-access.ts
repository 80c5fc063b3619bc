// Which clients may log in: the users, tokens and mechanisms of a secured mock cluster, which a test may
// change while clients are connected. Read by the broker's half of SASL.

import { checkNames, type NamesOf } from './known-names.ts'
import type { MockCertificate } from './test-certificates.ts'

/** Checks a token. Returns false, or true, or until when it is valid (milliseconds since 1970). */
export type TokenCheck = (token: string) => boolean | number

/** As `security.protocol`. */
export type MockSecurity = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** Checks a message. Returns false, or true, or the bytes of the broker's answer, which mean yes. */
export type OwnCheck = (message: Uint8Array) => boolean | Uint8Array

/** How clients must connect to the brokers of a mock cluster. */
export interface MockListeners {
  /** As `security.protocol`. Default `PLAINTEXT`. */
  readonly security?: MockSecurity | undefined
  /**
   * The brokers' certificate. Default: a certificate of this package for `localhost`, `127.0.0.1` and `::1`, which
   * {@link MockCluster.clientSettings} trust.
   */
  readonly certificate?: MockCertificate | undefined
  /** Whether clients need a certificate, as with `ssl.client.auth=required`. Default: false. */
  readonly clientCertificates?: boolean | undefined
  /** The certificate authorities of clients, as PEM. Default: that of this package. */
  readonly clientAuthority?: string | undefined
  /** The enabled mechanisms, in the order in which brokers list them. Default: all four. */
  readonly mechanisms?: readonly string[] | undefined
  /** Passwords by user name, for PLAIN and SCRAM. */
  readonly users?: Readonly<Record<string, string>> | undefined
  /** The valid OAUTHBEARER tokens, or a function that checks a token. */
  readonly tokens?: readonly string[] | TokenCheck | undefined
  /**
   * Your own mechanisms by name, with one message each. The function checks the message. They are enabled in
   * addition to the others.
   */
  readonly own?: Readonly<Record<string, OwnCheck>> | undefined
  /** The number of SCRAM iterations. Default 4096. */
  readonly iterations?: number | undefined
  /** `connections.max.reauth.ms`: how long a session lasts. Default 0: forever. */
  readonly sessionLifetimeMs?: number | undefined
}

const listenerNames: NamesOf<MockListeners> = {
  security: true,
  certificate: true,
  clientCertificates: true,
  clientAuthority: true,
  mechanisms: true,
  users: true,
  tokens: true,
  own: true,
  iterations: true,
  sessionLifetimeMs: true,
}

export class SaslAccess {
  /** Whether clients must log in. */
  readonly isAsked: boolean
  readonly mechanisms: readonly string[]
  readonly own: Readonly<Record<string, OwnCheck>>
  iterations: number
  sessionLifetimeMs: number
  readonly #now: () => number
  #users: Readonly<Record<string, string>>
  #tokens: readonly string[] | TokenCheck
  #nonces = 0

  constructor(listeners: MockListeners, now: () => number) {
    checkNames('the listeners of a cluster', listeners, listenerNames)
    const { security = 'PLAINTEXT', mechanisms = all, own = {} } = listeners
    if (!protocols.includes(security)) {
      throw new RangeError(`security is one of ${protocols.join(', ')}, not ${String(security)}`)
    }
    this.isAsked = security.startsWith('SASL')
    this.own = own
    this.mechanisms = this.isAsked ? [...mechanisms, ...Object.keys(own)] : []
    this.iterations = listeners.iterations ?? 4096
    this.sessionLifetimeMs = listeners.sessionLifetimeMs ?? 0
    this.#users = listeners.users ?? {}
    this.#tokens = listeners.tokens ?? []
    this.#now = now
  }

  /** From now on these are the users. Sessions that have begun are not affected. */
  setUsers(users: Readonly<Record<string, string>>): void {
    this.#users = users
  }

  /** From now on these are the tokens. */
  setTokens(tokens: readonly string[] | TokenCheck): void {
    this.#tokens = tokens
  }

  passwordOf(user: string): string | undefined {
    return Object.hasOwn(this.#users, user) ? this.#users[user] : undefined
  }

  /** Until when a token is valid; null if it is not. */
  tokenLife(token: string): number | undefined | null {
    const tokens = this.#tokens
    const good = typeof tokens === 'function' ? tokens(token) : tokens.includes(token)
    if (typeof good !== 'number') return good ? undefined : null
    return good > this.#now() ? good : null
  }

  /** The broker's part of a nonce. All differ; here they need not be hard to guess. */
  nonce(): string {
    this.#nonces += 1
    return `broker${this.#nonces}`
  }
}

const protocols: readonly MockSecurity[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

const all = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']
