import { concat, from, NEVER } from 'rxjs'
import { type DeliveryError, toKafka, toKafkaSettled } from 'to-kafka'
import { expect, it } from 'vitest'
import {
  configFor,
  listen,
  records,
  requested,
  settle,
  startCluster,
  startProducer,
} from '../support/scenario.ts'

/** Each record has its own batch, so thousands wait in one partition. */
const tiny = { 'batch.size': 1, 'max.in.flight.requests.per.connection': 1 }
const count = 20_000
const values = Array.from({ length: count }, (_, index) => `${index}`)

it('thousands of batches of one partition fail at once, and each record gets its result, in order', async () => {
  const { cluster, producer } = await startProducer(tiny)
  await producer.send({ topic: 't', value: 'warm' })
  cluster.on('Produce').hang({ appended: false })
  const delivered = listen(concat(from(records(values)), NEVER).pipe(toKafkaSettled(producer)))
  await requested(cluster, 'Produce', 2)
  await settle()
  await producer.close({ timeout: 0 })
  expect(delivered.values).toHaveLength(count)
  const told = delivered.values.map((one) => (one.status === 'rejected' ? one.error.code : 'acked'))
  expect(new Set(told)).toEqual(new Set(['CLOSED']))
  const order = delivered.values.map((one) =>
    Number(one.status === 'rejected' ? one.record.value : one.metadata.record.value),
  )
  // The one in flight may come after those that were never sent.
  expect(order.filter((id) => id !== 0)).toEqual(values.slice(1).map(Number))
})

it('they do so when a record of a stream with its own producer fails', async () => {
  const cluster = await startCluster()
  cluster.on('Produce', { nth: 2 }).reply('INVALID_RECORD')
  const config = configFor(cluster, { ...tiny, 'linger.ms': 0 })
  const delivered = listen(from(records(values)).pipe(toKafka(config)))
  const error = (await delivered.ended) as DeliveryError<{ value: string }>
  expect(delivered.values.map(({ record }) => record.value)).toEqual(['0'])
  expect(error.unsent.map(({ record }) => record.value)).toEqual(values.slice(1))
  expect(error.counts).toEqual({ acknowledged: 1, unsent: count - 1, unknown: 0 })
})
