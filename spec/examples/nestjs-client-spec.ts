import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { type ClientProxy, ClientsModule } from '@nestjs/microservices'
import { lastValueFrom } from 'rxjs'
import { KafkaProducer, type ProducerConfig, type RecordMetadata } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { KafkaClient } from '../../examples/nestjs-client.ts'
import {
  configFor,
  lingering,
  listen,
  requestsOf,
  startCluster,
  until,
} from '../support/scenario.ts'

async function startApplication(config: Partial<ProducerConfig> = {}) {
  const cluster = await startCluster({ topics: { orders: {} } })
  const options = configFor(cluster, config)
  const module = ClientsModule.register([
    { name: 'KAFKA', customClass: KafkaClient, options: options as never },
  ])
  class ApplicationModule {}
  const application = await NestFactory.createApplicationContext(
    { module: ApplicationModule, imports: [module] },
    { logger: false },
  )
  onTestFinished(() => application.close())
  return { cluster, application, client: application.get<KafkaClient>('KAFKA') }
}

/** The emitted value and its metadata. */
function emitted(client: ClientProxy, topic: string, data: unknown): Promise<RecordMetadata> {
  return lastValueFrom(client.emit<RecordMetadata>(topic, data))
}

describe('the NestJS client', () => {
  it('emits a value, as text, bytes or JSON, to the topic of the pattern', async () => {
    const { cluster, client } = await startApplication()
    const values = ['text', new Uint8Array([0x62]), { id: 'o-1' }, 7]
    const metadata = await Promise.all(values.map((value) => emitted(client, 'orders', value)))
    expect(metadata.map(({ offset }) => offset)).toEqual([0, 1, 2, 3])
    const landed = (await cluster.records('orders')).map(({ valueText }) => valueText)
    expect(landed).toEqual(['text', 'b', '{"id":"o-1"}', '7'])
  })

  it('emits a record with its key and headers, and also a tombstone', async () => {
    const { cluster, client } = await startApplication()
    await emitted(client, 'orders', { key: 'o-1', value: { n: 1 }, headers: { h: 'v' } })
    await emitted(client, 'orders', { key: 'o-1', value: null })
    const landed = await cluster.records('orders')
    expect(landed.map(({ keyText, valueText }) => [keyText, valueText])).toEqual([
      ['o-1', '{"n":1}'],
      ['o-1', null],
    ])
    expect(landed[0]!.headers.map(({ key, value }) => `${key} ${value}`)).toEqual(['h v'])
  })

  it('sends at once, with or without a subscriber, and keeps the order of the calls', async () => {
    const { cluster, client } = await startApplication()
    for (const value of ['a', 'b', 'c']) client.emit('orders', value)
    await emitted(client, 'orders', 'd')
    const landed = (await cluster.records('orders')).map(({ valueText }) => valueText)
    expect(landed).toEqual(['a', 'b', 'c', 'd'])
  })

  it('answers send() with the metadata, or with the reason why it failed', async () => {
    const { cluster, client } = await startApplication()
    const answer = await lastValueFrom(client.send<RecordMetadata>('orders', { value: 'a' }))
    expect(answer).toMatchObject({ topic: 'orders', partition: 0, offset: 0 })
    cluster.on('Produce').reply('INVALID_RECORD')
    const failed = listen(client.send('orders', { value: 'b' }))
    expect(await failed.ended).toMatchObject({ name: 'DeliveryError', code: 'INVALID_RECORD' })
  })

  it('withdraws a record if the subscriber leaves before the record is in a batch', async () => {
    const { cluster, client } = await startApplication()
    await client.connect()
    const left = listen(client.send('absent', { value: 'a' }))
    await until(() => requestsOf(cluster, 'Metadata').length > 1)
    left.subscription.unsubscribe()
    await client.close()
    expect([left.values, left.end]).toEqual([[], null])
  })

  it('says whether it is connected, and emits the events of its producer', async () => {
    const { client } = await startApplication()
    const connected: string[] = []
    client.on('connected', ({ address }) => connected.push(address))
    const status = listen(client.status)
    await client.connect()
    await until(() => status.values.length > 0)
    expect(connected.length).toBeGreaterThan(0)
    await client.close()
    await until(() => status.values.length > 1)
    expect(status.values).toEqual(['connected', 'disconnected'])
  })

  it('returns its producer, once it has one', async () => {
    const { client } = await startApplication()
    expect(() => client.unwrap()).toThrow('call connect()')
    await client.connect()
    expect(client.unwrap()).toBeInstanceOf(KafkaProducer)
  })

  it('delivers what was emitted before the application closed, and connects again after that', async () => {
    const { cluster, application, client } = await startApplication(lingering)
    await client.connect()
    const results = listen(client.emit('orders', 'a'))
    await new Promise(setImmediate)
    await application.close()
    expect([results.values.length, (await cluster.records('orders')).length]).toEqual([1, 1])
    await client.connect()
    const again = emitted(client, 'orders', 'b')
    await new Promise(setImmediate)
    await client.close()
    expect(await again).toMatchObject({ offset: 1 })
  })

  it('fails what is emitted while it closes, and opens no connection for it', async () => {
    const { client } = await startApplication()
    await client.connect()
    const late = listen(client.emit('orders', 'late'))
    await client.close()
    expect(`${await late.ended}`).toContain('not connected')
  })
})
