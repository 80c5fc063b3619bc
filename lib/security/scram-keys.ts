// The keys that SCRAM derives from a password, a salt and a count: thousands of hashes, so they are made
// beside the main thread, and kept, for all connections of a producer ask for the same.
// Invariant: a key is derived once, also where many connections ask at the same time; no password is
// kept, and of the keys the last few only.

import type { Cryptography } from '../runtime.ts'
import { nodeCrypto } from './builtin.ts'
import type { ScramHash } from './scram.ts'

/** What the two sides prove themselves with. */
export interface Keys {
  readonly clientKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** What they are derived from. */
export interface Derivation {
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
}

type Done = (keys: Keys | null) => void

/** Kafka has one salt for each user of a cluster; a password that changes makes another. */
const keptMax = 4

const lengths: Readonly<Record<ScramHash, number>> = { sha256: 32, sha512: 64 }

export class ScramKeys {
  readonly #hash: ScramHash
  /** Under this, which nobody else knows, passwords are recognised. */
  readonly #pepper = nodeCrypto().randomBytes(32)
  readonly #kept = new Map<string, Keys>()
  readonly #pending = new Map<string, Done[]>()

  constructor(hash: ScramHash) {
    this.#hash = hash
  }

  /** Gives the keys to `done`, at once where they are known; null where they cannot be derived. */
  derive(derivation: Derivation, cryptography: Cryptography, done: Done): void {
    const name = this.#nameOf(derivation)
    const known = this.#kept.get(name)
    if (known !== undefined) {
      done(known)
      return
    }
    const waiting = this.#pending.get(name)
    if (waiting !== undefined) {
      waiting.push(done)
      return
    }
    this.#pending.set(name, [done])
    const hash = this.#hash
    cryptography.pbkdf2({ ...derivation, hash, length: lengths[hash] }, (salted) =>
      this.#derived(name, salted === null ? null : this.#keysOf(salted)),
    )
  }

  #derived(name: string, keys: Keys | null): void {
    if (keys !== null) this.#keep(name, keys)
    const waiting = this.#pending.get(name)!
    this.#pending.delete(name)
    for (const done of waiting) done(keys)
  }

  #keep(name: string, keys: Keys): void {
    this.#kept.set(name, keys)
    if (this.#kept.size > keptMax) this.#kept.delete(this.#kept.keys().next().value!)
  }

  #keysOf(salted: Uint8Array): Keys {
    const { createHmac } = nodeCrypto()
    const keyOf = (name: string) => createHmac(this.#hash, salted).update(name).digest()
    return { clientKey: keyOf('Client Key'), serverKey: keyOf('Server Key') }
  }

  #nameOf({ password, salt, iterations }: Derivation): string {
    const known = nodeCrypto().createHmac('sha256', this.#pepper)
    return known.update(`${iterations},${hex(salt)},${password}`).digest('hex')
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
