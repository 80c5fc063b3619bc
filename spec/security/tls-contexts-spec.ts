import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { TlsContexts, type TlsRules } from '../../lib/security/tls-contexts.ts'
import { certificatePath, certificateText } from '../support/certificates.ts'
import { closeServers, connect, tlsOf, tlsPort } from '../support/tls-server.ts'

afterEach(() => {
  closeServers()
  vi.unstubAllEnvs()
})

/** A file with the contents of `file` of the specs, which can be replaced later. */
function changing(file: string) {
  const path = join(mkdtempSync(join(tmpdir(), 'to-kafka-')), 'store')
  copyFileSync(certificatePath(file), path)
  return { path, become: (other: string) => copyFileSync(certificatePath(other), path) }
}

const trusted = (path: string) =>
  tlsOf({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': path })

describe('a store in a file', () => {
  it('is read again at the next connection once it has changed', async () => {
    const port = await tlsPort()
    const file = changing('stranger.pem')
    const tls = trusted(file.path)

    expect(await connect(port, tls)).toMatchObject({ code: 'TLS_FAILED' })
    file.become('authority.pem')
    expect(await connect(port, tls)).toBeNull()
  })

  it('that has changed resumes no session, which would check no certificate', async () => {
    const port = await tlsPort()
    const file = changing('authority.pem')
    const tls = trusted(file.path)

    expect(await connect(port, tls)).toBeNull()
    file.become('stranger.pem')
    expect(await connect(port, tls)).toMatchObject({ code: 'TLS_FAILED' })
  })

  it('that cannot be read any more fails the attempt, and the next one reads it again', async () => {
    const port = await tlsPort()
    const file = changing('authority.pem')
    const tls = trusted(file.path)
    writeFileSync(file.path, 'half of')
    const error = await connect(port, tls)

    expect(error).toMatchObject({ code: 'CONNECT_FAILED', retriable: true })
    expect(error?.message).toMatch(/ssl\.truststore\.location: it must be PEM with certificates/)
    file.become('authority.pem')
    expect(await connect(port, tls)).toBeNull()
  })

  it("with the client's key does the same", async () => {
    const seen: string[] = []
    const port = await tlsPort({
      requestCert: true,
      rejectUnauthorized: false,
      onSecure: (socket) => seen.push(String(socket.getPeerCertificate().subject.CN)),
    })
    const both = (name: string) =>
      certificateText(`${name}-key.pem`) + certificateText(`${name}.pem`)
    const { path } = changing('client.pem')
    writeFileSync(path, both('client'))
    const tls = tlsOf({ 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': path })
    await connect(port, tls)
    writeFileSync(path, both('strange-client'))
    await connect(port, tls)

    expect(seen).toEqual(['client', 'strange-client'])
  })
})

const noStores: TlsRules = {
  key: null,
  trust: null,
  versions: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
  ciphers: null,
  checksNames: true,
}

describe('without a trust store', () => {
  it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])(
    'the authorities of %s are trusted if those of Node are not enough',
    async (name) => {
      vi.stubEnv(name, certificatePath('authority.pem'))
      const port = await tlsPort()
      const tls = new TlsContexts(noStores)

      expect(await connect(port, tls)).toMatchObject({ code: 'CONNECT_FAILED', retriable: true })
      expect(await connect(port, tls)).toBeNull()
    },
  )

  // Node 24 reads SSL_CERT_FILE together with the system's authorities, once in a process, and not
  // the file of the specs above.
  it('a broker without a trusted authority is refused for good', async () => {
    vi.stubEnv('SSL_CERT_FILE', certificatePath('stranger.pem'))
    const port = await tlsPort({ certificate: 'self' })
    const tls = new TlsContexts(noStores)
    await connect(port, tls)

    expect(await connect(port, tls)).toMatchObject({ code: 'TLS_FAILED', retriable: false })
  })

  it('a missing file of SSL_CERT_FILE is ignored', async () => {
    vi.stubEnv('SSL_CERT_FILE', certificatePath('nowhere.pem'))
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '')
    const tls = new TlsContexts(noStores)
    const port = await tlsPort({ certificate: 'self' })
    await connect(port, tls)

    expect(await connect(port, tls)).toMatchObject({ code: 'TLS_FAILED' })
  })
})
