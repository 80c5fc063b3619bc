// Keys and certificates in the form that TLS needs, PEM, from whatever the configuration names. Everything
// wrong with a store is a ConfigError that names its setting, and no secret.
//
// A source is read together with the configuration, and again when its file has changed.

import type { KeyObject, X509Certificate } from 'node:crypto'
import { ConfigError } from '../errors/config-error.ts'
import { nodeCrypto, nodeFs } from './builtin.ts'
import { jksMagic, readJks } from './jks.ts'
import { certificatePem, pemBlocks } from './pem.ts'
import { type Passwords, readPkcs12 } from './pkcs12.ts'
import { type StoreContent, StoreError } from './store.ts'

/** A file of keys or certificates, and the settings that name it. */
export interface StoreFile {
  readonly path: string
  /** PEM, PKCS12 or JKS; the latter two are told apart by content, as in Java. */
  readonly type: string
  readonly passwords: Passwords
  /** The common prefix of its settings: `ssl.keystore`. */
  readonly prefix: 'ssl.keystore' | 'ssl.truststore'
}

/** Where the client's own key comes from. */
export type KeySource =
  | {
      readonly kind: 'text'
      readonly key: string
      readonly chain: string
      readonly password: string | null
    }
  | { readonly kind: 'file'; readonly file: StoreFile }

/** Where the trusted certificates come from. */
export type TrustSource =
  | { readonly kind: 'text'; readonly certificates: string }
  | { readonly kind: 'file'; readonly file: StoreFile }

/** The client's own key, decrypted, and its certificate chain, its own first. */
export interface KeyMaterial {
  readonly key: string
  readonly certificates: string
}

/** Reads the client's own key and certificates, and checks that they belong together. */
export function readKey(source: KeySource): KeyMaterial {
  if (source.kind === 'text') {
    const { key, chain, password } = source
    const names = {
      key: 'ssl.keystore.key',
      certificates: 'ssl.keystore.certificate.chain',
    } as const
    return together(privateKeyIn(key, names.key, password), chain, names)
  }
  const { file } = source
  const name = 'ssl.keystore.location'
  const names = { key: name, certificates: name }
  if (file.type === 'PEM') {
    const text = pemFile(file)
    return together(privateKeyIn(text, name, file.passwords.key), text, names)
  }
  const { keys } = readStore(file)
  const [entry] = keys
  if (entry === undefined) throw invalid(name, `${shown(file)} holds no private key`)
  const key = loadKey(name, () =>
    nodeCrypto().createPrivateKey({ key: Buffer.from(entry.key), format: 'der', type: 'pkcs8' }),
  )
  return together(key, entry.chain.map(certificatePem).join(''), names)
}

/** Reads the trusted certificates, each as PEM. */
export function readTrust(source: TrustSource): readonly string[] {
  const name = source.kind === 'text' ? 'ssl.truststore.certificates' : 'ssl.truststore.location'
  if (source.kind === 'text') return certificatesIn(source.certificates, name).map(({ pem }) => pem)
  const { file } = source
  if (file.type === 'PEM') return certificatesIn(pemFile(file), name).map(({ pem }) => pem)
  const { certificates } = readStore(file)
  if (certificates.length === 0) throw invalid(name, `${shown(file)} holds no certificate`)
  return certificates.map((der) => load(name, certificatePem(der)).pem)
}

function readStore(file: StoreFile): StoreContent {
  const bytes = fileBytes(file)
  const name = `${file.prefix}.location`
  try {
    if (bytes.length >= 4 && bytes.readUInt32BE(0) === jksMagic)
      return readJks(bytes, file.passwords)
    if (bytes[0] === 0x30) return readPkcs12(bytes, file.passwords)
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause
    throw storeError(file, cause)
  }
  const isPem = bytes.includes('-----BEGIN ')
  const hint = isPem
    ? `is PEM: set ${file.prefix}.type to PEM`
    : 'is neither PKCS12 nor JKS; keytool -importkeystore -deststoretype PKCS12 converts others'
  throw invalid(name, `${shown(file)} ${hint}`)
}

function storeError(file: StoreFile, { about, message }: StoreError): ConfigError {
  if (about === 'store') return invalid(`${file.prefix}.location`, `${shown(file)} ${message}`)
  const { key, store } = file.passwords
  const isOfKey = about === 'keyPassword' && (key !== null || store !== null)
  const name = isOfKey ? 'ssl.key.password' : `${file.prefix}.password`
  return invalid(name, `the password of ${shown(file)} ${message}`)
}

function pemFile(file: StoreFile): string {
  return fileBytes(file).toString('utf8')
}

function fileBytes(file: StoreFile): Buffer {
  try {
    return nodeFs().readFileSync(file.path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`
    throw invalid(`${file.prefix}.location`, `${shown(file)}: ${why}`)
  }
}

/** The one private key in a text. */
function privateKeyIn(text: string, name: string, password: string | null): KeyObject {
  const keys = pemBlocks(text).filter(({ label }) => label.endsWith('PRIVATE KEY'))
  const [block] = keys
  if (block === undefined || keys.length > 1) {
    const have = keys.length === 0 ? 'none' : keys.length
    throw invalid(name, `it must be PEM with one private key, but has ${have}`)
  }
  const isEncrypted = block.label.startsWith('ENCRYPTED') || block.text.includes('ENCRYPTED')
  if (isEncrypted && password === null) {
    throw invalid('ssl.key.password', 'it is missing, but the private key is encrypted')
  }
  return loadKey(name, () =>
    nodeCrypto().createPrivateKey({
      key: block.text,
      ...(isEncrypted && password !== null && { passphrase: password }),
    }),
  )
}

function loadKey(name: string, make: () => KeyObject): KeyObject {
  try {
    return make()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_OSSL_BAD_DECRYPT' || /bad decrypt|bad password/i.test(message)) {
      throw invalid('ssl.key.password', 'it is wrong: the private key cannot be decrypted with it')
    }
    const why = /unsupported/i.test(`${code} ${message}`)
      ? 'its format or encryption is not supported; openssl pkcs8 -topk8 -v2 aes-256-cbc converts it'
      : 'the private key in it is damaged, or of an unknown format'
    throw invalid(name, why)
  }
}

interface Certificate {
  readonly pem: string
  readonly x509: X509Certificate
}

function certificatesIn(text: string, name: string): readonly Certificate[] {
  const blocks = pemBlocks(text).filter(({ label }) => label.endsWith('CERTIFICATE'))
  if (blocks.length === 0) throw invalid(name, 'it must be PEM with certificates, but has none')
  return blocks.map((block) => load(name, block.text))
}

function load(name: string, pem: string): Certificate {
  try {
    return { pem, x509: new (nodeCrypto().X509Certificate)(pem) }
  } catch {
    throw invalid(name, 'a certificate in it is damaged, or not X.509')
  }
}

function together(
  key: KeyObject,
  chain: string,
  names: { readonly key: string; readonly certificates: string },
): KeyMaterial {
  const certificates = certificatesIn(chain, names.certificates)
  if (!certificates[0]!.x509.checkPrivateKey(key)) {
    throw invalid(names.key, 'the private key does not belong to the first certificate')
  }
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificates: certificates.map(({ pem }) => pem).join(''),
  }
}

function shown({ path }: StoreFile): string {
  return `'${path}'`
}

function invalid(key: string, sentence: string): ConfigError {
  return new ConfigError('INVALID_VALUE', `${key}: ${sentence}`, { key })
}
