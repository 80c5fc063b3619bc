import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { filter, firstValueFrom } from 'rxjs'
import { KafkaProducer } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'
import { expect, it, onTestFinished } from 'vitest'
import { certificatePath, certificateText, password } from '../support/certificates.ts'

// Goal: whatever goes wrong with TLS, nothing that can be printed contains a key or a password.

const key = certificateText('client-key.pem')
const secrets = [password, 'PRIVATE KEY', key.split('\n')[1]!]

const stores = {
  'PEM, encrypted': {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': certificateText('client-key-pbes2.pem'),
    'ssl.keystore.certificate.chain': certificateText('client.pem'),
    'ssl.key.password': password,
  },
  PKCS12: {
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': certificatePath('client-keytool.p12'),
    'ssl.keystore.password': password,
  },
}

it.each(Object.entries(stores))('no secret of %s is shown or printed', async (_, store) => {
  const cluster = await MockCluster.start({
    topics: { t: {} },
    listeners: { security: 'SSL', clientCertificates: true },
  })
  const producer = new KafkaProducer({
    'bootstrap.servers': cluster.bootstrapServers,
    ...cluster.clientSettings,
    'ssl.keystore.key': undefined,
    'ssl.keystore.certificate.chain': undefined,
    ...store,
  })
  const told: unknown[] = []
  producer.events$.subscribe((event) => told.push(event))
  const hear = (message: unknown) => told.push(message)
  const channels = ['connection', 'request', 'batch', 'producer', 'undelivered'].map(
    (name) => `to-kafka:${name}`,
  )
  for (const channel of channels) subscribe(channel, hear)
  onTestFinished(async () => {
    for (const channel of channels) unsubscribe(channel, hear)
    await producer.close()
    await cluster.close()
  })

  await producer.send({ topic: 't', value: 'a' })
  cluster.setCertificate({
    key: certificateText('expired-key.pem'),
    certificate: certificateText('expired.pem'),
  })
  const lost = firstValueFrom(producer.events$.pipe(filter(({ type }) => type === 'disconnected')))
  await cluster.stopBroker(1)
  await lost // a record that is written to this connection would be sent again, not refused
  await cluster.startBroker(1)
  const error: unknown = await producer.send({ topic: 't', value: 'b' }).catch((cause) => cause)
  expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  expect(told.length).toBeGreaterThan(2)

  const things = [producer, error, ...told]
  const texts = things.map((thing) => inspect(thing, { depth: 12, showHidden: true }))
  for (const text of [...texts, JSON.stringify(error)]) {
    for (const secret of secrets) expect(text).not.toContain(secret)
  }
})
