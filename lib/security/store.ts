// What a key store or a trust store holds, whichever format it has.

/** A private key, in clear (PKCS#8, DER), and its certificates, its own first. */
export interface StoredKey {
  readonly key: Uint8Array
  readonly chain: readonly Uint8Array[]
}

/** All entries of a store, in its order; certificates are those that it says it trusts. */
export interface StoreContent {
  readonly keys: readonly StoredKey[]
  readonly certificates: readonly Uint8Array[]
}

/** The store cannot be read; the message says why, as the end of a sentence. It never holds a secret. */
export class StoreError extends Error {
  /** What is wrong: the password of the store, that of a key in it, or the store itself. */
  readonly about: 'password' | 'keyPassword' | 'store'

  constructor(about: StoreError['about'], message: string) {
    super(message)
    this.about = about
  }
}
