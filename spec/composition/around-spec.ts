import {
  BehaviorSubject,
  bufferCount,
  combineLatest,
  EMPTY,
  expand,
  from,
  map,
  of,
  Subject,
  scan,
  tap,
  withLatestFrom,
} from 'rxjs'
import { toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  records,
  startCluster,
  startProducer,
  toValue,
} from '../support/scenario.ts'

interface Value {
  readonly topic: string
  readonly value: string
}

describe('a Subject as the source', () => {
  it('takes records before anything is connected, from any call site', async () => {
    const cluster = await startCluster()
    const source = new Subject<Value>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster)), toValue))
    source.next({ topic: 't', value: 'at once' })
    queueMicrotask(() => source.next({ topic: 't', value: 'from a microtask' }))
    setImmediate(() => {
      source.next({ topic: 't', value: 'from an event' })
      source.complete()
    })
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['at once', 'from a microtask', 'from an event'])
    expect(await logOf(cluster)).toEqual(delivered.values)
  })

  it('is unsubscribed when a record fails, and may continue to emit without harm', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const source = new Subject<Value>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster))))
    source.next({ topic: 't', value: 'a' })
    expect(await delivered.ended).toMatchObject({ code: 'INVALID_RECORD' })
    expect(source.observed).toBe(false)
    source.next({ topic: 't', value: 'b' })
    expect(await logOf(cluster)).toEqual([])
  })
})

describe('bufferCount below toKafka', () => {
  it('collects results in order, and emits the rest at the end', async () => {
    const cluster = await startCluster()
    const delivered = listen(
      from(records([...'abcde'])).pipe(toKafka(configFor(cluster)), toValue, bufferCount(2)),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })
})

describe('bufferCount above toKafka', () => {
  it('makes one record of several', async () => {
    const cluster = await startCluster()
    const delivered = listen(
      from([...'abcde']).pipe(
        bufferCount(2),
        map((letters) => ({ topic: 't', value: letters.join('') })),
        toKafka(configFor(cluster)),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['ab', 'cd', 'e'])
  })
})

describe('withLatestFrom', () => {
  it('above toKafka uses the latest value when a record is sent', async () => {
    const cluster = await startCluster({ topics: { blue: {}, green: {} } })
    const topic$ = new BehaviorSubject('blue')
    const source = new Subject<string>()
    const delivered = listen(
      source.pipe(
        withLatestFrom(topic$),
        map(([value, topic]) => ({ topic, value })),
        toKafka(configFor(cluster)),
      ),
    )
    source.next('a')
    topic$.next('green')
    source.next('b')
    source.complete()
    expect(await delivered.ended).toBeNull()
    expect([await logOf(cluster, 'blue'), await logOf(cluster, 'green')]).toEqual([['a'], ['b']])
  })

  it('below toKafka uses the latest value when the result arrives', async () => {
    const cluster = await startCluster()
    const phase$ = new BehaviorSubject('given')
    cluster.on('Produce').call(() => phase$.next('asked'))
    const delivered = listen(
      from(records(['a'])).pipe(
        toKafka(configFor(cluster)),
        withLatestFrom(phase$),
        map(([, phase]) => phase),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['asked'])
  })
})

describe('a feedback loop', () => {
  it('with expand: each result leads to the next record', async () => {
    const { cluster, producer } = await startProducer()
    const send = (number: number) =>
      of({ topic: 't', value: `${number}`, number }).pipe(toKafka(producer))
    const delivered = listen(
      send(1).pipe(expand(({ record }) => (record.number < 5 ? send(record.number + 1) : EMPTY))),
    )
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['1', '2', '3', '4', '5'])
  })

  it('with a Subject: a rejected record is sent again in another form', async () => {
    const cluster = await startCluster()
    const config = configFor(cluster, { 'max.request.size': 600 })
    const source = new Subject<Value>()
    const delivered = listen(
      source.pipe(
        toKafkaSettled(config),
        tap((result) => {
          if (result.status === 'fulfilled') return source.complete()
          const { topic, value } = result.record
          source.next({ topic, value: value.slice(0, value.length / 2) })
        }),
        map(({ status }) => status),
      ),
    )
    source.next({ topic: 't', value: 'x'.repeat(2000) })
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await logOf(cluster)).toEqual(['x'.repeat(500)])
  })
})

describe('two operators on one producer', () => {
  it('one after the other in one stream: the results of the first become the records of the second', async () => {
    const cluster = await startCluster({ topics: { orders: {}, audit: {} } })
    const producer = producerFor(cluster)
    const delivered = listen(
      from(['o-1', 'o-2']).pipe(
        map((value) => ({ topic: 'orders', value })),
        toKafka(producer),
        map(({ offset, record }) => ({ topic: 'audit', value: `${record.value} at ${offset}` })),
        toKafka(producer),
        toValue,
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster, 'audit')).toEqual(['o-1 at 0', 'o-2 at 1'])
    expect(delivered.values).toEqual(['o-1 at 0', 'o-2 at 1'])
  })

  it('side by side: each gets its own results, and a failure of one does not affect the other', async () => {
    const cluster = await startCluster({ topics: { good: {}, bad: {} } })
    cluster.on('Produce', { topic: 'bad' }).reply('INVALID_RECORD')
    const producer = producerFor(cluster)
    const source = new Subject<string>()
    const to = (topic: string) =>
      source.pipe(
        map((value) => ({ topic, value })),
        toKafka(producer),
      )
    const [good, bad] = [listen(to('good').pipe(toValue)), listen(to('bad'))]
    source.next('a')
    expect(await bad.ended).toMatchObject({ code: 'INVALID_RECORD' })
    source.next('b')
    source.complete()
    expect(await good.ended).toBeNull()
    expect(good.values).toEqual(['a', 'b'])
    expect(await logOf(cluster, 'good')).toEqual(['a', 'b'])
  })

  it('combined: each side proceeds at its own pace', async () => {
    const cluster = await startCluster({ topics: { left: {}, right: {} } })
    const producer = producerFor(cluster)
    const counted = (topic: string, values: readonly string[]) =>
      from(records(values, topic)).pipe(
        toKafka(producer),
        scan((count) => count + 1, 0),
      )
    const delivered = listen(
      combineLatest([counted('left', ['a', 'b', 'c']), counted('right', ['x'])]),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.at(-1)).toEqual([3, 1])
  })
})
