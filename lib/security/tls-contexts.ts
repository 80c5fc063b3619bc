// The TLS settings of a producer's connections: the client's own key, the trusted certificates, versions
// and ciphers, and the sessions that brokers sent.
//
// Invariants: a wrong store throws at creation; afterwards its files are checked before each connection and
// read again if they changed. A session belongs to one address and to the stores under which it was made:
// it is dropped with them, because resuming it checks no certificate. Nothing in here is printed: all of it
// is private.

import { ConfigError } from '../errors/config-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import type { Address, Tls, TlsAttempt } from '../runtime.ts'
import { nodeFs, nodeTls, type SecureContext, type SecureContextOptions } from './builtin.ts'
import { type KeySource, readKey, readTrust, type TrustSource } from './key-material.ts'
import { isUntrusted, otherRoots } from './roots.ts'
import { serverName } from './server-name.ts'

/** The content of the settings. */
export interface TlsRules {
  readonly key: KeySource | null
  /** Null: the roots of Node and of the operating system. */
  readonly trust: TrustSource | null
  readonly versions: Pick<SecureContextOptions, 'minVersion' | 'maxVersion'>
  /** OpenSSL's names, separated by colons; null: Node's defaults. */
  readonly ciphers: string | null
  /** Whether a broker's certificate must contain its name. */
  readonly checksNames: boolean
}

/** Per producer; a broker has one address at a time, and few are known at once. */
const sessionsMax = 1_000

export class TlsContexts implements Tls {
  readonly #rules: TlsRules
  readonly #sessions = new Map<string, Uint8Array>()
  #context: SecureContext
  /** The state of the files when they were read. */
  #stamps: string
  /** Node's roots alone were not enough. */
  #trustsAllRoots = false

  /** Reads all stores; throws a ConfigError that names the setting if one cannot be read. */
  constructor(rules: TlsRules) {
    this.#rules = rules
    this.#stamps = stampsOf(rules)
    this.#context = this.#read()
  }

  get hasKey(): boolean {
    return this.#rules.key !== null
  }

  attempt({ host, port }: Address): TlsAttempt {
    this.#refresh()
    const address = `${host}:${port}`
    const session = this.#sessions.get(address)
    return {
      options: {
        secureContext: this.#context,
        servername: serverName(host),
        rejectUnauthorized: true,
        ...(!this.#rules.checksNames && { checkServerIdentity: () => undefined }),
        ...(session !== undefined && { session }),
      },
      resumable: (newest) => this.#keep(address, newest),
      failed: (cause) => this.#failed(address, cause),
    }
  }

  #keep(address: string, session: Uint8Array): void {
    this.#sessions.delete(address)
    this.#sessions.set(address, session)
    if (this.#sessions.size <= sessionsMax) return
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest)
      return
    }
  }

  /** Whether the next attempt trusts more authorities than this one did. */
  #failed(address: string, cause: Error): boolean {
    this.#sessions.delete(address)
    if (this.#rules.trust !== null || this.#trustsAllRoots || !isUntrusted(cause)) return false
    if (otherRoots().length === 0) return false
    this.#trustsAllRoots = true
    this.#context = this.#read()
    return true
  }

  #refresh(): void {
    const stamps = stampsOf(this.#rules)
    if (stamps === this.#stamps) return
    try {
      this.#context = this.#read()
    } catch (cause) {
      // It may be half written: the next attempt reads it again.
      const sentence = `TLS is not possible: ${(cause as Error).message}`
      throw new ConnectionError('CONNECT_FAILED', sentence, { cause })
    }
    this.#stamps = stamps
    this.#sessions.clear()
  }

  #read(): SecureContext {
    const { key, trust, versions, ciphers } = this.#rules
    const own = key === null ? null : readKey(key)
    const roots = trust === null ? this.#roots() : readTrust(trust)
    try {
      return nodeTls().createSecureContext({
        ...versions,
        ...(ciphers !== null && { ciphers }),
        ...(own !== null && { key: own.key, cert: own.certificates }),
        ...(roots !== null && { ca: [...roots] }),
        // As in Java, a trusted certificate need not be a root. Node 20 does not support this.
        ...{ allowPartialTrustChain: true },
      })
    } catch (cause) {
      throw unusable(this.#rules, cause as NodeJS.ErrnoException)
    }
  }

  /** Null: Node's own, which cost nothing. */
  #roots(): readonly string[] | null {
    return this.#trustsAllRoots ? [...nodeTls().rootCertificates, ...otherRoots()] : null
  }
}

/** OpenSSL does not accept this key, certificate or cipher. */
function unusable(
  { key, ciphers }: TlsRules,
  { code, message }: NodeJS.ErrnoException,
): ConfigError {
  const isOfKey = key !== null && (ciphers === null || !/cipher/i.test(`${code} ${message}`))
  const ofKey = key?.kind === 'file' ? 'ssl.keystore.location' : 'ssl.keystore.certificate.chain'
  const name = isOfKey ? ofKey : 'ssl.cipher.suites'
  return new ConfigError('INVALID_VALUE', `${name}: OpenSSL does not accept it: ${message}`, {
    key: name,
  })
}

/** Values that change when a file does. */
function stampsOf({ key, trust }: TlsRules): string {
  const files = [key, trust].flatMap((source) => (source?.kind === 'file' ? [source.file] : []))
  return files.map(({ path }) => stampOf(path)).join(' ')
}

function stampOf(path: string): string {
  const stat = nodeFs().statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? 'none' : `${stat.mtimeNs}-${stat.size}-${stat.ino}`
}
