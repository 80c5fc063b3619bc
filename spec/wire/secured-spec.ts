import { createServer as createHttpServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProducerConfig } from '../../lib/config/producer-config.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { realRuntime } from '../../lib/wire/transport.ts'
import { certificatePath, certificateText } from '../support/certificates.ts'
import {
  closeServers,
  connect,
  listen,
  plainPort,
  type TlsServerOptions,
  tlsOf,
  tlsPort,
} from '../support/tls-server.ts'

// Real sockets on loopback. Everything waits for events; nothing waits for time to pass.

afterEach(closeServers)

const client: Partial<ProducerConfig> = {
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.key': certificateText('client-key.pem'),
  'ssl.keystore.certificate.chain': certificateText('client.pem'),
}
const mutual: TlsServerOptions = { requestCert: true, ca: certificateText('authority.pem') }
const versions = ['TLSv1.2', 'TLSv1.3'] as const

describe('a secure connection', () => {
  it.each(versions)('is made with %s, to a name and to an address', async (version) => {
    const port = await tlsPort({ minVersion: version, maxVersion: version })

    expect(await connect(port, tlsOf())).toBeNull()
    expect(await connect(port, tlsOf(), { host: '127.0.0.1' })).toBeNull()
  })

  it('sends the host name to the broker (SNI), but no address', async () => {
    const names: unknown[] = []
    const port = await tlsPort({ onSecure: ({ servername }) => names.push(servername) })
    await connect(port, tlsOf())
    await connect(port, tlsOf(), { host: '127.0.0.1' })

    expect(names).toEqual(['localhost', false])
  })

  it.each(versions)("sends the client's certificate, with %s", async (version) => {
    const seen: string[] = []
    const port = await tlsPort({
      ...mutual,
      maxVersion: version,
      onSecure: (socket) => seen.push(String(socket.getPeerCertificate().subject.CN)),
    })

    expect(await connect(port, tlsOf(client))).toBeNull()
    expect(seen).toEqual(['client'])
  })

  it('uses the versions and the cipher that are named', async () => {
    const seen: unknown[] = []
    const port = await tlsPort({
      onSecure: (socket) => seen.push([socket.getProtocol(), socket.getCipher().standardName]),
    })
    const suite = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
    await connect(port, tlsOf({ 'ssl.enabled.protocols': 'TLSv1.2', 'ssl.cipher.suites': suite }))
    await connect(port, tlsOf({ 'ssl.protocol': 'TLSv1.2' }))
    await connect(port, tlsOf({ 'ssl.cipher.suites': 'TLS_AES_128_GCM_SHA256' }))

    expect(seen).toEqual([
      ['TLSv1.2', suite],
      ['TLSv1.2', expect.any(String)],
      ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ])
  })

  it('accepts any name if ssl.endpoint.identification.algorithm is empty, but no other authority', async () => {
    const settings = { 'ssl.endpoint.identification.algorithm': '' }
    const port = await tlsPort({ certificate: 'elsewhere' })

    expect(await connect(port, tlsOf(settings))).toBeNull()
    const stranger = { 'ssl.truststore.certificates': certificateText('stranger.pem') }
    const error = await connect(port, tlsOf({ ...settings, ...stranger }))
    expect(error).toMatchObject({ code: 'TLS_FAILED' })
  })

  it.each(versions)('is resumed by the next one to the same broker, with %s', async (version) => {
    const resumed: boolean[] = []
    const port = await tlsPort({
      minVersion: version,
      maxVersion: version,
      onSecure: (socket) => resumed.push(socket.isSessionReused()),
    })
    const tls = tlsOf()
    for (let count = 0; count < 3; count += 1) expect(await connect(port, tls)).toBeNull()
    await connect(port, tlsOf())

    expect(resumed).toEqual([false, true, true, false])
  })

  it('writes all chunks in order, reports when they have left, and closes outside of destroy', async () => {
    const log: string[] = []
    const port = await tlsPort({ onSecure: (socket) => socket.removeAllListeners('data') })
    await new Promise<void>((resolve) => {
      const socket = realRuntime.transport.connect(
        { host: 'localhost', port },
        {
          securing: () => log.push('securing'),
          connected() {
            log.push('connected')
            const chunks = [1, 2, 3].map((size) => new Uint8Array(size))
            socket.write(chunks, () => {
              log.push('flushed')
              socket.destroy()
              log.push('destroy returned')
            })
          },
          data() {},
          closed(cause) {
            log.push(`closed ${cause?.message ?? 'in order'}`)
            resolve()
          },
        },
        0,
        tlsOf(),
      )
    })

    expect(log).toEqual(['securing', 'connected', 'flushed', 'destroy returned', 'closed in order'])
  })

  it.each(['securing', 'connected'] as const)(
    'may be ended when it reports that it is %s',
    async (moment) => {
      const port = await tlsPort()
      const log: string[] = []
      await new Promise<void>((resolve) => {
        const end = (name: string) => () => {
          log.push(name)
          if (name === moment) socket.destroy()
        }
        const socket = realRuntime.transport.connect(
          { host: 'localhost', port },
          {
            securing: end('securing'),
            connected: end('connected'),
            data() {},
            closed: () => resolve(),
          },
          0,
          tlsOf(),
        )
      })

      expect(log.at(-1)).toBe(moment)
    },
  )
})

