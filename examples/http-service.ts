// An HTTP service with a producer: POST /orders answers when Kafka has acknowledged the order, and SIGTERM ends the
// service without losing an order. Run it: `npm start`, then
//
//   KAFKA_BOOTSTRAP_SERVERS=localhost:9092 node build/examples/http-service.js
//   curl localhost:8080/orders -d '{"id":"o-1","amount":3}'

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { isKafkaError, KafkaProducer, serializers } from 'to-kafka'

interface Order {
  readonly id: string
  readonly amount: number
}

// linger.ms 0, because a client waits for each record. Under load, records still share requests.
const producer = new KafkaProducer({
  'bootstrap.servers': process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092',
  'linger.ms': 0,
  'delivery.timeout.ms': 30_000,
  'request.timeout.ms': 10_000,
  'max.block.ms': 5_000,
  'value.serializer': serializers.json,
})

async function answer(request: IncomingMessage): Promise<readonly [status: number, body: object]> {
  if (request.method !== 'POST' || request.url !== '/orders')
    return [404, { error: 'POST /orders' }]
  const order = (await json(request).catch(() => null)) as Order | null
  if (typeof order?.id !== 'string') return [400, { error: 'an order has an id' }]
  try {
    const { partition, offset } = await producer.send({
      topic: 'orders',
      key: order.id,
      value: order,
    })
    return [201, { partition, offset }]
  } catch (error) {
    if (!isKafkaError(error)) throw error
    return [503, { error: error.code }] // certainly not accepted only if error.persisted is 'no'
  }
}

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => {
      response.shouldKeepAlive = server.listening
      response.writeHead(status).end(JSON.stringify(body))
    },
    (error: Error) => response.destroy(error),
  )
})
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  console.log(`listening on ${JSON.stringify(server.address())}`)
})

// Every client gets an answer: first new requests are refused, then the records end, then the connections. The
// listener stays, because a second signal must not end the process before that.
await new Promise<void>((stop) => process.on('SIGTERM', () => stop()))
const closed = once(server, 'close')
server.close()
await producer.flush()
await closed
await producer.close()
console.log('closed')
