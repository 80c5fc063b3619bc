import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../lib/errors/config-error.ts'
import { readJks } from '../../lib/security/jks.ts'
import { readKey, readTrust, type StoreFile } from '../../lib/security/key-material.ts'
import { readPkcs12 } from '../../lib/security/pkcs12.ts'
import { StoreError } from '../../lib/security/store.ts'
import { certificatePath, certificateText, password } from '../support/certificates.ts'

// The stores were made by OpenSSL 3 and by keytool of Java 17, in their current formats and in
// those of Java 8 and OpenSSL 1: spec/support/certificates/make.sh.

function keyFile(file: string, passwords: Partial<StoreFile['passwords']> = {}, type = 'JKS') {
  const all = { store: password, key: null, ...passwords }
  const path = certificatePath(file)
  return { kind: 'file', file: { prefix: 'ssl.keystore', path, type, passwords: all } } as const
}

function trustFile(file: string, store: string | null = password, type = 'JKS') {
  const path = certificatePath(file)
  const passwords = { store, key: null }
  return { kind: 'file', file: { prefix: 'ssl.truststore', path, type, passwords } } as const
}

function pemKey(key: string, over: { chain?: string; password?: string | null } = {}) {
  const { chain = 'client.pem', password: given = null } = over
  const texts = { key: certificateText(key), chain: certificateText(chain) }
  return { kind: 'text', ...texts, password: given } as const
}

const subjects = (pem: string) =>
  pem.split(/(?=-----BEGIN)/).map((one) => new X509Certificate(one).subject)

const clientKey = certificateText('client-key.pem')

function errorOf(act: () => unknown): ConfigError {
  try {
    act()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe("the client's key", () => {
  it.each([
    ['by OpenSSL 3', 'client-openssl.p12', null],
    ['by OpenSSL 1 (RC2, 3DES, SHA-1)', 'client-legacy.p12', null],
    ['by OpenSSL with AES-128 and SHA-512', 'client-aes128.p12', null],
    ['by keytool of Java 17', 'client-keytool.p12', null],
    ['by keytool of Java 8 (RC2, 3DES, SHA-1)', 'client-old-keytool.p12', null],
    ['by keytool, as JKS with a separate password for the key', 'client.jks', 'other-password'],
  ])('is read from a store %s, with all certificates', (_, file, key) => {
    const material = readKey(keyFile(file, { key }))

    expect(material.key).toBe(clientKey)
    expect(subjects(material.certificates)).toEqual(['CN=client', 'CN=authority'])
  })

  it.each([
    ['unencrypted', 'client-key.pem', null],
    ['of SEC1', 'client-key-sec1.pem', null],
    ['encrypted by PBES2', 'client-key-pbes2.pem', password],
    ['encrypted by PBES1 with 3DES', 'client-key-3des.pem', password],
  ])('is read from PEM %s', (_, file, given) => {
    expect(readKey(pemKey(file, { password: given })).key).toBe(clientKey)
  })

  it.each<[string, (pem: string) => string]>([
    ['on one line, as in a properties file', (pem) => pem.replaceAll('\n', ' ')],
    [
      'with line breaks as \\n, as in an environment variable',
      (pem) => pem.replaceAll('\n', '\\n'),
    ],
    ['with Windows line breaks', (pem) => pem.replaceAll('\n', '\r\n')],
    ['with a header', (pem) => pem.replace('\n', '\nComment: mine\n')],
    ['without a last line break, and with text around it', (pem) => `mine: ${pem.trimEnd()} end`],
  ])('is read from PEM %s', (_, change) => {
    const key = change(certificateText('client-key.pem'))
    const chain = change(certificateText('client.pem'))
    const material = readKey({ kind: 'text', key, chain, password: null })

    expect(material.key).toBe(clientKey)
    expect(subjects(material.certificates)).toEqual(['CN=client'])
  })

  it('is read from encrypted PEM in the old OpenSSL format', () => {
    const key = createPrivateKey(clientKey).export({
      type: 'sec1',
      format: 'pem',
      cipher: 'aes-128-cbc',
      passphrase: password,
    }) as string
    expect(key).toContain('Proc-Type: 4,ENCRYPTED')
    const chain = certificateText('client.pem')

    expect(readKey({ kind: 'text', key, chain, password }).key).toBe(clientKey)
  })

  it('is read from one PEM file with its certificates, whatever is between them', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'to-kafka-')), 'client.pem')
    const parts = ['Bag Attributes', certificateText('client-key-pbes2.pem'), 'subject=CN = client']
    writeFileSync(path, [...parts, certificateText('client.pem').trimEnd()].join('\n'))
    const passwords = { store: null, key: password }
    const file = { prefix: 'ssl.keystore', path, type: 'PEM', passwords } as const

    expect(readKey({ kind: 'file', file }).key).toBe(clientKey)
  })

  it.each([
    [keyFile('nowhere.p12'), 'ssl.keystore.location', /nowhere.p12': there is no such file/],
    [keyFile('client-keytool.p12', { store: 'wrong' }), 'ssl.keystore.password', /is wrong/],
    [keyFile('client-legacy.p12', { store: 'wrong' }), 'ssl.keystore.password', /is wrong/],
    [keyFile('client.jks', { store: 'wrong' }), 'ssl.keystore.password', /is wrong/],
    [keyFile('client.jks'), 'ssl.key.password', /is wrong, or the key is damaged/],
    [keyFile('client-keytool.p12', { key: 'wrong' }), 'ssl.key.password', /is wrong/],
    [keyFile('client.pem'), 'ssl.keystore.location', /is PEM: set ssl.keystore.type to PEM/],
    [keyFile('trust.jceks'), 'ssl.keystore.location', /keytool -importkeystore/],
    [keyFile('trust-keytool.p12'), 'ssl.keystore.location', /holds no private key/],
    [keyFile('client-keytool.p12', {}, 'PEM'), 'ssl.keystore.location', /PEM with one private key/],
    [pemKey('client-key-pbes2.pem'), 'ssl.key.password', /is missing/],
    [pemKey('client-key-pbes2.pem', { password: 'wrong' }), 'ssl.key.password', /is wrong/],
    [
      pemKey('client-key-md5-des.pem', { password }),
      'ssl.keystore.key',
      /not supported; openssl pkcs8 -topk8/,
    ],
    [pemKey('server-key.pem'), 'ssl.keystore.key', /does not belong to the first certificate/],
    [pemKey('client.pem'), 'ssl.keystore.key', /one private key, but has none/],
    [
      pemKey('client-key.pem', { chain: 'client-key.pem' }),
      'ssl.keystore.certificate.chain',
      /PEM with certificates/,
    ],
  ] as const)(
    'is refused with the wrong setting and the reason, case %#',
    (source, key, message) => {
      const error = errorOf(() => readKey(source))

      expect(error.key).toBe(key)
      expect(error.message).toMatch(message)
      expect(JSON.stringify(error)).not.toMatch(/changeit|other-password|BEGIN/)
    },
  )
})

