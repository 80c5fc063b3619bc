import { concat, from, NEVER, of, tap } from 'rxjs'
import { paced, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  deferred,
  lingering,
  listen,
  logOf,
  producerFor,
  records,
  requested,
  settle,
  startCluster,
  startProducer,
  until,
  watched,
} from '../support/scenario.ts'

describe('flush', () => {
  it('sends lingering batches, and resolves when every earlier record has its result', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 3 } } })
    const producer = producerFor(cluster, lingering)
    const order: string[] = []
    for (let partition = 0; partition < 3; partition += 1) {
      void producer
        .send({ topic: 't', partition, value: `${partition}` })
        .then(() => order.push('sent'))
    }
    await producer.flush()
    order.push('flushed')
    expect(order).toEqual(['sent', 'sent', 'sent', 'flushed'])
    expect(await cluster.records('t')).toHaveLength(3)
  })

  it('resolves at once if no record was sent', async () => {
    const { cluster, producer } = await startProducer()
    await producer.flush()
    expect(cluster.requests).toEqual([])
  })

  it('may be called ten thousand times while one record waits for its topic', async () => {
    const cluster = await startCluster()
    const producer = producerFor(cluster)
    const order: string[] = []
    void producer.send({ topic: 't', value: 'a' }).then(() => order.push('sent'))
    const flushes = Array.from({ length: 10_000 }, () => producer.flush())
    await Promise.race(flushes.map((flush) => flush.then(() => order.push('flushed'))))
    await Promise.all(flushes)
    expect(order.slice(0, 2)).toEqual(['sent', 'flushed'])
    expect(await producer.send({ topic: 't', value: 'b' })).toMatchObject({ offset: 1 })
  })

  it.each(['serializer', 'interceptor', 'partitioner'])(
    'waits for the record whose %s calls it',
    async (who) => {
      const cluster = await startCluster()
      const order: string[] = []
      const flush = () => void producer.flush().then(() => order.push('flushed'))
      const producer = producerFor(cluster, {
        ...lingering,
        ...(who === 'serializer' && {
          'value.serializer': ((value: string) => {
            if (value === 'b') flush()
            return value
          }) as never,
        }),
        ...(who === 'interceptor' && {
          'interceptor.classes': [
            {
              onSend(record) {
                if (record.value === 'b') flush()
                return record
              },
            },
          ],
        }),
        ...(who === 'partitioner' && {
          'partitioner.class': ({ value }) => {
            if (value === 'b') flush()
            return 0
          },
        }),
      })
      await producer.partitionsFor('t') // so that nothing waits
      const sent = [
        producer.send({ topic: 't', value: 'a' }),
        producer.send({ topic: 't', value: 'b' }).then(() => order.push('sent')),
      ]
      await Promise.all(sent)
      await producer.flush()
      expect(order).toEqual(['sent', 'flushed'])
    },
  )

  it('does not fail when a record does', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const producer = producerFor(cluster, lingering)
    const failed = producer.send({ topic: 't', value: 'a' }).catch((error) => error.code)
    await producer.flush()
    expect(await failed).toBe('INVALID_RECORD')
  })

  it('waits for records that wait for metadata, a serializer or memory', async () => {
    const cluster = await startCluster()
    const { promise, resolve } = deferred<string>()
    const producer = producerFor(cluster, {
      'buffer.memory': 1024,
      'batch.size': 1024,
      'value.serializer': ((value: string) => (value === 'slow' ? promise : value)) as never,
    })
    const done: string[] = []
    const give = (topic: string, value: string) =>
      void producer.send({ topic, value }).then(() => done.push(value.slice(0, 5)))
    give('u', 'later')
    for (let index = 0; index < 5; index += 1) give('t', `${index}`.padEnd(600, '.'))
    give('t', 'slow')
    const flushed = producer.flush().then(() => done.push('flushed'))
    await until(() => done.length === 5)
    await settle()
    expect(done).not.toContain('flushed')
    resolve('slow')
    await until(() => done.includes('slow'))
    await settle()
    expect(done).not.toContain('flushed')
    cluster.createTopic('u', {})
    await flushed
    expect(done.at(-1)).toBe('flushed')
    expect(done).toHaveLength(8)
  })

  it('does not wait for later records', async () => {
    const { cluster, producer } = await startProducer(lingering)
    void producer.send({ topic: 't', value: 'warm' })
    await producer.flush()
    void producer.send({ topic: 't', value: 'a' })
    const flushed = producer.flush()
    const later = producer.send({ topic: 't', value: 'b' })
    await flushed
    expect(await logOf(cluster)).toEqual(['warm', 'a'])
    await producer.flush()
    expect((await later).offset).toBe(2)
  })

  it('called again meanwhile also waits for what the first call waits for', async () => {
    const { cluster, producer } = await startProducer()
    const order: string[] = []
    void producer.send({ topic: 'u', value: 'a' }).then(() => order.push('a'))
    const flushes = ['first', 'second', 'third'].map((name) =>
      producer.flush().then(() => order.push(name)),
    )
    await requested(cluster, 'Metadata', 2)
    expect(order).toEqual([])
    cluster.createTopic('u', {})
    await Promise.all(flushes)
    expect(order).toEqual(['a', 'first', 'second', 'third'])
  })

  it('called twice inside one result waits both times for records that were pushed there', async () => {
    const { producer } = await startProducer()
    const order: string[] = []
    const { subject, source } = watched<{ topic: string; value: string }>()
    const flushes: Promise<unknown>[] = []
    const subscription = source.pipe(toKafka(producer)).subscribe(({ record }) => {
      order.push(record.value)
      if (record.value !== 'a') return
      subject.next({ topic: 't', value: 'b' })
      flushes.push(producer.flush().then(() => order.push('first')))
      flushes.push(producer.flush().then(() => order.push('second')))
    })
    subject.next({ topic: 't', value: 'a' })
    await until(() => flushes.length === 2)
    await Promise.all(flushes)
    subscription.unsubscribe()
    expect(order).toEqual(['a', 'b', 'first', 'second'])
  })

  it('does not wait for records that a stream has withdrawn', async () => {
    const { producer } = await startProducer()
    const delivered = listen(concat(of({ topic: 'u', value: 'a' }), NEVER).pipe(toKafka(producer)))
    const flushed = producer.flush()
    delivered.subscription.unsubscribe()
    await flushed
  })

  it('waits for the parts of a batch that is too large for the broker', async () => {
    const cluster = await startCluster({ messageMaxBytes: 600 })
    const producer = producerFor(cluster, lingering)
    const results = records(['a', 'b', 'c', 'd']).map((record) =>
      producer.send({ ...record, value: record.value.repeat(200) }),
    )
    let settled = 0
    for (const result of results) void result.then(() => (settled += 1))
    await producer.flush()
    expect(settled).toBe(4)
    const offsets = (await Promise.all(results)).map(({ offset }) => offset)
    expect(offsets).toEqual([0, 1, 2, 3])
  })
})

