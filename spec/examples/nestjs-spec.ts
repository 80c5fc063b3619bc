import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { KafkaProducer } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { OrdersService, ordersModule } from '../../examples/nestjs.ts'
import { listen, requestsOf, startCluster } from '../support/scenario.ts'

async function startApplication(lingerMs = 0) {
  const cluster = await startCluster({ topics: { orders: { partitions: 3 } } })
  const application = await NestFactory.createApplicationContext(
    ordersModule({ 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': lingerMs }),
    { logger: false },
  )
  return { cluster, application, orders: application.get(OrdersService) }
}

describe('the NestJS provider', () => {
  it('gives every class the same producer, which sends no request on its own', async () => {
    const { cluster, application } = await startApplication()
    expect(application.get(KafkaProducer)).toBeInstanceOf(KafkaProducer)
    expect(cluster.requests).toEqual([])
    await application.close()
  })

  it('sends by stream and by promise', async () => {
    const { cluster, application, orders } = await startApplication()
    const results = listen(orders.results$)
    orders.place({ id: 'o-1', amount: 3 })
    await orders.cancel('o-1')
    await application.close()
    expect(results.values).toMatchObject([{ status: 'fulfilled' }])
    const landed = await cluster.records('orders')
    expect(landed.map(({ keyText, valueText }) => [keyText, valueText])).toEqual([
      ['o-1', '{"id":"o-1","amount":3}'],
      ['o-1', null],
    ])
    expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(1)
  })

  it('continues after an order that cannot be sent', async () => {
    const { cluster, application, orders } = await startApplication()
    const results = listen(orders.results$)
    orders.place({ id: 'o-1', amount: 1n as never }) // JSON cannot represent this
    orders.place({ id: 'o-2', amount: 2 })
    await application.close()
    expect(results.values.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await cluster.records('orders')).toHaveLength(1)
  })

  it('delivers orders that were placed before the application closed', async () => {
    const { cluster, application, orders } = await startApplication(600_000)
    for (let number = 1; number <= 100; number += 1) {
      orders.place({ id: `o-${number}`, amount: number })
    }
    await application.close()
    expect(await cluster.records('orders')).toHaveLength(100)
  })
})
