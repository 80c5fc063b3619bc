import {
  endWith,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  pipe,
  Subject,
  takeUntil,
  tap,
} from 'rxjs'
import { type ProducerConfig, toKafka, toKafkaSettled, watermark } from 'to-kafka'
import type { MockCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  requested,
  startCluster,
  until,
} from '../support/scenario.ts'

// A consumer of topic `in`. It reads in the order of its log from the last committed offset, and
// its offsets are carried on the records for topic `out`.

interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: string
}

class Consumer {
  /** By partition, the committed offset: the next one to read. */
  readonly committed: number[]
  #messages: readonly Message[]

  constructor(partitions: number, messagesEach: number) {
    this.committed = Array(partitions).fill(0)
    const offsets = [...Array(messagesEach).keys()]
    this.#messages = offsets.flatMap((index) =>
      this.committed.map((_, partition) => {
        const offset = index * 3 // as in a compacted topic
        return { topic: 'in', partition, offset, value: `${partition}:${offset}` }
      }),
    )
  }

  /** The messages that it did not commit. */
  read(): Message[] {
    return this.#messages.filter(({ partition, offset }) => offset >= this.committed[partition]!)
  }

  commit({ partition, offset }: Message): void {
    this.committed[partition] = offset + 1
  }

  /** Messages that are committed, but not in the log of `out`: they would be lost. */
  lost(cluster: MockCluster): Message[] {
    const there = new Set([...cluster.read('out')].map(({ valueText }) => valueText))
    return this.#messages.filter(
      ({ partition, offset, value }) => offset < this.committed[partition]! && !there.has(value),
    )
  }
}

const topics = { out: { partitions: 4 } }
const toRecord = map((message: Message) => ({
  topic: 'out',
  key: message.value,
  value: message.value,
  message,
}))

