// Confluent's own serializer, with a registry of one schema, as a serializer of this package. Confluent's
// deserializer reads the written values.

export const registryProgram = `
import { createServer } from 'node:http'
import { once } from 'node:events'
import registry from '@confluentinc/schemaregistry'
import { from, lastValueFrom, count } from 'rxjs'
import { toKafka } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

const schema = JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }, { name: 'n', type: 'int' }] })
const latest = { subject: 'orders-value', version: 1, id: 7, guid: '', schemaType: 'AVRO', schema }
const server = createServer(({ url }, response) => {
  const known = url.startsWith('/subjects/orders-value') || url.startsWith('/schemas/ids/7')
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(known ? latest : { error_code: 40401, message: 'not found' }))
}).listen(0, '127.0.0.1')
await once(server, 'listening')

const client = new registry.SchemaRegistryClient({ baseURLs: ['http://127.0.0.1:' + server.address().port] })
const avro = new registry.AvroSerializer(client, registry.SerdeType.VALUE, { useLatestVersion: true })
const reader = new registry.AvroDeserializer(client, registry.SerdeType.VALUE, {})
const cluster = await MockCluster.start({ topics: { orders: {} } })
const orders = [...Array(50).keys()].map((n) => ({ id: 'o-' + n, n }))
const sent$ = from(orders.map((value) => ({ topic: 'orders', value }))).pipe(
  toKafka({
    'bootstrap.servers': cluster.bootstrapServers,
    'value.serializer': (value, { topic }) => (value === null ? null : avro.serialize(topic, value)),
  }),
  count(),
)
if ((await lastValueFrom(sent$)) !== 50) throw new Error('not all were acknowledged')
const landed = (await cluster.records('orders')).map(({ value }) => value)
if (landed[0].readUInt8(0) !== 0 || landed[0].readInt32BE(1) !== 7) throw new Error('not in the format of Confluent')
const read = await Promise.all(landed.map((value) => reader.deserialize('orders', value)))
if (JSON.stringify(read) !== JSON.stringify(orders)) throw new Error('read: ' + JSON.stringify(read))
await cluster.close()
server.closeAllConnections()
server.close()
console.log('ok')
`
