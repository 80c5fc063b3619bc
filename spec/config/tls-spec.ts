import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ProducerConfig } from '../../lib/config/producer-config.ts'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { ConfigError } from '../../lib/errors/config-error.ts'
import { certificatePath, certificateText, password } from '../support/certificates.ts'

const key = certificateText('client-key.pem')
const chain = certificateText('client.pem')
const keystore = certificatePath('client-keytool.p12')
const authority = certificatePath('authority.pem')

const pem = { 'ssl.keystore.type': 'PEM' }
const pemTrust = { 'ssl.truststore.type': 'PEM' }

function resolve(settings: Record<string, unknown>) {
  const all = { 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', ...settings }
  return resolveConfig(all as ProducerConfig)
}

function refused(settings: Record<string, unknown>): ConfigError {
  try {
    resolve(settings)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('the settings of TLS', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['nothing at all', {}, false],
    [
      'a key and its certificate as PEM',
      { ...pem, 'ssl.keystore.key': key, 'ssl.keystore.certificate.chain': chain },
      true,
    ],
    [
      'a PKCS12 store',
      {
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.location': keystore,
        'ssl.keystore.password': password,
      },
      true,
    ],
    [
      'a PKCS12 store under the default type, as Java',
      { 'ssl.keystore.location': keystore, 'ssl.keystore.password': password },
      true,
    ],
    [
      'a type in lower case',
      { 'ssl.truststore.type': 'jks', 'ssl.truststore.location': certificatePath('trust.jks') },
      false,
    ],
    ['a PEM file of authorities', { ...pemTrust, 'ssl.truststore.location': authority }, false],
    [
      'authorities as text',
      { ...pemTrust, 'ssl.truststore.certificates': certificateText('authority.pem') },
      false,
    ],
    ['ssl.protocol TLS', { 'ssl.protocol': 'TLS' }, false],
  ])('accept %s', (_, settings, hasKey) => {
    const { security } = resolve(settings)

    expect(security).toMatchObject({ protocol: 'SSL', sasl: null })
    expect(security.tls?.hasKey).toBe(hasKey)
  })

  it.each<[Record<string, unknown>, string, string, RegExp]>([
    [
      { ...pem, 'ssl.keystore.key': key },
      'ssl.keystore.certificate.chain',
      'MISSING',
      /ssl\.keystore\.key needs it/,
    ],
    [
      { ...pem, 'ssl.keystore.certificate.chain': chain },
      'ssl.keystore.key',
      'MISSING',
      /ssl\.keystore\.certificate\.chain needs it/,
    ],
    [
      { 'ssl.keystore.key': key, 'ssl.keystore.certificate.chain': chain },
      'ssl.keystore.type',
      'CONTRADICTION',
      /JKS.*PEM/,
    ],
    [
      {
        ...pem,
        'ssl.keystore.key': key,
        'ssl.keystore.certificate.chain': chain,
        'ssl.keystore.location': keystore,
      },
      'ssl.keystore.location',
      'CONTRADICTION',
      /ssl\.keystore\.key is set/,
    ],
    [
      {
        ...pem,
        'ssl.keystore.key': key,
        'ssl.keystore.certificate.chain': chain,
        'ssl.keystore.password': password,
      },
      'ssl.keystore.password',
      'CONTRADICTION',
      /ssl\.key\.password/,
    ],
    [
      { ...pem, 'ssl.keystore.location': authority, 'ssl.keystore.password': password },
      'ssl.keystore.password',
      'CONTRADICTION',
      /ssl\.key\.password/,
    ],
    [
      { 'ssl.keystore.location': keystore },
      'ssl.keystore.password',
      'MISSING',
      /ssl\.keystore\.location needs it/,
    ],
    [
      { 'ssl.keystore.password': password },
      'ssl.keystore.location',
      'MISSING',
      /ssl\.keystore\.password needs it/,
    ],
    [
      { 'ssl.truststore.password': password },
      'ssl.truststore.location',
      'MISSING',
      /ssl\.truststore\.password needs it/,
    ],
    [
      { ...pemTrust, 'ssl.truststore.location': authority, 'ssl.truststore.password': password },
      'ssl.truststore.password',
      'CONTRADICTION',
      /no password/,
    ],
    [
      { 'ssl.truststore.certificates': certificateText('authority.pem') },
      'ssl.truststore.type',
      'CONTRADICTION',
      /JKS.*PEM/,
    ],
    [
      { ...pemTrust, 'ssl.truststore.certificates': 'x', 'ssl.truststore.location': authority },
      'ssl.truststore.location',
      'CONTRADICTION',
      /certificates is set/,
    ],
    [{ 'ssl.keystore.type': 'JCEKS' }, 'ssl.keystore.type', 'NOT_SUPPORTED', /JKS, PKCS12, PEM/],
    [
      { 'ssl.keystore.location': keystore, 'ssl.keystore.password': 'wrong' },
      'ssl.keystore.password',
      'INVALID_VALUE',
      /is wrong/,
    ],
    [
      { 'ssl.truststore.location': 'nowhere' },
      'ssl.truststore.location',
      'INVALID_VALUE',
      /no such file/,
    ],
    [
      { 'ssl.enabled.protocols': 'TLSv1.1,TLSv1.2' },
      'ssl.enabled.protocols',
      'NOT_SUPPORTED',
      /'TLSv1.1' is insecure/,
    ],
    [
      { 'ssl.enabled.protocols': 'TLSv1.4' },
      'ssl.enabled.protocols',
      'NOT_SUPPORTED',
      /not a version of TLS/,
    ],
    [
      { 'ssl.enabled.protocols': 'TLSv1.3', 'ssl.protocol': 'TLSv1.2' },
      'ssl.enabled.protocols',
      'CONTRADICTION',
      /no version that ssl\.protocol TLSv1\.2 allows/,
    ],
    [
      { 'ssl.cipher.suites': 'TLS_ROT13' },
      'ssl.cipher.suites',
      'NOT_SUPPORTED',
      /'TLS_ROT13' is not a known cipher suite/,
    ],
    [
      { 'ssl.cipher.suites': '@SECLEVEL=0' },
      'ssl.cipher.suites',
      'NOT_SUPPORTED',
      /is not a known cipher suite/,
    ],
    [
      { 'ssl.endpoint.identification.algorithm': 'LDAPS' },
      'ssl.endpoint.identification.algorithm',
      'NOT_SUPPORTED',
      /https/,
    ],
    [{ 'ssl.provider': 'BC' }, 'ssl.provider', 'NOT_SUPPORTED', /Java virtual machine/],
  ])('refuse contradictions and mistakes, case %#', (settings, name, code, message) => {
    const error = refused(settings)

    expect(error).toMatchObject({ key: name, code })
    expect(error.message).toMatch(message)
    expect(inspect(error)).not.toMatch(/changeit|BEGIN/)
  })

  it('have no effect without TLS, and are not read', () => {
    const settings = { 'security.protocol': 'PLAINTEXT', 'ssl.truststore.location': 'nowhere' }

    const { security, notices } = resolve(settings)
    expect(security.tls).toBeNull()
    expect(notices).toEqual([
      'ssl.truststore.location has no effect: security.protocol is PLAINTEXT',
    ])
  })

  it('are not printed', () => {
    const settings = resolve({
      ...pem,
      'ssl.keystore.key': certificateText('client-key-pbes2.pem'),
      'ssl.keystore.certificate.chain': chain,
      'ssl.key.password': password,
    })

    for (const text of [
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(settings),
    ]) {
      expect(text).not.toMatch(/changeit|PRIVATE|BEGIN|passphrase/)
    }
  })
})
