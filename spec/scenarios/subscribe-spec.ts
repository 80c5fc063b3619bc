import { from, NEVER, of } from 'rxjs'
import { KafkaProducer, toKafka, toKafkaSettled } from 'to-kafka'
import { expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  records,
  requestsOf,
  startCluster,
  startProducer,
} from '../support/scenario.ts'

const clients = (requests: readonly { clientId: string | null }[]) =>
  new Set(requests.map(({ clientId }) => clientId))

it('does nothing before it is subscribed', async () => {
  const cluster = await startCluster()
  from(records(['a'])).pipe(toKafka(configFor(cluster)))
  await listen(of({ topic: 't', value: 'b' }).pipe(toKafka(configFor(cluster)))).ended
  expect(await logOf(cluster)).toEqual(['b'])
})

it('has its own producer for each subscription', async () => {
  const cluster = await startCluster()
  const delivered$ = from(records(['a', 'b'])).pipe(toKafka(configFor(cluster)))
  const [one, other] = [listen(delivered$), listen(delivered$)]
  expect(await Promise.all([one.ended, other.ended])).toEqual([null, null])
  expect(one.values.map(({ record }) => record.value)).toEqual(['a', 'b'])
  expect(other.values.map(({ record }) => record.value)).toEqual(['a', 'b'])
  expect((await logOf(cluster)).sort()).toEqual(['a', 'a', 'b', 'b'])
  expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(2)
  expect(clients(requestsOf(cluster, 'Produce')).size).toBe(2)
})

it('can be subscribed again after its end', async () => {
  const cluster = await startCluster()
  const delivered$ = from(records(['a'])).pipe(toKafka(configFor(cluster)))
  await listen(delivered$).ended
  const again = listen(delivered$)
  expect(await again.ended).toBeNull()
  expect(again.values[0]!.offset).toBe(1)
})

it('makes no connection before there is a record', async () => {
  const cluster = await startCluster()
  const silent = listen(NEVER.pipe(toKafka(configFor(cluster))))
  const empty = listen(of().pipe(toKafka(configFor(cluster))))
  expect(await empty.ended).toBeNull()
  await listen(
    of({ topic: 't', value: 'a' }).pipe(toKafka(configFor(cluster, { 'client.id': 'me' }))),
  ).ended
  expect(clients(cluster.requests)).toEqual(new Set(['me']))
  expect(silent.end).toBeNull()
})

it('emits no result inside subscribe() or the next of its source', async () => {
  const { producer } = await startProducer()
  await producer.send({ topic: 't', value: 'its topic is known' })
  const input = [...records(['a', 'b']), { topic: 't', value: 5 as never }, ...records(['c'], '')]
  const delivered = listen(from(input).pipe(toKafkaSettled(producer)))
  expect(delivered).toMatchObject({ values: [], end: null })
  expect(await delivered.ended).toBeNull()
  expect(delivered.values).toHaveLength(4)
})

it('shares connections, batches and producer id if it is given a producer', async () => {
  const { cluster, producer } = await startProducer()
  const streams = ['a', 'b', 'c'].map((value) =>
    listen(of({ topic: 't', value }).pipe(toKafka(producer))),
  )
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([null, null, null])
  expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(1)
  expect(requestsOf(cluster, 'Produce')).toHaveLength(1)
  expect(await logOf(cluster)).toEqual(['a', 'b', 'c'])
  await producer.send({ topic: 't', value: 'still open' })
})

it('sends the client id of the configuration, or its own', async () => {
  const cluster = await startCluster()
  await listen(of({ topic: 't', value: 'a' }).pipe(toKafka(configFor(cluster)))).ended
  const producer = new KafkaProducer(configFor(cluster, { 'client.id': 'orders' }))
  await producer.send({ topic: 't', value: 'b' })
  await producer.close()
  const [own, given] = requestsOf(cluster, 'Produce').map(({ clientId }) => clientId)
  expect(own).toMatch(/^producer-[0-9a-z]+$/)
  expect(given).toBe('orders')
})