describe('consume, transform, produce', () => {
  it('never commits a message whose record is not in the log, whatever breaks, and commits all in the end', async () => {
    const cluster = await startCluster({ brokers: 3, topics })
    const consumer = new Consumer(3, 100)
    cluster.on('Produce', { nth: 2 }).closeBeforeAppend()
    cluster.on('Produce', { nth: 4 }).reply('NOT_ENOUGH_REPLICAS')
    cluster.on('Produce', { nth: 6 }).call(() => {
      for (const partition of [0, 1, 2, 3]) cluster.moveLeader('out', partition, 1)
    })
    const lost: Message[] = []
    const delivered = listen(
      from(consumer.read()).pipe(
        toRecord,
        watermark(({ message }) => message, toKafka(configFor(cluster, { 'batch.size': 200 }))),
        tap((position) => {
          consumer.commit(position)
          lost.push(...consumer.lost(cluster))
        }),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(lost).toEqual([])
    expect(consumer.read()).toEqual([])
    expect(new Set(await logOf(cluster, 'out')).size).toBe(300)
  })

  it('continues after a crash from the committed offsets, and loses nothing', async () => {
    const cluster = await startCluster({ brokers: 3, topics })
    const consumer = new Consumer(3, 100)
    const config = configFor(cluster, { 'batch.size': 200 })
    const life = (committing: () => void = () => {}) =>
      listen(
        from(consumer.read()).pipe(
          toRecord,
          watermark(({ message }) => message, toKafka(config)),
          tap((position) => consumer.commit(position)),
          tap(committing),
        ),
      )

    const refuse = () => cluster.on('Produce').reply('INVALID_RECORD')
    expect(await life(refuse).ended).toMatchObject({ code: 'INVALID_RECORD' })
    cluster.clearFaults()
    expect(consumer.lost(cluster)).toEqual([])
    expect(consumer.read()).not.toHaveLength(0)
    expect(consumer.read()).not.toHaveLength(300)

    expect(await life().ended).toBeNull()
    expect(consumer.lost(cluster)).toEqual([])
    expect(consumer.read()).toEqual([])
  })

  it('stops with everything committed if the source is ended above the operator', async () => {
    const cluster = await startCluster({ topics })
    const consumer = new Consumer(2, 20)
    const stop$ = new Subject<void>()
    const delivered = listen(
      merge(from(consumer.read()), NEVER).pipe(
        takeUntil(stop$),
        toRecord,
        watermark(({ message }) => message, toKafka(configFor(cluster, { 'linger.ms': 60_000 }))),
        tap((position) => consumer.commit(position)),
      ),
    )
    await requested(cluster, 'Metadata')
    stop$.next()
    expect(await delivered.ended).toBeNull()
    expect(consumer.read()).toEqual([])
  })

  it('holds the source partition of a record that is rejected, and no other', async () => {
    const cluster = await startCluster({ topics })
    const consumer = new Consumer(2, 5)
    const delivered = listen(
      from(consumer.read()).pipe(
        toRecord,
        watermark(({ message }) => message, toKafkaSettled(refusing(cluster, '0:6'))),
        tap((position) => consumer.commit(position)),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(consumer.committed).toEqual([4, 13])
    expect(await logOf(cluster, 'out')).toHaveLength(9)
  })

  it('continues past a dead letter once that letter is in the log', async () => {
    const cluster = await startCluster({ topics: { ...topics, 'dead-letters': {} } })
    const consumer = new Consumer(2, 5)
    const deadLetters = producerFor(cluster)
    const delivered = listen(
      from(consumer.read()).pipe(
        toRecord,
        watermark(
          ({ message }) => message,
          pipe(
            toKafkaSettled(refusing(cluster, '0:6')),
            mergeMap((result) => {
              if (result.status === 'fulfilled') return of(result.metadata)
              const { record } = result
              const letter = { topic: 'dead-letters', key: record.key, value: record.value }
              return deadLetters.send(letter).then(() => ({ record }))
            }),
          ),
        ),
        tap((position) => consumer.commit(position)),
      ),
    )
    expect(await delivered.ended).toBeNull()
    expect(consumer.read()).toEqual([])
    expect(await logOf(cluster, 'dead-letters')).toEqual(['0:6'])
  })

  it('counts a message that becomes none, one or many records as done when all of them are acknowledged', async () => {
    const cluster = await startCluster({ topics })
    const producer = producerFor(cluster)
    const consumer = new Consumer(2, 6)
    const outputs = ({ value, offset }: Message) =>
      Array.from({ length: offset % 4 }, (_, copy) => ({ topic: 'out', value: `${value}/${copy}` }))
    const deliver = mergeMap((message: Message): Observable<{ record: Message }> => {
      return from(outputs(message)).pipe(
        toKafka(producer),
        ignoreElements(),
        endWith({ record: message }),
      )
    })
    const delivered = listen(
      from(consumer.read()).pipe(
        watermark((message) => message, deliver),
        tap((position) => consumer.commit(position)),
      ),
    )
    const expected = consumer
      .read()
      .flatMap((message) => outputs(message).map(({ value }) => value))
    expect(await delivered.ended).toBeNull()
    expect(consumer.read()).toEqual([])
    expect((await logOf(cluster, 'out')).sort()).toEqual(expected.sort())
  })

  it('does not commit past a record that is in flight, even if later ones are acknowledged', async () => {
    const cluster = await startCluster({ brokers: 2, topics: { out: { partitions: 2 } } })
    const refusals = cluster.on('Produce', { partition: 0 }).reply('NOT_ENOUGH_REPLICAS')
    const source = from([0, 1, 1].map((partition, offset) => ({ partition, offset })))
    const acknowledged: number[] = []
    const marks = listen(
      source.pipe(
        map(({ partition, offset }) => ({ topic: 'out', partition, value: `${offset}`, offset })),
        watermark(
          ({ offset }) => ({ partition: 0, offset }),
          pipe(
            toKafka(configFor(cluster)),
            tap(({ record }) => acknowledged.push(record.offset)),
          ),
        ),
        map(({ offset }) => offset),
      ),
    )
    await until(() => acknowledged.length === 2)
    expect(marks.values).toEqual([])
    refusals.cancel()
    expect(await marks.ended).toBeNull()
    expect([acknowledged, marks.values]).toEqual([[1, 2, 0], [2]])
  })
})

/** A configuration whose serializer has no bytes for one value. */
function refusing(cluster: MockCluster, refused: string): ProducerConfig {
  const serialize = (value: unknown) => {
    if (value === refused) throw new Error('no bytes for it')
    return value as string
  }
  return configFor(cluster, { 'value.serializer': serialize })
}
