import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { from, lastValueFrom, Subject, tap } from 'rxjs'
import {
  type Bytes,
  type KafkaProducer,
  type ProducerRecord,
  paced,
  type RecordMetadata,
  toKafka,
} from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  deferred,
  listen,
  producerFor,
  records,
  settle,
  startCluster,
} from '../support/scenario.ts'

// The AsyncLocalStorage that user code sees: that of its own caller, even if the code is called
// later, from the answer to another caller's request.

const request = new AsyncLocalStorage<string>()
const here = () => request.getStore() ?? 'none'

type Serializer = (value: never) => Bytes | Promise<Bytes>

/** A producer created in M whose connection was opened in A, and what its plug-ins recorded. */
async function openedByA(serialize: Serializer = (value) => value) {
  const cluster = await startCluster({ topics: { t: {}, other: {} } })
  const seen: string[] = []
  const note = (what: string, value: unknown) => seen.push(`${what}: ${value} in ${here()}`)
  const producer = request.run('M', () =>
    producerFor(cluster, {
      'interceptor.classes': [
        {
          onSend(record: ProducerRecord) {
            note('onSend', record.value)
            return record
          },
          onAcknowledgement: ({ record }: RecordMetadata) =>
            note('onAcknowledgement', record.value),
        },
      ],
      'value.serializer': (value: never) => {
        note('serializer', value)
        return serialize(value)
      },
      'partitioner.class': ({ value }: { value: Bytes }) => {
        note('partitioner', value)
        return 0
      },
    } as object),
  )
  await request.run('A', () => producer.send({ topic: 't', value: 'A' }))
  /** Where all three ran for a record. */
  const places = (value: string) =>
    seen
      .filter((line) => line.includes(`: ${value} in`) && !line.startsWith('onAck'))
      .map((line) => line.replace(/ .* in /, ' '))
  return { cluster, producer, seen, places }
}

const all = (place: string) => [`onSend: ${place}`, `serializer: ${place}`, `partitioner: ${place}`]

function push(source: Subject<ProducerRecord>, value: string, place = value, topic = 't'): void {
  request.run(place, () => source.next({ topic, value }))
}

describe('a stream gets', () => {
  const ends = ['result', 'complete', 'error'] as const

  /** What a subscriber in S got, and in which context. */
  function subscribed(source: Subject<ProducerRecord>, producer: KafkaProducer | object) {
    const told: string[] = []
    const { promise, resolve } = deferred<void>()
    const tell = (what: (typeof ends)[number]) => {
      told.push(`${what} in ${here()}`)
      if (what !== 'result') resolve()
    }
    request.run('S', () =>
      source.pipe(toKafka(producer as KafkaProducer)).subscribe({
        next: () => tell('result'),
        complete: () => tell('complete'),
        error: () => tell('error'),
      }),
    )
    return { told, ended: promise }
  }

  it('its results and its end in the context of its subscriber, on a shared producer', async () => {
    const { producer } = await openedByA()
    const orders$ = new Subject<ProducerRecord>()
    const { told, ended } = subscribed(orders$, producer)
    push(orders$, 'B')
    await producer.flush()
    push(orders$, 'C')
    request.run('D', () => orders$.complete())
    await ended
    expect(told).toEqual(['result in S', 'result in S', 'complete in S'])
  })

  it('likewise if its producer is its own', async () => {
    const cluster = await startCluster()
    const orders$ = new Subject<ProducerRecord>()
    const { told, ended } = subscribed(orders$, configFor(cluster))
    push(orders$, 'B')
    request.run('D', () => orders$.complete())
    await ended
    expect(told).toEqual(['result in S', 'complete in S'])
  })

  it('the error of a closed producer in its own context, not in that of the caller of close()', async () => {
    const { producer } = await openedByA()
    const { told } = subscribed(new Subject(), producer)
    await request.run('B', () => producer.close())
    expect(told).toEqual(['error in S'])
  })

  it('events in the context of each listener', async () => {
    const { producer } = await openedByA()
    const told: string[] = []
    request.run('L', () => producer.events$.subscribe(({ type }) => told.push(`${type} ${here()}`)))
    await request.run('B', () => producer.close())
    expect(told).toEqual(['disconnected L'])
  })
})

