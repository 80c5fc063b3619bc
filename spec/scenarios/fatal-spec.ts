import { concat, from, NEVER, Subject, tap } from 'rxjs'
import { BrokerError, DeliveryError, KafkaProducer, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../support/overheard.ts'
import { passTime } from '../support/pass-time.ts'
import {
  configFor,
  lingering,
  listen,
  placing,
  producerFor,
  records,
  startCluster,
  until,
  watched,
} from '../support/scenario.ts'
import { VirtualStage } from './virtual-stage.ts'

// UNSUPPORTED_VERSION stands for all fatal states here: brokers without a common version.
const tooOld = { versions: { Produce: [0, 2] } } as const

describe('when no record can be delivered any more', () => {
  it('fails toKafka with a DeliveryError that lists all records', async () => {
    const cluster = await startCluster(tooOld)
    const { subject, source, isReleased } = watched<{ topic: string; value: string }>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster))))
    for (const value of ['a', 'b']) subject.next({ topic: 't', value })
    const error = (await delivered.ended) as DeliveryError<{ value: string }>
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error).toMatchObject({ code: 'UNSUPPORTED_VERSION', persisted: 'no' })
    expect(error.cause).toBeInstanceOf(BrokerError)
    expect(error.unsent.map(({ record }) => record.value)).toEqual(['a', 'b'])
    expect(isReleased()).toBe(true)
  })

  it('fails toKafkaSettled with the cause after every result', async () => {
    const cluster = await startCluster(tooOld)
    const source = concat(from(records(['a', 'b'])), NEVER)
    const delivered = listen(source.pipe(toKafkaSettled(configFor(cluster))))
    expect(await delivered.ended).toMatchObject({
      name: 'BrokerError',
      code: 'UNSUPPORTED_VERSION',
    })
    expect(
      delivered.values.map((one) => (one.status === 'rejected' ? one.error.code : one.status)),
    ).toEqual(['UNSUPPORTED_VERSION', 'UNSUPPORTED_VERSION'])
  })

  it('rejects every send(), also later ones, and closes', async () => {
    const cluster = await startCluster(tooOld)
    const producer = producerFor(cluster)
    const results = await Promise.allSettled(records(['a', 'b']).map((one) => producer.send(one)))
    for (const result of results) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'UNSUPPORTED_VERSION', persisted: 'no' },
      })
    }
    await expect(producer.send({ topic: 't', value: 'c' })).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
    })
    await producer.flush()
    await producer.close()
  })

  it('ends every stream of a shared producer, even one that waits for input', async () => {
    const cluster = await startCluster(tooOld)
    const producer = producerFor(cluster)
    const waiting = listen(NEVER.pipe(toKafka(producer)))
    const giving = listen(from(records(['a'])).pipe(toKafka(producer)))
    expect(await giving.ended).toMatchObject({ name: 'DeliveryError' })
    expect(await waiting.ended).toMatchObject({ name: 'BrokerError', code: 'UNSUPPORTED_VERSION' })
  })

  it('ends a later stream at once, without subscribing to its source', async () => {
    const cluster = await startCluster(tooOld)
    const producer = producerFor(cluster)
    await producer.send({ topic: 't', value: 'a' }).catch(() => {})
    const { source, isReleased } = watched<{ topic: string; value: string }>()
    const delivered = listen(source.pipe(toKafkaSettled(producer)))
    expect(delivered.end).toMatchObject({ kind: 'error', error: { code: 'UNSUPPORTED_VERSION' } })
    expect(isReleased()).toBe(false) // it was never subscribed
  })

  it('does not keep close() waiting, even if it was called before', async () => {
    const cluster = await startCluster(tooOld)
    const producer = producerFor(cluster)
    const sent = producer.send({ topic: 't', value: 'a' })
    const closed = producer.close()
    await expect(sent).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' })
    await closed
  })

  it('reports lost records of unsubscribed streams with an event', async () => {
    const cluster = await startCluster({ ...tooOld, topics: { t: {} } })
    const { placed, partitioner } = placing(1)
    const producer = producerFor(cluster, { ...lingering, ...partitioner })
    const events = eventsOf(producer, 'undelivered')
    const delivered = listen(concat(from(records(['a'])), NEVER).pipe(toKafka(producer)))
    await placed
    delivered.subscription.unsubscribe()
    void producer.flush()
    await until(() => events.length > 0)
    expect(events).toMatchObject([{ type: 'undelivered', error: { code: 'UNSUPPORTED_VERSION' } }])
    expect(delivered.end).toBeNull()
  })

  it('does not spin if every rejected record is sent again', async () => {
    const cluster = await startCluster(tooOld)
    const source = new Subject<{ topic: string; value: string }>()
    const delivered = listen(
      source.pipe(
        toKafkaSettled(configFor(cluster)),
        tap((result) => {
          if (result.status === 'rejected') source.next(result.record)
        }),
      ),
    )
    source.next({ topic: 't', value: 'a' })
    expect(await delivered.ended).toMatchObject({ code: 'UNSUPPORTED_VERSION' })
    expect(delivered.values).toHaveLength(1)
  })
})

describe('when the cluster does not allow this client to produce at all', () => {
  it.each(['CLUSTER_AUTHORIZATION_FAILED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'] as const)(
    'fails with %s, at once',
    async (code) => {
      const cluster = await startCluster()
      cluster.on('InitProducerId').reply(code)
      const delivered = listen(from(records(['a'])).pipe(toKafka(configFor(cluster))))
      expect(await delivered.ended).toMatchObject({ name: 'DeliveryError', code })
    },
  )
})

describe('when the runtime does not allow the program to connect', () => {
  it.each([
    ['Node', { code: 'ERR_ACCESS_DENIED' }],
    ['Deno', { name: 'NotCapable' }],
  ])(
    'rejects every send() with ACCESS_DENIED, before any time has passed (%s)',
    async (_, facts) => {
      const { clock, cluster, runtime } = new VirtualStage()
      const denial = Object.assign(new Error('denied'), facts)
      const transport: typeof runtime.transport = {
        connect: (_address, events) => {
          clock.soon(() => events.closed(denial))
          return { write: () => {}, destroy: () => {} }
        },
      }
      const producer = new KafkaProducer(configFor(cluster), { runtime: { ...runtime, transport } })
      const errors: unknown[] = []
      const send = (value: string) => {
        producer.send({ topic: 't', value }).catch((error: unknown) => errors.push(error))
      }
      send('a')
      send('b')
      await passTime(clock, 0)
      send('later')
      await passTime(clock, 0)

      const reason = { name: 'DeliveryError', code: 'ACCESS_DENIED', persisted: 'no', attempts: 0 }
      const error = { ...reason, cause: { name: 'ConnectionError', cause: denial } }
      expect(errors).toMatchObject([error, error, error])
    },
  )
})
