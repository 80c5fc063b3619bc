import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { MockCluster, type MockListeners } from 'to-kafka/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mskIam } from '../../examples/msk-iam.ts'
import { unsecured } from '../../lib/security/jwt.ts'
import { certificatePath, certificateText, password } from '../support/certificates.ts'

// Each row of the guide's table of secured clusters, exactly as written there, against a mock
// cluster of that kind. The names of files and the values are replaced by those of the specs.

const page = readFileSync(new URL('../../guides/security.md', import.meta.url), 'utf8')
const rows = [
  ...page.matchAll(/^\| ([^|]+) \| ?([^|]*) \| `(\{ 'security\.protocol'.*\})`[^|`]* \|$/gm),
]

const files: Readonly<Record<string, string>> = {
  'ca.pem': certificatePath('authority.pem'),
  'trust.jks': certificatePath('trust.jks'),
  'client.p12': certificatePath('client-keytool.p12'),
}

const token = unsecured({ sub: 'me', exp: 4_000_000_000 })

/** A token endpoint with one client. */
const endpoint = createServer(({ headers }, response) => {
  const isKnown = headers.authorization === `Basic ${btoa(`me:${password}`)}`
  response.statusCode = isKnown ? 200 : 401
  response.end(JSON.stringify(isKnown ? { access_token: token } : { error: 'invalid_client' }))
})
beforeAll(() => new Promise<void>((resolve) => void endpoint.listen(0, '127.0.0.1', resolve)))
afterAll(() => void endpoint.close())

/** The values for the names in a row. */
const values = {
  ca: certificateText('authority.pem'),
  certificate: certificateText('client.pem'),
  key: certificateText('client-key-pbes2.pem'),
  secret: password,
  fetchSecret: async () => password,
  fetchToken: async () => token,
  mskIam,
  region: 'eu-central-1',
  credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
}

let cluster: MockCluster | null = null
afterEach(async () => {
  await cluster?.close()
  vi.unstubAllEnvs()
})

function settingsOf(code: string): Omit<ProducerConfig, 'bootstrap.servers'> {
  const here = code.replaceAll(/'([\w.]+\.(?:pem|jks|p12))'/g, (_, file) =>
    JSON.stringify(files[file]),
  )
  const { port } = endpoint.address() as AddressInfo
  const all = { ...values, tokenUrl: `http://127.0.0.1:${port}/token` }
  const make = new Function(...Object.keys(all), `return ${here}`)
  return make(...Object.values(all))
}

describe('the guide on security', () => {
  it('has a table', () => {
    expect(rows.length).toBeGreaterThanOrEqual(11)
  })

  const tried = rows.flatMap(([, protocol, login, code]) => {
    const clear = code!.replace('SASL_SSL', 'SASL_PLAINTEXT')
    const row = [protocol!, login!, code!] as const
    return clear === code ? [row] : [row, ['without TLS', login!, clear] as const]
  })

  it.each(tried)('has settings that deliver: %s %s', async (protocol, _, code) => {
    // The public authorities are those of this machine, to which the specs add their own.
    vi.stubEnv('SSL_CERT_FILE', certificatePath('authority.pem'))
    const settings = settingsOf(code)
    const listeners: MockListeners = {
      security: settings['security.protocol'] as NonNullable<MockListeners['security']>,
      clientCertificates: protocol.startsWith('mutual'),
      users: { me: password },
      tokens: [token],
      own: { AWS_MSK_IAM: () => true },
    }
    cluster = await MockCluster.start({ topics: { t: {} }, listeners })
    const servers = { 'bootstrap.servers': cluster.bootstrapServers }
    const producer = new KafkaProducer({ ...servers, ...settings })

    expect(await producer.send({ topic: 't', value: 'x' })).toMatchObject({ offset: 0 })
    expect(cluster.violations).toEqual([])
    await producer.close()
  })
})
