import { concat, from, NEVER, Observable, of, take } from 'rxjs'
import { toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { eventsOf, published } from '../support/overheard.ts'
import {
  configFor,
  lingering,
  listen,
  logOf,
  placing,
  producerFor,
  records,
  requested,
  requestsOf,
  settle,
  startCluster,
  startProducer,
  until,
  watched,
} from '../support/scenario.ts'

const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

describe('unsubscribing', () => {
  it('stops input and output at once', async () => {
    const cluster = await startCluster()
    const { subject, source, isReleased } = watched<{ topic: string; value: string }>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster))))
    subject.next({ topic: 't', value: 'a' })
    await until(() => delivered.values.length === 1)
    cluster.on('Produce').call(() => delivered.subscription.unsubscribe())
    subject.next({ topic: 't', value: 'b' })
    await until(() => isReleased())
    await until(() => !subject.observed)
    await settle(100)
    expect(delivered.values).toHaveLength(1)
    expect(delivered.end).toBeNull()
    expect(await logOf(cluster)).toEqual(['a', 'b'])
  })

  it('delivers accepted records in the background, then releases everything', async () => {
    const cluster = await startCluster()
    const { placed, partitioner } = placing(3)
    const before = sockets()
    const source = concat(from(records(['a', 'b', 'c'])), NEVER)
    const delivered = listen(
      source.pipe(toKafka(configFor(cluster, { ...lingering, ...partitioner }))),
    )
    await placed
    delivered.subscription.unsubscribe()
    await requested(cluster, 'Produce')
    await until(() => sockets() <= before)
    expect(await logOf(cluster)).toEqual(['a', 'b', 'c'])
    expect(delivered.values).toEqual([])
  })

  it('continues to retry in the background', async () => {
    const cluster = await startCluster()
    const { placed, partitioner } = placing(1)
    cluster.on('Produce', { times: 3 }).reply('NOT_ENOUGH_REPLICAS')
    const heard = published('to-kafka:undelivered')
    const delivered = listen(
      concat(from(records(['a'])), NEVER).pipe(
        toKafka(configFor(cluster, { ...lingering, ...partitioner })),
      ),
    )
    await placed
    delivered.subscription.unsubscribe()
    await requested(cluster, 'Produce', 4)
    await until(() => requestsOf(cluster, 'Produce').length === 4)
    await settle()
    expect(await logOf(cluster)).toEqual(['a'])
    expect(heard).toEqual([])
  })

  it('drops records that wait for metadata, and requests nothing any more', async () => {
    const cluster = await startCluster()
    const before = sockets()
    const heard = published('to-kafka:undelivered')
    const delivered = listen(
      concat(from(records(['a'], 'unknown')), NEVER).pipe(toKafka(configFor(cluster))),
    )
    await requested(cluster, 'Metadata')
    delivered.subscription.unsubscribe()
    await until(() => sockets() <= before)
    const asked = requestsOf(cluster, 'Metadata').length
    await settle(100)
    expect(requestsOf(cluster, 'Metadata').length).toBe(asked)
    expect(heard).toEqual([])
  })

  it('before the first record leaves nothing behind', async () => {
    const cluster = await startCluster()
    listen(NEVER.pipe(toKafka(configFor(cluster)))).subscription.unsubscribe()
    await settle()
    expect(cluster.requests).toEqual([])
  })

  it('with take(n) leaves the synchronous source where it was', async () => {
    const cluster = await startCluster()
    let pulled = 0
    const endless = new Observable<{ topic: string; value: string }>((out) => {
      const push = () => {
        if (out.closed) return
        pulled += 1
        out.next({ topic: 't', value: `${pulled}` })
        setImmediate(push)
      }
      push()
    })
    const delivered = listen(endless.pipe(toKafka(configFor(cluster)), take(3)))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['1', '2', '3'])
    const then = pulled
    await settle()
    expect(pulled).toBe(then)
  })

  it('inside next, in the middle of one answer, stops there', async () => {
    const cluster = await startCluster()
    const seen: string[] = []
    const subscription = concat(from(records(['a', 'b', 'c'])), NEVER)
      .pipe(toKafka(configFor(cluster)))
      .subscribe(({ record }) => {
        seen.push(record.value)
        if (record.value === 'b') subscription.unsubscribe()
      })
    await until(() => subscription.closed)
    await settle()
    expect(seen).toEqual(['a', 'b'])
    expect(await logOf(cluster)).toEqual(['a', 'b', 'c'])
  })

  it.each(['owned', 'shared'])('reports a later loss with an event: %s', async (kind) => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_TIMESTAMP')
    const heard = published('to-kafka:undelivered')
    const { placed, partitioner } = placing(2)
    const config = { ...lingering, ...partitioner }
    const producer = producerFor(cluster, config)
    const events = eventsOf(producer, 'undelivered')
    const target =
      kind === 'owned' ? configFor(cluster, { ...config, 'client.id': 'me' }) : producer
    const delivered = listen(concat(from(records(['a', 'b'])), NEVER).pipe(toKafka(target)))
    await placed
    delivered.subscription.unsubscribe()
    if (kind === 'shared') await producer.flush()
    await until(() => heard.length === 2)
    expect(heard).toMatchObject([
      { type: 'undelivered', error: { code: 'INVALID_TIMESTAMP', record: { value: 'a' } } },
      { type: 'undelivered', error: { code: 'INVALID_TIMESTAMP', record: { value: 'b' } } },
    ])
    if (kind === 'owned') expect(heard[0]!.clientId).toBe('me')
    else expect(events).toHaveLength(2)
    expect(delivered.end).toBeNull()
  })

  it('also reports it if failures are results', async () => {
    const cluster = await startCluster()
    const { placed, partitioner } = placing(1)
    cluster.on('Produce').reply('INVALID_TIMESTAMP')
    const heard = published('to-kafka:undelivered')
    const delivered = listen(
      concat(of({ topic: 't', value: 'a' }), NEVER).pipe(
        toKafkaSettled(configFor(cluster, { ...lingering, ...partitioner })),
      ),
    )
    await placed
    delivered.subscription.unsubscribe()
    await until(() => heard.length === 1)
  })

  it('does not affect a shared producer and its other streams', async () => {
    const { cluster, producer } = await startProducer({ 'linger.ms': 5 })
    const mine = listen(concat(from(records(['mine'])), NEVER).pipe(toKafka(producer)))
    const other = listen(from(records(['x', 'y'])).pipe(toKafka(producer)))
    mine.subscription.unsubscribe()
    expect(await other.ended).toBeNull()
    expect(other.values.map(({ record }) => record.value)).toEqual(['x', 'y'])
    await producer.send({ topic: 't', value: 'z' })
    // Records that waited for metadata when their stream left are dropped.
    expect(await logOf(cluster)).toEqual(['x', 'y', 'z'])
  })
})