describe('close', () => {
  it('delivers pending records, ends all connections, and completes events$', async () => {
    const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 4 } } })
    const producer = producerFor(cluster, lingering)
    let completed = false
    producer.events$.subscribe({ complete: () => (completed = true) })
    const sent = [0, 1, 2, 3].map((partition) =>
      producer.send({ topic: 't', partition, value: 'a' }),
    )
    await producer.close()
    expect(await Promise.all(sent)).toHaveLength(4)
    expect(await cluster.records('t')).toHaveLength(4)
    expect(completed).toBe(true)
  })

  it('delivers records that were sent just before, also inside a result', async () => {
    const { cluster, producer } = await startProducer()
    const { subject, source } = watched<{ topic: string; value: string }>()
    let closed: Promise<void> | undefined
    const sent: Promise<unknown>[] = []
    const results = listen(
      source.pipe(
        toKafka(producer),
        tap(({ record }) => {
          if (record.value !== 'a') return
          subject.next({ topic: 't', value: 'b' })
          sent.push(producer.send({ topic: 't', value: 'c' }))
          closed = producer.close()
          sent.push(producer.send({ topic: 't', value: 'd' }).catch((error) => error.code))
        }),
      ),
    )
    subject.next({ topic: 't', value: 'a' })
    await results.ended
    await closed
    expect(await Promise.all(sent)).toMatchObject([{ offset: 2 }, 'CLOSED'])
    expect(await logOf(cluster)).toEqual(['a', 'b', 'c'])
  })

  it('of an unused producer sends no request', async () => {
    const cluster = await startCluster()
    await producerFor(cluster).close()
    expect(cluster.requests).toEqual([])
  })

  it('twice is the same as once', async () => {
    const { producer } = await startProducer()
    await producer.send({ topic: 't', value: 'a' })
    expect(producer.close()).toBe(producer.close({ timeout: 0 }))
    await producer.close()
    await producer.close()
  })

  it('is cut short by a later call whose timeout ends sooner, with the same result for both', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce').hang()
    const sent = producer.send({ topic: 't', value: 'a' }).catch((error) => error)
    await requested(cluster, 'Produce', 2)
    const closing = producer.close({ timeout: 600_000 })
    expect(producer.close()).toBe(closing)
    expect(producer.close({ timeout: 0 })).toBe(closing)
    expect(producer.close({ timeout: 500_000 })).toBe(closing)
    expect(await sent).toMatchObject({ code: 'CLOSED', persisted: 'possibly' })
    await closing
  })

  it.each([-1, Number.NaN])('refuses a timeout of %s', async (timeout) => {
    const { producer } = await startProducer()
    expect(() => producer.close({ timeout })).toThrow(RangeError)
  })

  it('refuses records from its call on', async () => {
    const { cluster, producer } = await startProducer()
    const before = producer.send({ topic: 't', value: 'before' })
    const closed = producer.close()
    await expect(producer.send({ topic: 't', value: 'after' })).rejects.toMatchObject({
      name: 'DeliveryError',
      code: 'CLOSED',
      topic: 't',
      persisted: 'no',
    })
    await closed
    expect((await before).offset).toBe(0)
    await expect(producer.send({ topic: 't', value: 'late' })).rejects.toMatchObject({
      code: 'CLOSED',
    })
    await producer.flush()
    expect(await logOf(cluster)).toEqual(['before'])
  })

  it('ends streams that are open: no more input, all results, then an error', async () => {
    const { cluster, producer } = await startProducer(lingering)
    const one = watched<{ topic: string; value: string }>()
    const other = watched<{ topic: string; value: string }>()
    const failing = listen(one.source.pipe(toKafka(producer)))
    const settled = listen(other.source.pipe(toKafkaSettled(producer)))
    for (const { subject } of [one, other]) subject.next({ topic: 't', value: 'before' })
    const closed = producer.close()
    for (const { subject, isReleased } of [one, other]) {
      expect(isReleased()).toBe(true)
      subject.next({ topic: 't', value: 'after' })
    }
    for (const { ended, values } of [failing, settled]) {
      expect(await ended).toMatchObject({ name: 'ConnectionError', code: 'CLOSED' })
      expect(values).toHaveLength(1)
    }
    await closed
    expect(await logOf(cluster)).toEqual(['before', 'before'])
  })

  it('fails a stream that only waits for input once nothing is outstanding in any stream', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce', { nth: 2 }).delay(20)
    const idle = listen(NEVER.pipe(toKafka(producer)))
    const order: string[] = []
    void producer.send({ topic: 't', value: 'a' }).then(() => order.push('sent'))
    void idle.ended.then(() => order.push('failed'))
    await producer.close()
    expect(order).toEqual(['sent', 'failed'])
    expect(idle.end).toMatchObject({ kind: 'error', error: { code: 'CLOSED' } })
  })

  it('completes streams whose source had ended', async () => {
    const { producer } = await startProducer(lingering)
    const ended = listen(from(records(['a', 'b'])).pipe(toKafka(producer)))
    await producer.close()
    expect(ended.values).toHaveLength(2)
    expect(ended.end).toEqual({ kind: 'complete' })
  })

  it('pulls no more from a paced source, and releases it', async () => {
    const { producer } = await startProducer()
    let pulled = 0
    let released = 0
    function* endless() {
      try {
        for (;;) {
          pulled += 1
          yield { topic: 't', value: 'v' }
        }
      } finally {
        released += 1
      }
    }
    const results = listen(paced(endless(), producer).pipe(toKafkaSettled(producer)))
    await until(() => results.values.length > 100)
    const closed = producer.close()
    const given = pulled
    expect(released).toBe(1)
    expect(await results.ended).toMatchObject({ code: 'CLOSED' })
    await closed
    expect(results.values.map(({ status }) => status)).toEqual(Array(given).fill('fulfilled'))
    expect(pulled).toBe(given)
  })

  it('lists the lost records if it has a timeout', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce').hang()
    const source = concat(of({ topic: 't', value: 'a' }), NEVER)
    const delivered = listen(source.pipe(toKafka(producer)))
    await requested(cluster, 'Produce', 2)
    await producer.close({ timeout: 0 })
    const counts = { acknowledged: 0, unsent: 0, unknown: 1 }
    expect(await delivered.ended).toMatchObject({ name: 'DeliveryError', code: 'CLOSED', counts })
  })

  it('fails a stream that is subscribed later, without subscribing to its source', async () => {
    const { producer } = await startProducer()
    const { source, isReleased } = watched<{ topic: string; value: string }>()
    const waiting = producer.send({ topic: 'u', value: 'a' }).catch(() => {})
    const closed = producer.close()
    const meanwhile = listen(source.pipe(toKafka(producer)))
    expect(meanwhile.end).toBeNull()
    void producer.close({ timeout: 0 })
    await Promise.all([waiting, closed])
    const late = listen(source.pipe(toKafkaSettled(producer)))
    for (const { end } of [meanwhile, late]) {
      expect(end).toMatchObject({ kind: 'error', error: { code: 'CLOSED' } })
    }
    expect(isReleased()).toBe(false) // it was never subscribed
  })

  it('may be called by a listener that is told that it was called', async () => {
    const { producer } = await startProducer()
    let again: Promise<void> | undefined
    NEVER.pipe(toKafka(producer)).subscribe({ error: () => (again = producer.close()) })
    const closed = producer.close()
    expect(again).toBe(closed)
    await closed
  })

  it('with timeout 0 fails every record without a result, and says which may be in the log', async () => {
    const { cluster, producer } = await startProducer({
      'max.in.flight.requests.per.connection': 1,
    })
    await producer.send({ topic: 't', value: 'warm' })
    cluster.on('Produce').hang()
    const sent = producer.send({ topic: 't', value: 'on its way' }).catch((error) => error)
    await requested(cluster, 'Produce', 2)
    const batched = producer.send({ topic: 't', value: 'in a batch' }).catch((error) => error)
    const waiting = producer.send({ topic: 'u', value: 'waits' }).catch((error) => error)
    await settle()
    await producer.close({ timeout: 0 })
    expect(await sent).toMatchObject({ code: 'CLOSED', persisted: 'possibly', attempts: 1 })
    expect(await batched).toMatchObject({ code: 'CLOSED', persisted: 'no', attempts: 0 })
    expect(await waiting).toMatchObject({ code: 'CLOSED', persisted: 'no', topic: 'u' })
    expect(await logOf(cluster)).toEqual(['warm', 'on its way'])
  })

  it('while a record waits for metadata fails it before max.block.ms', async () => {
    const { producer } = await startProducer()
    const waiting = producer.send({ topic: 'u', value: 'a' })
    const closed = producer.close({ timeout: 10 })
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await closed
  })

  it('while a serializer runs waits for it, or fails its record', async () => {
    const cluster = await startCluster()
    const never = producerFor(cluster, { 'value.serializer': () => new Promise(() => {}) })
    const lost = never.send({ topic: 't', value: 'a' })
    const closed = never.close({ timeout: 0 })
    await expect(lost).rejects.toMatchObject({ code: 'CLOSED' })
    await closed
    const { promise, resolve } = deferred<string>()
    const late = producerFor(cluster, { 'value.serializer': () => promise })
    const sent = late.send({ topic: 't', value: 'b' })
    const closing = late.close()
    resolve('b')
    expect((await sent).offset).toBe(0)
    await closing
  })

  it('with a timeout that is not reached delivers everything', async () => {
    const { producer } = await startProducer(lingering)
    const sent = producer.send({ topic: 't', value: 'a' })
    await producer.close({ timeout: 30_000 })
    expect((await sent).offset).toBe(0)
  })

  it('does not change the cause of an earlier failure', async () => {
    const cluster = await startCluster()
    const { promise } = deferred<string>()
    const producer = producerFor(cluster, {
      'value.serializer': ((value: string) =>
        value === 'slow' ? promise : Promise.reject(new Error('the true cause'))) as never,
    })
    const slow = producer.send({ topic: 't', value: 'slow' }).catch((error) => error)
    const bad = producer.send({ topic: 't', value: 'bad' }).catch((error) => error)
    await settle()
    await producer.close({ timeout: 0 })
    expect(await slow).toMatchObject({ code: 'CLOSED' })
    expect(await bad).toMatchObject({ code: 'SERIALIZER_FAILED' })
  })
})
