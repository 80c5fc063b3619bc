// The keys that SCRAM derives from a password, a salt and a count. This takes thousands of hashes, so it
// runs on another thread, and the keys are kept, because all connections of a producer need the same.
//
// Invariant: a key is derived once, even if many connections ask at the same time. No password is kept, and
// only the last few keys are.

import type { Cryptography } from '../runtime.ts'
import { nodeCrypto } from './builtin.ts'
import type { ScramHash } from './scram.ts'

/** The keys with which the two sides prove themselves. */
export interface Keys {
  readonly clientKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** The inputs of the derivation. */
export interface Derivation {
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
}

type Done = (keys: Keys | null) => void

/** Kafka has one salt for each user of a cluster; a changed password gets another one. */
const keptMax = 4

const lengths: Readonly<Record<ScramHash, number>> = { sha256: 32, sha512: 64 }

export class ScramKeys {
  readonly #hash: ScramHash
  /** A secret key with which passwords are recognised. */
  readonly #pepper = nodeCrypto().randomBytes(32)
  readonly #kept = new Map<string, Keys>()
  readonly #pending = new Map<string, Done[]>()

  constructor(hash: ScramHash) {
    this.#hash = hash
  }

  /** Passes the keys to `done`, immediately if they are known; null if they cannot be derived. */
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
