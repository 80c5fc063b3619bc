// One producer for a whole program: single records from anywhere, and streams, through the same
// connections and the same batches. Run it: `npm start`, then `node build/examples/shared-producer.js`.

import { count, lastValueFrom, map, range } from 'rxjs'
import { KafkaProducer, toKafka } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

const cluster = await MockCluster.start({ topics: { orders: { partitions: 3 } } })

// linger.ms 0: a record that a caller waits for is sent at once. Under load, batches fill anyway.
const producer = new KafkaProducer({
  'bootstrap.servers': cluster.bootstrapServers,
  'linger.ms': 0,
})

// With await, because the next step needs the result: one round trip for each record.
for (const id of ['o-1', 'o-2']) {
  const { partition, offset } = await producer.send({ topic: 'orders', key: id, value: 'created' })
  console.log(`awaited: ${id} is at ${partition}:${offset}`)
}

// With a callback, because the next step need not wait: the records share requests, and keep their order.
const paid = ['o-1', 'o-2', 'o-3'].map((id) =>
  producer.send({ topic: 'orders', key: id, value: 'paid' }).then(
    ({ partition, offset }) => console.log(`reacting: ${id} is at ${partition}:${offset}`),
    (error) => console.error(`${id}: ${error.message}`),
  ),
)
await Promise.all(paid)

// A stream with the same producer. It completes when its own records have their results, and leaves the producer
// open.
const sent = await lastValueFrom(
  range(1, 1000).pipe(
    map((number) => ({ topic: 'orders', key: `o-${number}`, value: 'shipped' })),
    toKafka(producer),
    count(),
  ),
)
console.log(`streamed: ${sent} records`)

// Whoever creates a producer must close it. Pending records are delivered first.
await producer.close()

const produceRequests = cluster.requests.filter(({ api }) => api === 'Produce').length
const landed = (await cluster.records('orders')).length
console.log(`${landed} records in ${produceRequests} requests`)
await cluster.close()
