import { createSecureContext } from 'node:tls'
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

describe('a function that makes what TLS is done with', () => {
  it.each<[string, () => object]>([
    ['options', () => ({ ca })],
    ['a context', () => createSecureContext({ ca })],
  ])('may give %s', async (_, factory) => {
    expect(await connect(await tlsPort(), tlsOf(factory))).toBeNull()
  })

  it('is asked for each connection, with the address', async () => {
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

  it("leaves the check of a broker's name to its setting", async () => {
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
    ['gives nothing', () => undefined, /returned undefined: it must be options of tls\.connect/],
    ['gives a promise', () => Promise.resolve({}), /returned a.* it must be options/],
    ['gives what Node refuses', () => ({ key: 'none' }), /handshake with localhost:\d+ failed/],
  ])('fails the attempt where it %s, and is asked again', async (_, factory, message) => {
    const error = await connect(await tlsPort(), tlsOf(factory))

    expect(error).toMatchObject({ retriable: true })
    expect(error?.message).toMatch(message)
  })

  it('makes the settings of stores, versions and ciphers have no effect, which is told', () => {
    const { notices } = settingsOf(() => ({}), { 'ssl.truststore.location': 'nowhere' })

    expect(notices).toEqual([
      'ssl.truststore.location has no effect: ssl.engine.factory.class replaces it',
    ])
  })

  it('is a function, and no class of Java', () => {
    expect(() => tlsOf('org.example.Factory')).toThrow(/it must be a function \(\{ host, port \}\)/)
  })
})
