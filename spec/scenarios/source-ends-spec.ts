import { concat, EMPTY, from, NEVER, of, throwError } from 'rxjs'
import { DeliveryError, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  records,
  requested,
  requestsOf,
  settle,
  startCluster,
  startProducer,
  until,
} from '../support/scenario.ts'

const hour = 3_600_000
const lingering = { 'linger.ms': hour, 'delivery.timeout.ms': hour + 60_000 }
const wrong = new Error('the source broke')

describe('when the source completes', () => {
  it('sends buffered records at once, emits every result, and completes', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 3 } } })
    const values = Array.from({ length: 30 }, (_, index) => `${index}`)
    const input = values.map((value, index) => ({ topic: 't', partition: index % 3, value }))
    const delivered = listen(from(input).pipe(toKafka(configFor(cluster, lingering))))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toHaveLength(30)
    expect(await cluster.records('t')).toHaveLength(30)
  })

  it('completes at once if there was no record, and sends no request', async () => {
    const cluster = await startCluster()
    expect(listen(EMPTY.pipe(toKafka(configFor(cluster)))).end).toEqual({ kind: 'complete' })
    expect(listen(EMPTY.pipe(toKafkaSettled(configFor(cluster)))).end).toEqual({ kind: 'complete' })
    await settle()
    expect(cluster.requests).toEqual([])
  })

  it('does not complete before the last result', async () => {
    const cluster = await startCluster()
    const delivered = listen(
      concat(of({ topic: 't', value: 'a' }), EMPTY).pipe(toKafka(configFor(cluster))),
    )
    const ends: unknown[] = []
    cluster.on('Produce').call(() => ends.push(delivered.end))
    expect(await delivered.ended).toBeNull()
    expect(ends).toEqual([null])
    expect(delivered.values).toHaveLength(1)
  })

  it('lets batches linger for linger.ms on a shared producer', async () => {
    const { cluster, producer } = await startProducer(lingering)
    const delivered = listen(of({ topic: 't', value: 'a' }).pipe(toKafka(producer)))
    await requested(cluster, 'Metadata')
    await settle(100)
    expect(requestsOf(cluster, 'Produce')).toEqual([])
    expect(delivered.end).toBeNull()
    await producer.flush()
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toHaveLength(1)
  })

  it('ends the connections of its own producer, and leaves those of a shared one', async () => {
    const cluster = await startCluster()
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const before = sockets()
    await listen(of({ topic: 't', value: 'a' }).pipe(toKafka(configFor(cluster)))).ended
    await until(() => sockets() <= before)
    const producer = producerFor(cluster)
    await listen(of({ topic: 't', value: 'b' }).pipe(toKafka(producer))).ended
    await settle()
    expect(sockets()).toBeGreaterThan(before)
    await producer.close()
    await until(() => sockets() <= before)
  })
})

describe('when the source errors', () => {
  const failing = (values: readonly string[]) =>
    concat(
      from(records(values)),
      throwError(() => wrong),
    )

  it.each(['owned', 'shared'])(
    'delivers its records, then passes on its error: %s',
    async (kind) => {
      const cluster = await startCluster()
      const target = kind === 'owned' ? configFor(cluster, lingering) : producerFor(cluster)
      const delivered = listen(failing(['a', 'b']).pipe(toKafka(target)))
      expect(await delivered.ended).toBe(wrong)
      expect(delivered.values.map(({ record }) => record.value)).toEqual(['a', 'b'])
      expect(await logOf(cluster)).toEqual(['a', 'b'])
    },
  )

  it('does the same if failures are results', async () => {
    const cluster = await startCluster()
    const delivered = listen(failing(['a']).pipe(toKafkaSettled(configFor(cluster))))
    expect(await delivered.ended).toBe(wrong)
    expect(delivered.values.map(({ status }) => status)).toEqual(['fulfilled'])
  })

  it('passes on the error at once if it emitted nothing', () => {
    const config = { 'bootstrap.servers': 'localhost:1' }
    expect(listen(throwError(() => wrong).pipe(toKafka(config))).end).toEqual({
      kind: 'error',
      error: wrong,
    })
    expect(listen(throwError(() => undefined).pipe(toKafka(config))).end).toEqual({
      kind: 'error',
      error: undefined,
    })
  })

  it("fails with the error of a lost record, which includes the source's error", async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')
    const delivered = listen(failing(['a', 'b']).pipe(toKafka(configFor(cluster))))
    const error = (await delivered.ended) as DeliveryError
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error.code).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect(error.sourceError).toBe(wrong)
    expect(error.counts).toEqual({ acknowledged: 0, unsent: 2, unknown: 0 })
  })

  it('is not treated as the end while the source continues', async () => {
    const cluster = await startCluster()
    const source = concat(of({ topic: 't', value: 'a' }), NEVER)
    const delivered = listen(source.pipe(toKafka(configFor(cluster))))
    await until(() => delivered.values.length === 1)
    await settle()
    expect(delivered.end).toBeNull()
  })
})