describe("unsubscribing with onUnsubscribe: 'discard'", () => {
  it('drops records that are not in flight, without results', async () => {
    const cluster = await startCluster()
    const { placed, partitioner } = placing(2)
    const before = sockets()
    const heard = published('to-kafka:undelivered')
    const operator = toKafka<{ topic: string; value: string }>(
      configFor(cluster, { ...lingering, ...partitioner }),
      {
        onUnsubscribe: 'discard',
      },
    )
    const delivered = listen(concat(from(records(['a', 'b'])), NEVER).pipe(operator))
    await placed
    delivered.subscription.unsubscribe()
    await until(() => sockets() <= before)
    expect(requestsOf(cluster, 'Produce')).toEqual([])
    expect(heard).toEqual([])
  })

  it('awaits requests in flight', async () => {
    const cluster = await startCluster()
    const before = sockets()
    const heard = published('to-kafka:undelivered')
    const operator = toKafka<{ topic: string; value: string }>(configFor(cluster), {
      onUnsubscribe: 'discard',
    })
    const delivered = listen(concat(from(records(['a'])), NEVER).pipe(operator))
    cluster.on('Produce').call(() => delivered.subscription.unsubscribe())
    await until(() => delivered.subscription.closed)
    await until(() => sockets() <= before)
    expect(await logOf(cluster)).toEqual(['a'])
    expect(heard).toEqual([])
  })

  it('begins no new attempt', async () => {
    const cluster = await startCluster()
    const heard = published('to-kafka:undelivered')
    const operator = toKafka<{ topic: string; value: string }>(configFor(cluster), {
      onUnsubscribe: 'discard',
    })
    const delivered = listen(concat(from(records(['a'])), NEVER).pipe(operator))
    cluster
      .on('Produce')
      .call(() => delivered.subscription.unsubscribe())
      .reply('NOT_ENOUGH_REPLICAS')
    await until(() => heard.length === 1)
    expect(requestsOf(cluster, 'Produce')).toHaveLength(1)
    expect(heard).toMatchObject([{ error: { code: 'NOT_ENOUGH_REPLICAS' } }])
  })
})