describe('the trusted certificates', () => {
  it.each([
    ['trust-openssl.p12', password],
    ['trust-keytool.p12', password],
    ['trust-old-keytool.p12', password],
    ['trust.jks', password],
    ['trust.jks', null],
  ])('are read from %s, password %s', (file, store) => {
    expect(readTrust(trustFile(file, store)).flatMap(subjects)).toEqual(['CN=authority'])
  })

  it('are read from a PEM file', () => {
    expect(readTrust(trustFile('authority.pem', null, 'PEM')).flatMap(subjects)).toEqual([
      'CN=authority',
    ])
  })

  it.each([
    [trustFile('trust-keytool.p12', null), 'ssl.truststore.password', /is missing/],
    [trustFile('trust-old-keytool.p12', 'wrong'), 'ssl.truststore.password', /is wrong/],
    [trustFile('nowhere.jks'), 'ssl.truststore.location', /no such file/],
    [trustFile('server-key.pem', null, 'PEM'), 'ssl.truststore.location', /but has none/],
    [
      { kind: 'text', certificates: 'CN=x' } as const,
      'ssl.truststore.certificates',
      /PEM with certificates, but has none/,
    ],
  ] as const)('are refused with the wrong setting, case %#', (source, key, message) => {
    const error = errorOf(() => readTrust(source))

    expect(error.key).toBe(key)
    expect(error.message).toMatch(message)
  })
})

const noPasswords = { store: null, key: null }

describe('a damaged store', () => {
  it.each([
    'client-keytool.p12',
    'client-legacy.p12',
    'client-aes128.p12',
    'client.jks',
    'trust.jks',
  ])(
    'is refused with a clear error, whatever is wrong: %s',
    (file) => {
      const bytes = readFileSync(certificatePath(file))
      const read = file.endsWith('.jks') ? readJks : readPkcs12
      fc.assert(
        fc.property(
          fc.nat(bytes.length - 1),
          fc.nat(255),
          fc.option(fc.nat(bytes.length), { nil: null }),
          (at, value, end) => {
            const damaged = Buffer.from(bytes.subarray(0, end ?? bytes.length))
            if (at < damaged.length) damaged[at] = value
            try {
              read(damaged, noPasswords) // with a password, deriving keys would take most of the time
            } catch (error) {
              expect(error).toBeInstanceOf(StoreError)
            }
          },
        ),
        { numRuns: 30 },
      )
    },
    60_000,
  )
})
