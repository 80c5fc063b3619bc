import { from, merge, NEVER, Subject, take, takeUntil, takeWhile } from 'rxjs'
import { toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  lingering,
  listen,
  logOf,
  placing,
  records,
  requested,
  startCluster,
  startProducer,
  toValue,
  until,
} from '../support/scenario.ts'

describe('takeUntil above toKafka', () => {
  it('ends the source: records already emitted are delivered, and their results come before complete', async () => {
    const cluster = await startCluster()
    const stop$ = new Subject<void>()
    const delivered = listen(
      merge(from(records(['a', 'b'])), NEVER).pipe(
        takeUntil(stop$),
        toKafka(configFor(cluster, lingering)),
        toValue,
      ),
    )
    await requested(cluster, 'Metadata')
    stop$.next()
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['a', 'b'])
  })

  it('ends one stream of a shared producer without affecting the others', async () => {
    const { cluster, producer } = await startProducer()
    const [stop$, other$] = [new Subject<void>(), new Subject<{ topic: string; value: string }>()]
    const stopped = listen(
      merge(from(records(['a'])), NEVER).pipe(takeUntil(stop$), toKafka(producer), toValue),
    )
    const other = listen(other$.pipe(toKafka(producer), toValue))
    stop$.next()
    expect(await stopped.ended).toBeNull()
    expect(stopped.values).toEqual(['a'])
    other$.next({ topic: 't', value: 'b' })
    other$.complete()
    expect(await other.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['a', 'b'])
  })
})

describe('takeUntil below toKafka', () => {
  it('unsubscribes: it completes at once, and no further results are emitted', async () => {
    const cluster = await startCluster()
    const { placed, partitioner } = placing(2)
    const stop$ = new Subject<void>()
    const delivered = listen(
      merge(from(records(['a', 'b'])), NEVER).pipe(
        toKafka(configFor(cluster, { ...lingering, ...partitioner })),
        takeUntil(stop$),
      ),
    )
    await placed
    stop$.next()
    expect(delivered.end).toEqual({ kind: 'complete' })
    expect(delivered.values).toEqual([])
    await requested(cluster, 'Produce')
    await until(() => [...cluster.read('t')].length === 2)
    expect(delivered.values).toEqual([])
  })
})

describe('take', () => {
  it('above toKafka limits the number of records', async () => {
    const cluster = await startCluster()
    const source$ = merge(from(records(['a', 'b', 'c'])), NEVER)
    const delivered = listen(source$.pipe(take(2), toKafka(configFor(cluster)), toValue))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['a', 'b'])
    expect(await logOf(cluster)).toEqual(['a', 'b'])
  })

  it('below toKafka limits the number of results; records already accepted are still sent', async () => {
    const { cluster, producer } = await startProducer()
    await producer.send({ topic: 't', value: 'before' })
    const delivered = listen(
      from(records(['a', 'b', 'c'])).pipe(toKafka(producer), toValue, take(1)),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toEqual(['a'])
    await producer.flush()
    expect(await logOf(cluster)).toEqual(['before', 'a', 'b', 'c'])
  })
})

describe('takeWhile with inclusive: true above toKafka', () => {
  it('also sends the last record', async () => {
    const cluster = await startCluster()
    const delivered = listen(
      merge(from(records(['a', 'end', 'b'])), NEVER).pipe(
        takeWhile(({ value }) => value !== 'end', true),
        toKafka(configFor(cluster)),
        toValue,
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(await logOf(cluster)).toEqual(['a', 'end'])
  })
})
