// The GSSAPI example with a real Kafka and a real key distribution centre: sessions last three
// seconds, so they are renewed under load.

import { type DeliveryError, KafkaProducer, type RecordMetadata } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gssapi, type Kerberos } from '../../examples/gssapi.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { aloud, ringIsSkipped } from './kafka-ring.ts'
import { type KeyCentre, kerberosIsMissing, loadKerberos, startKeyCentre } from './key-centre.ts'

const recordCount = 20_000
/** More than one session of three seconds. */
const longerMs = 4_000

const ringIsMissing = (await ringIsSkipped()) !== null
const missing = await kerberosIsMissing()
if (missing !== null) aloud(`GSSAPI is SKIPPED: ${missing}`)
const why = missing === null ? '' : ` (skipped: ${missing})`

describe.skipIf(ringIsMissing || missing !== null)(`a real Kafka with Kerberos${why}`, () => {
  const before = { ...process.env }
  let kerberos: Kerberos
  let centre: KeyCentre
  let broker: KafkaBroker
  let admin: KafkaAdmin

  beforeAll(async () => {
    kerberos = (await loadKerberos())!
    centre = await startKeyCentre()
    const keytab = await centre.keytab('kafka/localhost')
    process.env['KRB5_CONFIG'] = centre.config
    process.env['KRB5CCNAME'] = `MEMORY:to-kafka`
    process.env['KRB5_CLIENT_KTNAME'] = await centre.keytab('me')
    process.env['JAVA_TOOL_OPTIONS'] =
      `${before['JAVA_TOOL_OPTIONS'] ?? ''} -Djava.security.krb5.conf=${centre.config}`
    broker = await startKafkaBroker({
      listeners: { LOGIN: 'SASL_PLAINTEXT' },
      settings: {
        'sasl.enabled.mechanisms': 'GSSAPI',
        'sasl.kerberos.service.name': 'kafka',
        'listener.name.login.gssapi.sasl.jaas.config': `com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="${keytab}" principal="kafka/localhost@${centre.realm}";`,
        'connections.max.reauth.ms': '3000',
      },
    })
    admin = await KafkaAdmin.start(broker.bootstrapServers)
    await admin.create(['taken', 'refused'].map((name) => ({ name, partitions: 1 })))
  })
  afterAll(async () => {
    process.env = before
    await admin?.close()
    await broker?.stop()
    await centre?.stop()
  })

  const producer = (options: { service?: string; principal?: string } = {}) =>
    new KafkaProducer({
      'bootstrap.servers': `localhost:${broker.ports['LOGIN']}`,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': gssapi({ kerberos, ...options }),
      'linger.ms': 5,
      'max.block.ms': 1_000,
    })

  it(`takes at least ${recordCount} records in order, over several sessions`, async () => {
    const one = producer()
    const offsets: number[] = []
    const begun = performance.now()
    while (offsets.length < recordCount || performance.now() - begun < longerMs) {
      const sent: Promise<RecordMetadata>[] = []
      for (let index = 0; index < 500; index += 1) {
        sent.push(one.send({ topic: 'taken', value: `${offsets.length + index}` }))
      }
      for (const { offset } of await Promise.all(sent)) offsets.push(offset)
    }
    await one.close()
    expect(offsets.every((offset, index) => offset === index)).toBe(true)
    expect(await admin.endOffsets(['taken'])).toEqual({ taken: [offsets.length] })
  })

  // Tickets may still arrive, so the producer keeps trying: the failure is a record whose time is
  // over.
  it.each([
    ['the KDC does not know the broker', { service: 'other' }, 'not found in Kerberos database'],
    ['there are no tickets for the principal', { principal: 'you@SPEC' }, 'you@SPEC'],
  ])('gets no records if %s, and the error says so', async (_, options, sentence) => {
    const one = producer(options)
    const failure = await one.send({ topic: 'refused', value: 'x' }).then(
      () => expect.unreachable(),
      (error: DeliveryError) => error,
    )
    await one.close({ timeout: 0 })
    expect(failure).toMatchObject({
      code: 'METADATA_TIMEOUT',
      cause: {
        code: 'CREDENTIALS_UNAVAILABLE',
        cause: { message: expect.stringContaining(sentence) },
      },
    })
  })
})
