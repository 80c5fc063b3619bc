import { concat, from, NEVER, of } from 'rxjs'
import { toKafka, toKafkaSettled } from 'to-kafka'
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
  it('sends what lingers, and resolves when every record given before has its result', async () => {
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

  it('resolves at once where nothing was given', async () => {
    const { cluster, producer } = await startProducer()
    await producer.flush()
    expect(cluster.requests).toEqual([])
  })

  it('does not fail when a record does', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const producer = producerFor(cluster, lingering)
    const failed = producer.send({ topic: 't', value: 'a' }).catch((error) => error.code)
    await producer.flush()
    expect(await failed).toBe('INVALID_RECORD')
  })

  it('waits for what waits: for metadata, for a serializer, for memory', async () => {
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

  it('does not wait for what comes later', async () => {
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

  it('called again meanwhile waits for what the first call waits for, too', async () => {
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

  it('called twice inside one result waits both times for what was pushed back there', async () => {
    const { producer } = await startProducer()
    const order: string[] = []
    const { subject, source } = watched<{ topic: string; value: string }>()
    const flushes: Promise<unknown>[] = []
    source.pipe(toKafka(producer)).subscribe(({ record }) => {
      order.push(record.value)
      if (record.value !== 'a') return
      subject.next({ topic: 't', value: 'b' })
      flushes.push(producer.flush().then(() => order.push('first')))
      flushes.push(producer.flush().then(() => order.push('second')))
    })
    subject.next({ topic: 't', value: 'a' })
    await until(() => flushes.length === 2)
    await Promise.all(flushes)
    expect(order).toEqual(['a', 'b', 'first', 'second'])
  })

  it('does not wait for what a stream has taken back', async () => {
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
  it('delivers what was given, ends all connections, and completes events$', async () => {
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

  it('of a producer that was never used asks nobody anything', async () => {
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

  it('is cut short by a later call whose timeout ends sooner, and gives both the same end', async () => {
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

  it('refuses the records of streams, too', async () => {
    const { producer } = await startProducer()
    await producer.send({ topic: 't', value: 'a' })
    const { subject, source, isReleased } = watched<{ topic: string; value: string }>()
    const open = listen(source.pipe(toKafka(producer)))
    await producer.close()
    expect(open.end).toBeNull()
    subject.next({ topic: 't', value: 'b' })
    expect(await open.ended).toMatchObject({ code: 'CLOSED', counts: { unsent: 1 } })
    expect(isReleased()).toBe(true)
    const settledOnes = listen(from(records(['c', 'd'])).pipe(toKafkaSettled(producer)))
    expect(await settledOnes.ended).toBeNull()
    expect(settledOnes.values.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('with timeout 0 fails everything that has no result yet, and says what may be in the log', async () => {
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

  it('while a record waits for metadata fails it within the wait', async () => {
    const { producer } = await startProducer()
    const waiting = producer.send({ topic: 'u', value: 'a' })
    const closed = producer.close({ timeout: 10 })
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await closed
  })

  it('while a serializer is at work waits for it, or fails its record', async () => {
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

  it('leaves the cause of an earlier failure as it is', async () => {
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
