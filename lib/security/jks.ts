// Java's own stores, JKS, keytool's default until Java 9:
//
//   [0xFEEDFEED][version:int32][count:int32] entries… [SHA-1 of the password, a salt and all before]
//   entry 1, a key:          [1:int32][alias:utf][ms:int64][length:int32][key][count:int32] certificates…
//   entry 2, a certificate:  [2:int32][alias:utf][ms:int64][certificate]
//   certificate:             [type:utf][length:int32][DER]
//
// A key is encrypted by a scheme of Sun's: XOR with SHA-1 over the password and the previous hash.
// Invariant: whatever the bytes, it ends, and throws at worst a StoreError.

import { nodeCrypto } from './builtin.ts'
import { DerError, octets, readDer, sequence } from './der.ts'
import type { Passwords } from './pkcs12.ts'
import { type StoreContent, type StoredKey, StoreError } from './store.ts'

export const jksMagic = 0xfeedfeed
const digestBytes = 20

/** Reads a store. Without its password, it is not verified, and keys are not read. */
export function readJks(bytes: Uint8Array, passwords: Passwords): StoreContent {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const body = buffer.subarray(0, Math.max(0, buffer.length - digestBytes))
  if (passwords.store !== null) checkDigest(body, buffer.subarray(body.length), passwords.store)
  try {
    return entriesOf(new Cursor(body), passwords)
  } catch (cause) {
    if (cause instanceof StoreError) throw cause
    throw new StoreError('store', 'is damaged: it ends early')
  }
}

function checkDigest(body: Buffer, digest: Buffer, password: string): void {
  const hash = nodeCrypto().createHash('sha1')
  const actual = hash.update(utf16(password)).update('Mighty Aphrodite').update(body).digest()
  if (!actual.equals(digest)) {
    throw new StoreError('password', 'is wrong, or the store is damaged')
  }
}

function entriesOf(cursor: Cursor, passwords: Passwords): StoreContent {
  const keys: StoredKey[] = []
  const certificates: Uint8Array[] = []
  const [, version, count] = [cursor.int32(), cursor.int32(), cursor.int32()]
  for (let entry = 0; entry < count; entry += 1) {
    const tag = cursor.int32()
    cursor.utf()
    cursor.skip(8)
    if (tag === 2) {
      certificates.push(certificate(cursor, version))
    } else if (tag === 1) {
      const sealed = cursor.bytes(cursor.int32())
      const chain: Uint8Array[] = []
      for (let left = cursor.int32(); left > 0; left -= 1) chain.push(certificate(cursor, version))
      const password = passwords.key ?? passwords.store
      if (password !== null) keys.push({ key: unseal(sealed, password), chain })
      if (chain[0] !== undefined) certificates.push(chain[0])
    } else {
      throw new StoreError('store', `has an entry of an unknown kind (${tag})`)
    }
  }
  return { keys, certificates }
}

function certificate(cursor: Cursor, version: number): Uint8Array {
  if (version === 2) cursor.utf()
  return cursor.bytes(cursor.int32())
}

/** [salt: 20 bytes][key][check: 20 bytes], within an EncryptedPrivateKeyInfo. */
function unseal(sealed: Uint8Array, password: string): Uint8Array {
  const bytes = sealedBytes(sealed)
  const secret = utf16(password)
  const sha1 = (...parts: Uint8Array[]) =>
    parts.reduce((hash, part) => hash.update(part), nodeCrypto().createHash('sha1')).digest()
  const key = Buffer.from(bytes.subarray(digestBytes, bytes.length - digestBytes))
  let stream: Uint8Array = bytes.subarray(0, digestBytes)
  for (let at = 0; at < key.length; at += 1) {
    if (at % digestBytes === 0) stream = sha1(secret, stream)
    key[at]! ^= stream[at % digestBytes]!
  }
  if (!sha1(secret, key).equals(bytes.subarray(bytes.length - digestBytes))) {
    throw new StoreError('keyPassword', 'is wrong, or the key is damaged')
  }
  return key
}

function sealedBytes(sealed: Uint8Array): Uint8Array {
  try {
    const bytes = octets(sequence(readDer(sealed))[1])
    if (bytes.length > 2 * digestBytes) return bytes
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
  }
  throw new StoreError('store', 'is damaged: one of its keys cannot be read')
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int32(): number {
    const value = this.#bytes.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  utf(): void {
    this.skip(2 + this.#bytes.readUInt16BE(this.#at))
  }

  skip(count: number): void {
    this.bytes(count)
  }

  bytes(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError('it ends early')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}
