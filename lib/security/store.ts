// The content of a key store or a trust store, independent of its format.

/** A private key, decrypted (PKCS#8, DER), and its certificate chain, its own first. */
export interface StoredKey {
  readonly key: Uint8Array
  readonly chain: readonly Uint8Array[]
}

/** All entries of a store, in its order; certificates are the trusted ones. */
export interface StoreContent {
  readonly keys: readonly StoredKey[]
  readonly certificates: readonly Uint8Array[]
}

/** The store cannot be read; the message says why, as the end of a sentence. It never holds a secret. */
export class StoreError extends Error {
  /** The wrong part: the store's password, the password of a key in it, or the store itself. */
  readonly about: 'password' | 'keyPassword' | 'store'

  constructor(about: StoreError['about'], message: string) {
    super(message)
    this.about = about
  }
}
