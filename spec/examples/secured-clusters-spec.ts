import { readFileSync } from 'node:fs'
import { KafkaProducer, type ProducerConfig } from 'to-kafka'
import { MockCluster, type MockListeners } from 'to-kafka/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificatePath, certificateText, password } from '../support/certificates.ts'

// Each row of the guide's table of secured clusters, as it stands there, against a mock cluster of that
// kind. Names of files and values stand for those of the specs.

const page = readFileSync(new URL('../../guides/security.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| ([^|]+) \| ?([^|]*) \| `(\{ 'security\.protocol'.*\})` \|$/gm)]

const files: Readonly<Record<string, string>> = {
  'ca.pem': certificatePath('authority.pem'),
  'trust.jks': certificatePath('trust.jks'),
  'client.p12': certificatePath('client-keytool.p12'),
}

/** What the names in a row stand for. */
const values = {
  ca: certificateText('authority.pem'),
  certificate: certificateText('client.pem'),
  key: certificateText('client-key-pbes2.pem'),
  secret: password,
  fetchSecret: async () => password,
  fetchToken: async () => 'a-token',
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
  const make = new Function(...Object.keys(values), `return ${here}`)
  return make(...Object.values(values))
}

describe('the guide on security', () => {
  it('has a table', () => {
    expect(rows.length).toBeGreaterThanOrEqual(8)
  })

  it.each(rows.map(([, protocol, login, code]) => [protocol!, login!, code!] as const))(
    'has settings that deliver: %s %s',
    async (protocol, _, code) => {
      // Public authorities are those of this machine, to which the specs add theirs.
      vi.stubEnv('SSL_CERT_FILE', certificatePath('authority.pem'))
      const settings = settingsOf(code)
      const listeners: MockListeners = {
        security: settings['security.protocol'] as NonNullable<MockListeners['security']>,
        clientCertificates: protocol.startsWith('mutual'),
        users: { me: password },
        tokens: ['a-token'],
      }
      cluster = await MockCluster.start({ topics: { t: {} }, listeners })
      const servers = { 'bootstrap.servers': cluster.bootstrapServers }
      const producer = new KafkaProducer({ ...servers, ...settings })

      expect(await producer.send({ topic: 't', value: 'x' })).toMatchObject({ offset: 0 })
      expect(cluster.violations).toEqual([])
      await producer.close()
    },
  )
})