describe('plug-ins', () => {
  it('run in the context of the call while no record waits', async () => {
    const { producer, places } = await openedByA()
    await request.run('B', () => producer.send({ topic: 't', value: 'b' }))
    expect(places('b')).toEqual(all('B'))
  })

  it('also run there for a record that waits for its topic, and for those behind it', async () => {
    const { producer, places } = await openedByA()
    await Promise.all(
      ['B', 'C'].map((place) =>
        request.run(place, () => producer.send({ topic: 'other', value: place })),
      ),
    )
    expect([...places('B'), ...places('C')]).toEqual([...all('B'), ...all('C')])
  })

  it('run there for a record that is sent while results are emitted', async () => {
    const { producer, places } = await openedByA()
    const replied = deferred<void>()
    listen(
      from(records(['order'])).pipe(
        toKafka(producer),
        tap(() => {
          void request
            .run('B', () => producer.send({ topic: 't', value: 'reply' }))
            .then(() => replied.resolve())
        }),
      ),
    )
    await replied.promise
    expect(places('reply')).toEqual(all('B'))
  })

  it('run there for records beyond `maxOutstanding`', async () => {
    const { producer, places } = await openedByA()
    const orders$ = new Subject<ProducerRecord>()
    const { ended } = listen(orders$.pipe(toKafka(producer, { order: 'input', maxOutstanding: 1 })))
    for (const place of ['B', 'C', 'D']) push(orders$, place)
    orders$.complete()
    await ended
    expect(['B', 'C', 'D'].map(places)).toEqual(['B', 'C', 'D'].map(all))
  })

  it('run there for records that wait behind the promises of a serializer', async () => {
    const { producer, places } = await openedByA(async (value) => value)
    const orders$ = new Subject<ProducerRecord>()
    const { ended } = listen(orders$.pipe(toKafka(producer)))
    const values = Array.from({ length: 20 }, (_, index) => `v${index}`)
    for (const value of values) push(orders$, value)
    orders$.complete()
    await ended
    expect(values.map(places)).toEqual(values.map(all))
  })

  it('are told the result of a record in the context in which the producer was created', async () => {
    const { producer, seen } = await openedByA()
    await request.run('B', () => producer.send({ topic: 't', value: 'b' }))
    const dropped = request.run('S', () =>
      listen(from(records(['x'], 'absent')).pipe(toKafka(producer))),
    )
    request.run('C', () => dropped.subscription.unsubscribe())
    expect(seen.filter((line) => line.startsWith('onAcknowledgement'))).toEqual([
      'onAcknowledgement: A in M',
      'onAcknowledgement: b in M',
      'onAcknowledgement: x in M',
    ])
  })
})

it('a paced source runs in the context of its subscriber, also after the gate was closed', async () => {
  const { producer } = await openedByA()
  const places = new Set<string>()
  function* items() {
    for (let index = 0; index < 5_000; index += 1) {
      places.add(here())
      yield { topic: 't', value: 'x'.repeat(1_000) }
    }
  }
  await request.run('S', () => lastValueFrom(paced(items(), producer).pipe(toKafka(producer))))
  expect([...places]).toEqual(['S'])
})

it('the AsyncLocalStorage of a caller is released when its result is there', async () => {
  const store = new AsyncLocalStorage<object>()
  const cluster = await startCluster()
  const producer = producerFor(cluster)
  const kept = await (async () => {
    const mine = {}
    await store.run(mine, () => producer.send({ topic: 't', value: 'opens the connection' }))
    return new WeakRef(mine)
  })()
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let round = 0; round < 50 && kept.deref() !== undefined; round += 1) {
    await settle()
    gc()
  }
  expect(kept.deref()).toBeUndefined()
})
