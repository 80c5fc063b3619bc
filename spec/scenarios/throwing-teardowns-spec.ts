import { finalize, Observable, Subject, takeUntil, using } from 'rxjs'
import {
  DeliveryError,
  type KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
  type ToKafkaOptions,
  toKafka,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { passTime } from '../support/pass-time.ts'
import { listen, records, until } from '../support/scenario.ts'
import { thrownIn, unhandledErrors } from '../support/unhandled.ts'
import { VirtualStage } from './virtual-stage.ts'

// An exception in a user's teardown affects its own stream. RxJS reports it; the producer, and all
// other streams and callers, are not affected.

const bug = new Error('a bug of the user')
const throws = () => {
  throw bug
}

type Delivering = (source: Observable<ProducerRecord>) => Observable<RecordMetadata<ProducerRecord>>

/** Where a teardown may be, above and below the operator. */
const teardowns: Readonly<Record<string, (deliver: Delivering) => Delivering>> = {
  'finalize above': (deliver) => (source) => source.pipe(finalize(throws), deliver),
  'finalize below': (deliver) => (source) => source.pipe(deliver, finalize(throws)),
  using: (deliver) => (source) =>
    using(
      () => ({ unsubscribe: throws }),
      () => source,
    ).pipe(deliver),
  'the teardown of the source': (deliver) => (source) =>
    new Observable<ProducerRecord>((out) => {
      out.add(source.subscribe(out))
      return throws
    }).pipe(deliver),
  'the notifier of takeUntil': (deliver) => (source) =>
    source.pipe(takeUntil(new Observable<never>(() => throws)), deliver),
}

interface Ending {
  readonly source: Subject<ProducerRecord>
  readonly producer: KafkaProducer
}

/** How a stream may end, and what it emits then. */
const endings: Readonly<Record<string, readonly [end: (parts: Ending) => void, says: object]>> = {
  'its source completes': [({ source }) => source.complete(), { kind: 'complete' }],
  'its source fails': [
    ({ source }) => source.error('no more'),
    { kind: 'error', error: 'no more' },
  ],
  'a record fails': [
    ({ source }) => source.next({ topic: 't', value: 5 as never }),
    { kind: 'error', error: expect.objectContaining({ code: 'SERIALIZER_FAILED' }) },
  ],
  'the producer is closed': [
    ({ producer }) => void producer.close(),
    { kind: 'error', error: expect.objectContaining({ code: 'CLOSED' }) },
  ],
}

const valuesOf = (delivered: { readonly values: readonly RecordMetadata<ProducerRecord>[] }) =>
  delivered.values.map(({ record }) => record.value)

const orders: readonly ToKafkaOptions[] = [{}, { order: 'input' }]
const cases = Object.keys(teardowns).flatMap((teardown) =>
  Object.keys(endings).flatMap((ending) =>
    orders.map((options) => [teardown, ending, options] as const),
  ),
)

describe('a teardown that throws', () => {
  it.each(cases)('(%s, when %s, %o) affects only its stream', async (place, when, options) => {
    const unhandled = unhandledErrors()
    const stage = new VirtualStage()
    const producer = stage.producer({ 'linger.ms': 5 })
    void producer.send({ topic: 't', value: 'first' })
    await passTime(stage.clock, 1000)
    const source = new Subject<ProducerRecord>()
    const deliver = teardowns[place]!(toKafka(producer, options) as Delivering)
    const [end, says] = endings[when]!

    const hostile = listen(deliver(source))
    const other$ = new Subject<ProducerRecord>()
    const other = listen(other$.pipe(toKafka(producer, options)))
    source.next({ topic: 't', value: 'hostile' })
    other$.next({ topic: 't', value: 'other' })
    const sent = producer.send({ topic: 't', value: 'sent' })
    end({ source, producer })
    await passTime(stage.clock, 1000)
    const isClosed = when === 'the producer is closed'
    if (!isClosed) other$.next({ topic: 't', value: 'later' })
    const closing = producer.close()
    await passTime(stage.clock, 1000)

    await closing
    await sent
    expect(valuesOf(hostile)).toEqual(['hostile'])
    expect(hostile.end).toMatchObject(says)
    expect(valuesOf(other)).toEqual(isClosed ? ['other'] : ['other', 'later'])
    expect(await other.ended).toMatchObject({ name: 'ConnectionError', code: 'CLOSED' })
    const log = stage.cluster.records('t').map(({ valueText }) => valueText)
    expect(log).toEqual(['first', 'hostile', 'other', 'sent', ...(isClosed ? [] : ['later'])])
    expect(stage.cluster.connections).toBe(0)
    await until(() => unhandled.length > 0)
    expect(new Set(unhandled.flatMap(thrownIn))).toEqual(new Set([bug]))
  })

  it.each(Object.keys(teardowns))('(%s) throws in the caller of unsubscribe()', async (place) => {
    const stage = new VirtualStage()
    const producer = stage.producer({ 'linger.ms': 5 })
    const source = new Subject<ProducerRecord>()
    const deliver = teardowns[place]!(toKafka(producer) as Delivering)
    const subscription = deliver(source).subscribe()
    source.next({ topic: 't', value: 'accepted' })
    await passTime(stage.clock, 100)
    source.next({ topic: 'nowhere', value: 'waiting' })

    expect(() => subscription.unsubscribe()).toThrow(bug.message)
    const sent = producer.send({ topic: 't', value: 'sent' })
    await passTime(stage.clock, 1000)
    await sent
    const closing = producer.close()
    await passTime(stage.clock, 1000)

    await closing
    const log = stage.cluster.records('t').map(({ valueText }) => valueText)
    expect(log).toEqual(['accepted', 'sent'])
  })
})

describe('the stream’s own producer', () => {
  const own = (stage: VirtualStage, more: Partial<ProducerConfig> = {}) =>
    toKafka<ProducerRecord>(
      { 'bootstrap.servers': stage.cluster.bootstrapServers, 'linger.ms': 5, ...more },
      { runtime: stage.runtime },
    ) as Delivering

  it.each(Object.keys(teardowns))(
    'is closed when the stream is unsubscribed and %s throws',
    async (place) => {
      const stage = new VirtualStage()
      const source = new Subject<ProducerRecord>()
      const subscription = teardowns[place]!(own(stage))(source).subscribe()
      source.next({ topic: 't', value: 'a' })
      await passTime(stage.clock, 100)
      expect(stage.cluster.connections).toBeGreaterThan(0)

      expect(() => subscription.unsubscribe()).toThrow(bug.message)
      await passTime(stage.clock, 1000)

      expect(stage.cluster.connections).toBe(0)
      expect(stage.clock.pending).toBe(0)
    },
  )

  it.each(Object.keys(teardowns))(
    'reports all records in its error when %s throws',
    async (place) => {
      const unhandled = unhandledErrors()
      const stage = new VirtualStage()
      const source = new Subject<ProducerRecord>()
      const delivered = listen(teardowns[place]!(own(stage))(source))
      for (const record of records(['a', 'b'])) source.next(record)
      source.next({ topic: 't', value: 5 as never })
      await passTime(stage.clock, 1000)

      const error = (await delivered.ended) as DeliveryError<ProducerRecord>
      expect(error).toBeInstanceOf(DeliveryError)
      expect(error.code).toBe('SERIALIZER_FAILED')
      expect(error.unsent.map(({ record }) => record.value)).toEqual(['a', 'b', 5])
      expect(stage.cluster.connections).toBe(0)
      await until(() => unhandled.length > 0)
    },
  )
})

describe('a listener of events$ whose teardown throws', () => {
  it.each(['used', 'never used'])(
    'does not keep a producer that was %s from closing',
    async (use) => {
      const unhandled = unhandledErrors()
      const stage = new VirtualStage()
      const producer = stage.producer()
      producer.events$.pipe(finalize(throws)).subscribe()
      const other = listen(producer.events$)
      if (use === 'used') void producer.send({ topic: 't', value: 'a' })
      await passTime(stage.clock, 100)

      const closing = producer.close()
      await passTime(stage.clock, 1000)

      await closing
      expect(other.end).toEqual({ kind: 'complete' })
      await until(() => unhandled.length > 0)
      expect(unhandled.flatMap(thrownIn)).toEqual([bug])
    },
  )
})
