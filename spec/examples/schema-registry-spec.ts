import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { from, lastValueFrom } from 'rxjs'
import { toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it, onTestFinished } from 'vitest'
import { withRegistry } from '../../examples/schema-registry.ts'
import { configFor, listen, startCluster } from '../support/scenario.ts'

const schema = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'int' },
  ],
})

/** A registry that has one schema, by its id and as the latest of `orders-value`. */
async function startRegistry() {
  const asked: string[] = []
  const answers: Readonly<Record<string, object>> = {
    '/subjects/orders-value/versions/latest': {
      subject: 'orders-value',
      version: 1,
      id: 7,
      schema,
    },
    '/schemas/ids/7': { schema },
  }
  const server = createServer((request, response) => {
    asked.push(request.url!)
    const answer = answers[request.url!]
    response
      .writeHead(answer ? 200 : 404, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      .end(JSON.stringify(answer ?? { error_code: 40401, message: 'no such subject' }))
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { asked, host: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const orders = [...Array(50).keys()].map((number) => ({ id: `o-${number}`, amount: number }))
const records = (topic: string) =>
  from(orders.map((order) => ({ topic, key: 'one key, one partition', value: order })))

describe('the Schema Registry serializer', () => {
  it("writes what the registry's deserializer reads, in input order", async () => {
    const cluster = await startCluster({ topics: { orders: { partitions: 3 } } })
    const { host } = await startRegistry()
    await lastValueFrom(
      records('orders').pipe(toKafka({ ...configFor(cluster), ...withRegistry(host) })),
    )
    const values = (await cluster.records('orders')).map(({ value }) => value!)
    expect(values[0]!.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 7]))
    const reader = new SchemaRegistry({ host })
    const read = await Promise.all(values.map((value) => reader.decode(value)))
    expect(read.map((order) => ({ ...order }))).toEqual(orders)
  })

  it('asks the registry once for the subject and once for its schema', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const { asked, host } = await startRegistry()
    await lastValueFrom(
      records('orders').pipe(toKafka({ ...configFor(cluster), ...withRegistry(host) })),
    )
    expect(asked.filter((url) => url.startsWith('/subjects'))).toHaveLength(1)
    expect(new Set(asked).size).toBe(asked.length)
  })

  it('leaves a tombstone a tombstone', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const { asked, host } = await startRegistry()
    const tombstone = from([{ topic: 'orders', key: 'o-1', value: null }])
    await lastValueFrom(tombstone.pipe(toKafka({ ...configFor(cluster), ...withRegistry(host) })))
    expect((await cluster.records('orders'))[0]!.value).toBeNull()
    expect(asked).toEqual([])
  })

  it('fails a record that does not match the schema, and no other', async () => {
    const cluster = await startCluster({ topics: { orders: {} } })
    const { host } = await startRegistry()
    const values: object[] = [{ id: 'o-1', amount: 1 }, { id: 'o-2' }, { id: 'o-3', amount: 3 }]
    const results = listen(
      from(values.map((value) => ({ topic: 'orders', value }))).pipe(
        toKafkaSettled({ ...configFor(cluster), ...withRegistry(host) } as never),
      ),
    )
    expect(await results.ended).toBeNull()
    const failed = results.values.filter(({ status }) => status === 'rejected')
    expect(failed).toMatchObject([
      { record: { value: { id: 'o-2' } }, error: { code: 'SERIALIZER_FAILED', persisted: 'no' } },
    ])
    expect(await cluster.records('orders')).toHaveLength(2)
  })

  it('fails a record whose subject is not in the registry', async () => {
    const cluster = await startCluster({ topics: { unheard: {} } })
    const { host } = await startRegistry()
    const delivered = listen(
      records('unheard').pipe(toKafka({ ...configFor(cluster), ...withRegistry(host) })),
    )
    expect(await delivered.ended).toMatchObject({ code: 'SERIALIZER_FAILED' })
    expect(await cluster.records('unheard')).toEqual([])
  })
})