const final = { name: 'AuthenticationError', code: 'TLS_FAILED', retriable: false }

interface Case {
  readonly server?: TlsServerOptions
  readonly settings?: Partial<ProducerConfig>
  readonly says: RegExp
}

const failures: Readonly<Record<string, Case>> = {
  'an unknown authority': {
    settings: { 'ssl.truststore.certificates': certificateText('stranger.pem') },
    says: /signed by an authority that is not trusted: add the certificate of that authority to ssl\.truststore/,
  },
  'a certificate that signs itself': {
    server: { certificate: 'self' },
    says: /certificate is self-signed, and not trusted/,
  },
  'a certificate that has expired': {
    server: { certificate: 'expired' },
    says: /certificate, or that of an authority in its chain, has expired/,
  },
  'a certificate that is not valid yet': {
    server: { certificate: 'future' },
    says: /is not valid yet \(is the clock of this machine right\?\)/,
  },
  'a certificate for another name': {
    server: { certificate: 'elsewhere' },
    says: /certificate is for DNS:kafka\.example\.com, not for localhost/,
  },
  'no common version': {
    server: { maxVersion: 'TLSv1.2' },
    settings: { 'ssl.enabled.protocols': 'TLSv1.3' },
    says: /have no TLS version in common/,
  },
  'no common cipher of TLS 1.2': {
    server: { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' },
    settings: { 'ssl.cipher.suites': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' },
    says: /have no cipher suite in common/,
  },
  'no common cipher of TLS 1.3': {
    server: { ciphers: 'TLS_AES_256_GCM_SHA384', minVersion: 'TLSv1.3' },
    settings: { 'ssl.cipher.suites': 'TLS_AES_128_GCM_SHA256' },
    says: /have no cipher suite in common/,
  },
  'a client certificate that is missing, by TLS 1.3': {
    server: mutual,
    says: /requires a client certificate: set ssl\.keystore/,
  },
  'a client certificate that is missing, by TLS 1.2': {
    server: { ...mutual, maxVersion: 'TLSv1.2' },
    says: /client certificate/,
  },
}

describe('a handshake that fails', () => {
  it.each(Object.entries(failures))('reports %s', async (_, { server = {}, settings, says }) => {
    const error = await connect(await tlsPort(server), tlsOf(settings))

    expect(error).toMatchObject(final)
    expect(error?.message).toMatch(says)
    expect(error?.message).toMatch(/^TLS with localhost:\d+ failed: /)
  })

  it('reports that the other side does not use TLS', async () => {
    const http = await listen(createHttpServer())
    const greeting = await plainPort((socket) => socket.end('220 welcome\r\n'))

    for (const port of [http, greeting]) {
      const error = await connect(port, tlsOf())
      expect(error).toMatchObject(final)
      expect(error?.message).toMatch(/does not use TLS: .* set security\.protocol to PLAINTEXT/)
    }
  })

  it('reports that the other side only closed the connection, as a plaintext listener does, and is tried again', async () => {
    const port = await plainPort((socket) => socket.once('data', () => socket.end()))
    const error = await connect(port, tlsOf())

    expect(error).toMatchObject({ code: 'DISCONNECTED', retriable: true })
    expect(error?.message).toMatch(
      /closed the connection during the TLS handshake; does it speak TLS/,
    )
  })

  it('reports within the set-up timeout that the other side sends nothing', async () => {
    const port = await plainPort(() => {})
    const error = await connect(port, tlsOf(), { setupTimeoutMs: 500 })

    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', limitMs: 500 })
    expect(error?.message).toMatch(
      /the TLS handshake did not complete within 500 ms; does it speak TLS/,
    )
  })

  it('is also reported for a plaintext connection to a TLS listener', async () => {
    const error = await connect(await tlsPort(), null)

    expect(error?.message).toMatch(/speaks TLS|closed the connection before it answered/)
  })

  it('never ends the process, whatever bytes arrive', async () => {
    const hello = Buffer.from('16030300', 'hex')
    const answers = [hello, Buffer.alloc(70_000, 0x16), Buffer.from([0x15, 3, 3, 0, 2, 2, 40])]
    for (const bytes of answers) {
      const port = await plainPort((socket) => socket.once('data', () => socket.end(bytes)))
      const error: KafkaError | null = await connect(port, tlsOf())
      expect(error?.message).toContain('localhost')
    }
  })

  it('shows neither key nor certificate when it is printed', async () => {
    const tls = tlsOf({
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': certificatePath('client-keytool.p12'),
      'ssl.keystore.password': 'changeit',
      'ssl.truststore.certificates': certificateText('stranger.pem'),
    })
    const error = await connect(await tlsPort(), tls)
    const { inspect } = await import('node:util')

    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error), inspect(tls)]) {
      expect(text).not.toMatch(/changeit|BEGIN|<Buffer/)
    }
  })
})
