// PKCS12 stores (RFC 7292), as keytool, OpenSSL and others write them: keys with their certificates, and
// trusted certificates. Node reads only the former, and not from old stores.
//
//   PFX = version, authenticated safe (a list of bags, in clear or encrypted), MAC over it
//
// Every certificate without a key counts as trusted; Java requires its own attribute.

import { nodeCrypto } from './builtin.ts'
import { type Der, DerError, explicit, octets, oid, partsOf, readDer, sequence } from './der.ts'
import { decrypt, pbkdf2Key, pkcs12Key, roundsOf } from './pbe.ts'
import { type StoreContent, type StoredKey, StoreError } from './store.ts'

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
  localKeyId: '1.2.840.113549.1.9.21',
  pbmac1: '1.2.840.113549.1.5.14',
} as const

const digests: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.11': 'sha512',
}

interface Bag {
  readonly kind: string
  readonly value: Der
  readonly keyId: string | null
}

/** Passwords of a store; null: the user gave none. */
export interface Passwords {
  readonly store: string | null
  /** Of the keys; null: the same as the store's. */
  readonly key: string | null
}

/** Reads a store; throws a StoreError if that is not possible. */
export function readPkcs12(bytes: Uint8Array, passwords: Passwords): StoreContent {
  try {
    const [, safe, mac] = sequence(readDer(bytes))
    const [type, content] = sequence(safe)
    if (oid(type) !== oids.data) throw new StoreError('store', 'is signed by a key, not a password')
    const contents = octets(explicit(content))
    if (mac !== undefined && passwords.store !== null) checkMac(mac, contents, passwords.store)
    const bags = sequence(readDer(contents)).flatMap((part) => bagsOf(part, passwords.store))
    return contentOf(bags, passwords)
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new StoreError('store', `is damaged, or is not a PKCS12 store: ${cause.message}`)
  }
}

function checkMac(mac: Der, contents: Uint8Array, password: string): void {
  const [info, salt, rounds] = sequence(mac)
  const [algorithm, expected] = sequence(info)
  const [name, parameters] = sequence(algorithm)
  const [hash, key] =
    oid(name) === oids.pbmac1
      ? pbmac1(sequence(parameters), password)
      : older(oid(name), { salt: octets(salt), rounds: rounds && roundsOf(rounds), password })
  const actual = nodeCrypto().createHmac(hash, key).update(contents).digest()
  if (!actual.equals(octets(expected))) {
    throw new StoreError('password', 'is wrong, or the store is damaged')
  }
}

function older(
  id: string,
  by: { salt: Uint8Array; rounds: number | undefined; password: string },
): readonly [string, Buffer] {
  const hash = digests[id]
  if (hash === undefined) throw new StoreError('store', `has a MAC that is not supported (${id})`)
  const length = nodeCrypto().createHash(hash).digest().length
  return [hash, pkcs12Key({ hash, id: 3, length, ...by, rounds: by.rounds ?? 1 })]
}

/** RFC 9579. */
function pbmac1([derivation, scheme]: readonly Der[], password: string) {
  const id = oid(sequence(scheme)[0])
  const hash = digests[id]
  if (hash === undefined) throw new StoreError('store', `has a MAC that is not supported (${id})`)
  const length = nodeCrypto().createHash(hash).digest().length
  return [hash, pbkdf2Key(derivation, length, password)] as const
}

function bagsOf(part: Der, password: string | null): readonly Bag[] {
  const [type, content] = sequence(part)
  const bytes =
    oid(type) === oids.encryptedData
      ? decrypted(sequence(explicit(content))[1], password)
      : octets(explicit(content))
  return sequence(readDer(bytes)).map((bag) => {
    const [kind, value, attributes] = sequence(bag)
    return { kind: oid(kind), value: explicit(value), keyId: keyIdOf(attributes) }
  })
}

function decrypted(info: Der | undefined, password: string | null): Uint8Array {
  const [, algorithm, content] = sequence(info)
  if (password === null) throw new StoreError('password', 'is missing: the store is encrypted')
  const bytes = decrypt(algorithm!, content?.content ?? new Uint8Array(), password)
  if (bytes === null) throw new StoreError('password', 'is wrong, or the store is damaged')
  return bytes
}

function keyIdOf(attributes: Der | undefined): string | null {
  if (attributes === undefined) return null
  for (const attribute of partsOf(attributes)) {
    const [name, values] = sequence(attribute)
    if (oid(name) === oids.localKeyId)
      return Buffer.from(octets(partsOf(values!)[0])).toString('hex')
  }
  return null
}

function contentOf(bags: readonly Bag[], passwords: Passwords): StoreContent {
  const certificates = bags
    .filter(({ kind }) => kind === oids.certificate)
    .map(({ value, keyId }) => ({ keyId, der: certificateOf(value) }))
  const keys = bags
    .filter(({ kind }) => kind === oids.key || kind === oids.shroudedKey)
    .map((bag): StoredKey => {
      const own = certificates.filter(({ keyId }) => keyId !== null && keyId === bag.keyId)
      const rest = certificates.filter((certificate) => !own.includes(certificate))
      const first = own[0] ?? certificates[0]
      const chain =
        first === undefined
          ? []
          : chainFrom(
              first.der,
              rest.map(({ der }) => der),
            )
      return { key: privateKey(bag, passwords), chain }
    })
  return { keys, certificates: certificates.map(({ der }) => der) }
}

function certificateOf(value: Der): Uint8Array {
  const [type, content] = sequence(value)
  if (oid(type) !== oids.x509)
    throw new StoreError('store', 'holds a certificate that is not X.509')
  return octets(explicit(content))
}

/** The chain of certificates that certify `first`, as far as they are among `others`. */
function chainFrom(first: Uint8Array, others: readonly Uint8Array[]): readonly Uint8Array[] {
  const { X509Certificate } = nodeCrypto()
  const chain = [first]
  for (let last = new X509Certificate(first); chain.length <= others.length; ) {
    const { issuer, subject } = last
    const next = others.find((der) => new X509Certificate(der).subject === issuer)
    if (issuer === subject || next === undefined || chain.includes(next)) break
    chain.push(next)
    last = new X509Certificate(next)
  }
  return chain
}

function privateKey({ kind, value }: Bag, { store, key }: Passwords): Uint8Array {
  if (kind === oids.key) return encoded(value)
  const password = key ?? store
  if (password === null) throw new StoreError('keyPassword', 'is missing: the key is encrypted')
  const [algorithm, content] = sequence(value)
  const bytes = decrypt(algorithm!, octets(content), password)
  if (bytes === null) throw new StoreError('keyPassword', 'is wrong, or the key is damaged')
  return bytes
}

/** A value in its original encoding. */
function encoded({ tag, content }: Der): Uint8Array {
  const { length } = content
  const head = length < 128 ? [length] : [0x82, length >> 8, length & 255]
  return Uint8Array.from([tag, ...head, ...content])
}
