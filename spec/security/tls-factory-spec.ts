import { createSecureContext } from 'node:tls'
import { runInNewContext } from 'node:vm'
import type { ProducerConfig } from 'to-kafka'
import { afterEach, describe, expect, it } from 'vitest'
import { resolveConfig } from '../../lib/config/resolve-config.ts'
import { certificateText } from '../support/certificates.ts'
import { closeServers, connect, tlsPort } from '../support/tls-server.ts'

afterEach(closeServers)

const ca = certificateText('authority.pem')

function settingsOf(factory: unknown, over: Partial<ProducerConfig> = {}) {
  return resolveConfig({
    'bootstrap.servers': 'a:1',
    'security.protocol': 'SSL',
    'ssl.engine.factory.class': factory as never,
    ...over,
  })
}

const tlsOf = (factory: unknown, over: Partial<ProducerConfig> = {}) =>
  settingsOf(factory, over).security.tls

describe('a function that creates the TLS context', () => {
  it.each<[string, () => object]>([
    ['options', () => ({ ca })],
    ['a context', () => createSecureContext({ ca })],
  ])('may return %s', async (_, factory) => {
    expect(await connect(await tlsPort(), tlsOf(factory))).toBeNull()
  })

  it('is called for each connection, with the address', async () => {
    const asked: unknown[] = []
    const port = await tlsPort()
    const tls = tlsOf((broker: unknown) => {
      asked.push(broker)
      return { ca }
    })
    await connect(port, tls)
    await connect(port, tls)

    expect(asked).toEqual(Array(2).fill({ host: 'localhost', port }))
  })

  it("does not change the check of a broker's name, which has its own setting", async () => {
    const port = await tlsPort({ certificate: 'elsewhere' })
    const unchecked = { 'ssl.endpoint.identification.algorithm': '' }

    expect(
      await connect(
        port,
        tlsOf(() => ({ ca })),
      ),
    ).toMatchObject({ code: 'TLS_FAILED' })
    expect(
      await connect(
        port,
        tlsOf(() => ({ ca }), unchecked),
      ),
    ).toBeNull()
  })

  it.each<[string, () => unknown, RegExp]>([
    ['throws', () => JSON.parse('no'), /ssl\.engine\.factory\.class threw/],
    ['returns nothing', () => undefined, /returned undefined: it must be options of tls\.connect/],
    ['returns a promise', () => Promise.reject(new Error('no')), /returned a.* it must be options/],
    [
      'returns something unreadable',
      () => ({
        get ca() {
          throw new Error('no')
        },
      }),
      /class threw: no/,
    ],
    ['returns a name that is not a string', () => ({ servername: 7 }), /a number as servername/],
    [
      'returns something that Node refuses',
      () => ({ key: 'none' }),
      /handshake with localhost:\d+ failed/,
    ],
  ])('fails the attempt if it %s, and is called again', async (_, factory, message) => {
    const error = await connect(await tlsPort(), tlsOf(factory))

    expect(error).toMatchObject({ retriable: true })
    expect(error?.message).toMatch(message)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['throws', () => JSON.parse('no'), /it threw: Unexpected token/],
    ['returns an error', () => new Error('not on the list'), /not on the list/],
    ['returns a promise', () => Promise.reject(new Error('later')), /it returned a.*Promise/],
    [
      'returns an error of Node',
      () => Object.assign(new Error('no'), { code: 'CERT_REVOKED' }),
      /revoked/,
    ],
    [
      'returns an error of another realm',
      () => Object.assign(runInNewContext("new Error('no')"), { code: 'CERT_REVOKED' }),
      /revoked/,
    ],
  ])('refuses the broker for good if its own check %s', async (_, check, message) => {
    const tls = tlsOf(() => ({ ca, checkServerIdentity: check }))
    const error = await connect(await tlsPort(), tls)

    expect(error).toMatchObject({ code: 'TLS_FAILED', retriable: false })
    expect(error?.message).toMatch(message)
  })

  it('accepts the broker if its own check has no objection', async () => {
    const asked: unknown[] = []
    const checkServerIdentity = (...of: unknown[]) => void asked.push(of[0])
    const tls = tlsOf(() => ({ ca, checkServerIdentity }))

    expect(await connect(await tlsPort({ certificate: 'elsewhere' }), tls)).toBeNull()
    expect(asked).toEqual(['localhost'])
  })

  it('makes the settings of stores, versions and ciphers ineffective, with a notice', () => {
    const { notices } = settingsOf(() => ({}), { 'ssl.truststore.location': 'nowhere' })

    expect(notices).toEqual([
      'ssl.truststore.location has no effect: ssl.engine.factory.class replaces it',
    ])
  })

  it('is a function, not a Java class', () => {
    expect(() => tlsOf('org.example.Factory')).toThrow(/it must be a function \(\{ host, port \}\)/)
  })
})
