// A NestJS application that sends with both examples, the provider and the client, and delivers its records when it
// is closed.

export const nestProgram = `
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { ClientsModule } from '@nestjs/microservices'
import { lastValueFrom } from 'rxjs'
import { MockCluster } from 'to-kafka/testing'
import { OrdersService, ordersModule } from './nestjs.ts'
import { KafkaClient } from './nestjs-client.ts'

async function check() {
  const cluster = await MockCluster.start({ topics: { orders: {} } })
  const options = { 'bootstrap.servers': cluster.bootstrapServers }
  const clients = ClientsModule.register([{ name: 'KAFKA', customClass: KafkaClient, options }])
  const orders = ordersModule({ ...options, 'linger.ms': 60000 })
  const app = await NestFactory.createApplicationContext(
    { module: class App {}, imports: [clients, orders] },
    { logger: false },
  )
  const client = app.get('KAFKA')
  const { offset } = await lastValueFrom(client.emit('orders', { key: 'o-1', value: { n: 1 } }))
  const answer = await lastValueFrom(client.send('orders', 'text'))
  if (offset !== 0 || answer.offset !== 1) throw new Error('the client: ' + offset + ', ' + answer.offset)
  if (client.unwrap().state !== 'open') throw new Error('unwrap')
  app.get(OrdersService).place({ id: 'o-2', amount: 2 })
  await app.close()
  const landed = (await cluster.records('orders')).map(({ valueText }) => valueText)
  await cluster.close()
  const wanted = ['{"n":1}', 'text', '{"id":"o-2","amount":2}']
  if (landed.join() !== wanted.join()) throw new Error('in the log: ' + landed)
}
check().then(() => console.log('ok'), (error) => { console.error(error); process.exitCode = 1 })
`
