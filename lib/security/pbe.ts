// Password-based encryption in PKCS12 stores and PKCS#8 keys: PBES2 (RFC 8018) with AES or triple DES, and
// the older schemes of PKCS12 (RFC 7292) with triple DES or RC2. A password becomes UTF-8 for the former,
// and UTF-16 with a final zero for the latter.

import { nodeCrypto } from './builtin.ts'
import { type Der, integer, octets, oid, sequence } from './der.ts'
import { decryptRc2 } from './rc2.ts'
import { StoreError } from './store.ts'

const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2 = '1.2.840.113549.1.5.12'

/** A hundred times keytool's number; more would block the process for seconds. */
export const roundsMax = 1_000_000

interface Cipher {
  readonly name: string
  readonly keyBytes: number
  readonly ivBytes: number
}

/** Encryption schemes of PBES2. */
const ciphers: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
}

/** The older schemes, all with SHA-1. */
const older: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
  '1.2.840.113549.1.12.1.5': { name: 'rc2', keyBytes: 16, ivBytes: 8 },
  '1.2.840.113549.1.12.1.6': { name: 'rc2', keyBytes: 5, ivBytes: 8 },
}

/** The functions of PBKDF2; SHA-1 if none is named. */
const functions: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

/** Decrypts data encrypted with `algorithm` (an AlgorithmIdentifier); null if the password is wrong. */
export function decrypt(algorithm: Der, bytes: Uint8Array, password: string): Uint8Array | null {
  const [name, parameters] = sequence(algorithm)
  const scheme = oid(name)
  if (scheme === pbes2) return decryptPbes2(sequence(parameters), bytes, password)
  const cipher = older[scheme]
  if (cipher === undefined) throw unknown('encryption scheme', scheme)
  const [salt, rounds] = sequence(parameters)
  const derive = (id: number, length: number) =>
    pkcs12Key({ hash: 'sha1', id, length, password, salt: octets(salt), rounds: roundsOf(rounds) })
  const [key, iv] = [derive(1, cipher.keyBytes), derive(2, cipher.ivBytes)]
  return cipher.name === 'rc2' ? decryptRc2(key, iv, bytes) : decipher(cipher.name, key, iv, bytes)
}

function decryptPbes2(
  [derivation, encryption]: readonly Der[],
  bytes: Uint8Array,
  password: string,
) {
  const [scheme, iv] = sequence(encryption)
  const cipher = ciphers[oid(scheme)]
  if (cipher === undefined) throw unknown('cipher', oid(scheme))
  const key = pbkdf2Key(derivation, cipher.keyBytes, password)
  return decipher(cipher.name, key, octets(iv), bytes)
}

/** A key by PBKDF2, with the parameters in `derivation`. */
export function pbkdf2Key(derivation: Der | undefined, length: number, password: string): Buffer {
  const [name, parameters] = sequence(derivation)
  if (oid(name) !== pbkdf2) throw unknown('key derivation', oid(name))
  const [salt, rounds, ...rest] = sequence(parameters)
  const named = rest.find(({ tag }) => tag === 0x30)
  const prf = named === undefined ? '1.2.840.113549.2.7' : oid(sequence(named)[0])
  const hash = functions[prf]
  if (hash === undefined) throw unknown('hash function', prf)
  return nodeCrypto().pbkdf2Sync(password, octets(salt), roundsOf(rounds), length, hash)
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array) {
  try {
    const decipher = nodeCrypto().createDecipheriv(name, key, iv)
    return Buffer.concat([decipher.update(bytes), decipher.final()])
  } catch {
    return null // the padding is wrong, because the key is
  }
}

export interface Pkcs12KeyOptions {
  readonly hash: string
  /** The purpose of the bytes: 1 a key, 2 an initial vector, 3 a MAC. */
  readonly id: number
  readonly length: number
  readonly password: string
  readonly salt: Uint8Array
  readonly rounds: number
}

/** The key derivation of PKCS12 (RFC 7292, appendix B). */
export function pkcs12Key(options: Pkcs12KeyOptions): Buffer {
  const { hash, id, length, password, salt, rounds } = options
  const blockBytes = hash === 'sha384' || hash === 'sha512' ? 128 : 64
  const diversifier = Buffer.alloc(blockBytes, id)
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const input = Buffer.concat([filled(salt, blockBytes), filled(secret, blockBytes)])
  const parts: Buffer[] = []
  // One call per hash: with 50,000 rounds and more, this blocks the process for half as long as
  // `createHash`.
  const { hash: digestOf } = nodeCrypto()
  for (let size = 0; size < length; ) {
    let digest = digestOf(hash, Buffer.concat([diversifier, input]), 'buffer')
    for (let round = 1; round < rounds; round += 1) digest = digestOf(hash, digest, 'buffer')
    parts.push(digest)
    size += digest.length
    const addend = filled(digest, blockBytes).subarray(0, blockBytes)
    for (let at = 0; at < input.length; at += blockBytes) add(input, at, addend)
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** Repeated up to a multiple of a block. */
function filled(bytes: Uint8Array, blockBytes: number): Buffer {
  const length = Math.ceil(bytes.length / blockBytes) * blockBytes
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes)
}

/** Adds `addend` and one to the block at `at`, as numbers of so many bytes. */
function add(input: Buffer, at: number, addend: Uint8Array): void {
  let carry = 1
  for (let index = addend.length - 1; index >= 0; index -= 1) {
    const sum = input[at + index]! + addend[index]! + carry
    input[at + index] = sum & 255
    carry = sum >> 8
  }
}

/** A number of rounds, limited. */
export function roundsOf(value: Der | undefined): number {
  const rounds = integer(value)
  if (rounds >= 1 && rounds <= roundsMax) return rounds
  throw new StoreError('store', `asks for ${rounds} rounds; at most ${roundsMax} are accepted`)
}

function unknown(what: string, id: string): StoreError {
  return new StoreError('store', `uses a ${what} that is not supported (${id})`)
}
