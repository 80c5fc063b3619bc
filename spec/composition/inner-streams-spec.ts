import {
  concatMap,
  count,
  from,
  groupBy,
  map,
  mergeMap,
  Subject,
  switchMap,
  toArray,
  windowCount,
  windowTime,
} from 'rxjs'
import { toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { letters, marbleCluster } from '../support/marble-cluster.ts'
import {
  listen,
  logOf,
  producerFor,
  records,
  startCluster,
  startProducer,
  toValue,
  until,
} from '../support/scenario.ts'

describe('groupBy', () => {
  it('gives each group its own stream on one producer, each in order', async () => {
    const cluster = await startCluster({ topics: { even: {}, odd: {} } })
    const producer = producerFor(cluster)
    const delivered = listen(
      from([1, 2, 3, 4, 5, 6]).pipe(
        groupBy((number) => (number % 2 === 0 ? 'even' : 'odd')),
        mergeMap((numbers$) =>
          numbers$.pipe(
            map((number) => ({ topic: numbers$.key, value: `${number}` })),
            toKafka(producer),
          ),
        ),
        toValue,
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect([...delivered.values].sort()).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(await logOf(cluster, 'even')).toEqual(['2', '4', '6'])
    expect(await logOf(cluster, 'odd')).toEqual(['1', '3', '5'])
  })

  it('ends all groups when a record of one is not delivered', async () => {
    const cluster = await startCluster({ topics: { even: {}, odd: {} } })
    cluster.on('Produce', { topic: 'odd' }).reply('INVALID_RECORD')
    const producer = producerFor(cluster)
    const source = new Subject<number>()
    const delivered = listen(
      source.pipe(
        groupBy((number) => (number % 2 === 0 ? 'even' : 'odd')),
        mergeMap((numbers$) =>
          numbers$.pipe(
            map((number) => ({ topic: numbers$.key, value: `${number}` })),
            toKafka(producer),
          ),
        ),
      ),
    )
    source.next(1)
    expect(await delivered.ended).toMatchObject({ code: 'INVALID_RECORD', topic: 'odd' })
    expect(source.observed).toBe(false)
  })
})

describe('windowCount', () => {
  it('with mergeMap loses no record: each window completes when all of its records are delivered', async () => {
    const { cluster, producer } = await startProducer()
    const delivered = listen(
      from(records(['a', 'b', 'c', 'd', 'e'])).pipe(
        windowCount(2),
        mergeMap((window$) => window$.pipe(toKafka(producer), toValue, toArray())),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(await logOf(cluster)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('with concatMap loses what is emitted while it waits: windows are hot', async () => {
    const { producer } = await startProducer()
    const delivered = listen(
      from(records(['a', 'b', 'c', 'd', 'e'])).pipe(
        windowCount(2),
        concatMap((window$) => window$.pipe(toKafka(producer), toValue, toArray())),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual([['a', 'b'], [], []])
  })
})

describe('windowTime', () => {
  it('counts the delivered records of each window when the last one is delivered', () =>
    marbleCluster(({ cold, expectObservable, flush }, { cluster, config, options }) => {
      const source$ = cold('                     abc 147ms d 99ms e 20ms |')
      // A producer for each window gets its records, and is closed, within a few frames.
      const counts$ = source$.pipe(
        letters,
        windowTime(100),
        mergeMap((window$) => window$.pipe(toKafka(config, options), count())),
      )
      expectObservable(counts$.pipe(toArray())).toBe('271ms (r|)', { r: [3, 1, 1] })
      flush()
      expect(cluster.records('t').map(({ valueText }) => valueText)).toEqual([...'abcde'])
    }))
})

describe('switchMap', () => {
  it('unsubscribes: accepted records are still delivered, without results', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'before' }) // now the topic is known: nothing waits
    const outer = new Subject<string>()
    const delivered = listen(
      outer.pipe(
        switchMap((word) => from(records([`${word} 1`, `${word} 2`])).pipe(toKafka(producer))),
        toValue,
      ),
    )
    outer.next('first')
    outer.next('second')
    outer.complete()
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['second 1', 'second 2'])
    expect(await logOf(cluster)).toEqual(['before', 'first 1', 'first 2', 'second 1', 'second 2'])
  })

  it('drops waiting records, for example those of a topic that is not known yet', async () => {
    const { cluster, producer } = await startProducer()
    const outer = new Subject<string>()
    const delivered = listen(
      outer.pipe(
        switchMap((word) => from(records([word])).pipe(toKafka(producer))),
        toValue,
      ),
    )
    outer.next('first')
    outer.next('second')
    outer.complete()
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['second'])
  })

  it('above toKafka only selects what is sent', async () => {
    const { producer } = await startProducer()
    const outer = new Subject<string>()
    const delivered = listen(
      outer.pipe(
        switchMap((word) => from(records([`${word} 1`, `${word} 2`]))),
        toKafka(producer),
        toValue,
      ),
    )
    outer.next('first')
    outer.next('second')
    await until(() => delivered.values.length === 4)
    outer.complete()
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['first 1', 'first 2', 'second 1', 'second 2'])
  })
})
