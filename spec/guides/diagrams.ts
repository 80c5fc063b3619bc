// What the guides show as marbles: each story runs on the simulated cluster, and its diagram is
// what the observed streams did, frame by frame. So a diagram cannot show what the package does not
// do.

import { concatMap, finalize, from, map, Observable, takeUntil, tap } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import {
  inTransaction,
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  paced,
  toKafka,
  toKafkaEach,
  toKafkaSettled,
} from 'to-kafka'
import { SimulatedCluster } from 'to-kafka/testing'
import type { Diagram, Line, Mark } from './draw.ts'

interface Story extends RunHelpers {
  readonly cluster: SimulatedCluster
  readonly config: ProducerConfig
  readonly runtime: ReturnType<SimulatedCluster['runtime']>
  /** A record whose value is its marble. */
  readonly record: (value: string) => ProducerRecord
  /** Shows in the diagram what `stream` does, on a line with this name. */
  readonly above: <T>(label: string, stream: Observable<T>) => Observable<T>
  readonly below: <T>(label: string, stream: Observable<T>) => void
}

/** A marble shows the value of a record, or of the record of a result. */
type Marble = string | { readonly value?: unknown; readonly record?: ProducerRecord }

const textOf = (thing: Marble): string =>
  typeof thing === 'string' ? thing : String(thing.record?.value ?? thing.value)

function story(title: string, operator: string, tell: (story: Story) => void): Diagram {
  const lines: Record<'above' | 'below', Line[]> = { above: [], below: [] }
  const scheduler = new TestScheduler(() => {})

  function watched<T>(
    where: 'above' | 'below',
    label: string,
    stream: Observable<T>,
  ): Observable<T> {
    const marks: Mark[] = []
    lines[where].push({ label, marks })
    const mark = (kind: Mark['kind'], text = '') =>
      marks.push({ frame: scheduler.now(), kind, text })
    return new Observable<T>((out) => {
      let hasEnded = false
      const ended = (kind: 'complete' | 'error') => () => {
        hasEnded = true
        mark(kind)
      }
      return stream
        .pipe(
          tap({
            next: (value) => mark('next', markOf(value)),
            complete: ended('complete'),
            error: ended('error'),
          }),
          finalize(() => hasEnded || mark('unsubscribe')),
        )
        .subscribe(out)
    })
  }

  scheduler.run((helpers) => {
    const cluster = new SimulatedCluster({
      brokers: 2,
      topics: { prices: { partitions: 2 } },
    })
    tell({
      ...helpers,
      cluster,
      config: { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 5 },
      runtime: cluster.runtime(scheduler),
      record: (value) => ({ topic: 'prices', partition: 0, value }),
      above: (label, stream) => watched('above', label, stream),
      below: (label, stream) => void watched('below', label, stream).subscribe({ error: () => {} }),
    })
    helpers.flush()
  })
  return { title, operator, ...lines }
}

/** A failure that is a value has a mark that distinguishes it from a result. */
function markOf(value: unknown): string {
  const result = value as { status?: string; metadata?: Marble }
  if (result.status === 'rejected') return `${textOf(value as Marble)}!`
  return textOf(result.metadata ?? (value as Marble))
}

/** Each diagram, by the name of its file. */
export function diagrams(): Readonly<Record<string, Diagram>> {
  return {
    'to-kafka': story(
      'Each record has its result; b and c come within linger.ms and share a batch.',
      "toKafka({ 'linger.ms': 5 })",
      ({ hot, config, runtime, record, above, below }) => {
        const records$ = hot('a 29ms b--c 16ms |').pipe(map(record))
        below('results', above('records', records$).pipe(toKafka(config, { runtime })))
      },
    ),
    'to-kafka-fails': story(
      'A broker refuses b: the source is unsubscribed, and the stream fails.',
      'toKafka(config)',
      ({ hot, cluster, config, runtime, record, above, below }) => {
        cluster.on('Produce', { nth: 2 }).reply('TOPIC_AUTHORIZATION_FAILED')
        const records$ = hot('a 29ms b 29ms c 9ms |').pipe(map(record))
        below('results', above('records', records$).pipe(toKafka(config, { runtime })))
      },
    ),
    'to-kafka-settled': story(
      'A broker refuses b: that is a result, and the stream goes on.',
      'toKafkaSettled(config)',
      ({ hot, cluster, config, runtime, record, above, below }) => {
        cluster.on('Produce', { nth: 2 }).reply('TOPIC_AUTHORIZATION_FAILED')
        const records$ = hot('a 29ms b 29ms c 9ms |').pipe(map(record))
        below('results', above('records', records$).pipe(toKafkaSettled(config, { runtime })))
      },
    ),
    'to-kafka-each': story(
      'Each item comes out when its records and all items before it are acknowledged: c has none, and waits for b.',
      'toKafkaEach(config, (item) => recordsOf(item))',
      ({ hot, cluster, config, runtime, record, above, below }) => {
        cluster.on('Produce', { nth: 2 }).delay(30)
        const recordsOf = (item: string) => {
          if (item === 'c') return null
          return item === 'd' ? [record('d1'), record('d2')] : record(item)
        }
        const items$ = above('items', hot<string>('a 29ms b 9ms c 9ms d 9ms |'))
        const done$ = items$.pipe(toKafkaEach(config, recordsOf, { runtime }))
        below('items done', done$.pipe(map(({ item }) => item)))
      },
    ),
    'to-kafka-retries': story(
      'A broker refuses b for now: it is sent again after retry.backoff.ms, and c stays behind it.',
      'toKafka(config)',
      ({ hot, cluster, config, runtime, record, above, below }) => {
        cluster.on('Produce', { nth: 2 }).reply('NOT_ENOUGH_REPLICAS')
        const records$ = hot('a 29ms b 14ms c 9ms |').pipe(map(record))
        below('results', above('records', records$).pipe(toKafka(config, { runtime })))
      },
    ),
    'take-until-above': story(
      'takeUntil before toKafka ends the source; records passed in are still delivered.',
      'takeUntil(stop$), toKafka(config)',
      ({ hot, config, runtime, record, above, below }) => {
        const records$ = above('records', hot('a 29ms b-c 9ms d').pipe(map(record)))
        const stop$ = above('stop$', hot('  33ms s'))
        below('results', records$.pipe(takeUntil(stop$), toKafka(config, { runtime })))
      },
    ),
    'take-until-below': story(
      'takeUntil after toKafka unsubscribes: b and c are delivered, and not reported.',
      'toKafka(config), takeUntil(stop$)',
      ({ hot, config, runtime, record, above, below }) => {
        const records$ = above('records', hot('a 29ms b-c 9ms d').pipe(map(record)))
        const stop$ = above('stop$', hot('  33ms s'))
        below('results', records$.pipe(toKafka(config, { runtime }), takeUntil(stop$)))
      },
    ),
    'order-partition': story(
      "Without order: 'input', a slow partition delays only its own results.",
      'toKafka(config)',
      (parts) => ofTwoPartitions(parts, 'partition'),
    ),
    'order-input': story(
      "With order: 'input' the result of b waits for that of a.",
      "toKafka(config, { order: 'input' })",
      (parts) => ofTwoPartitions(parts, 'input'),
    ),
    paced: story(
      'paced pulls the next line only when the producer has use for it: a source of any size needs little memory.',
      'paced(lines, producer), toKafka(producer)',
      ({ config, runtime, record, above, below }) => {
        const producer = new KafkaProducer(
          { ...config, 'buffer.memory': 4096, 'batch.size': 1024 },
          { runtime },
        )
        const lines = ['a', 'b', 'c', 'd', 'e', 'f']
        const large = (value: string) => ({ ...record(value), headers: { filler: filler() } })
        const pulled$ = above('pulled', paced(lines, producer))
        below('results', pulled$.pipe(map(large), toKafka(producer)))
      },
    ),
    'in-transaction': story(
      'Each window of records is a transaction: its results come when it is committed.',
      'concatMap((batch) => from(batch).pipe(inTransaction(producer)))',
      ({ hot, config, runtime, record, above, below }) => {
        const producer = new KafkaProducer({ ...config, 'transactional.id': 't' }, { runtime })
        const batches$ = hot<string>('a 29ms b 19ms |', { a: 'ab', b: 'cd' })
        const sent$ = above('batches', batches$).pipe(
          map((letters) => [...letters].map(record)),
          concatMap((batch) => from(batch).pipe(inTransaction(producer))),
        )
        below('results', sent$)
      },
    ),
    'in-transaction-fails': story(
      'A broker refuses a record: the transaction is aborted, and none of its results comes out.',
      'inTransaction(producer)',
      ({ hot, cluster, config, runtime, record, above, below }) => {
        const producer = new KafkaProducer({ ...config, 'transactional.id': 't' }, { runtime })
        cluster.on('Produce', { nth: 2 }).reply('MESSAGE_TOO_LARGE')
        const records$ = above('records', hot('a 29ms b 29ms c|').pipe(map(record)))
        below('results', records$.pipe(inTransaction(producer)))
      },
    ),
  }
}

function ofTwoPartitions(
  { hot, cluster, config, runtime, record, above, below }: Story,
  order: 'partition' | 'input',
): void {
  cluster.on('Produce', { topic: 'prices', partition: 0 }).delay(30)
  const records$ = hot('w 29ms a-b 9ms |').pipe(
    map((value) => ({ ...record(value), partition: value === 'a' ? 0 : 1 })),
  )
  const options = { order, runtime }
  const settings = { ...config, 'linger.ms': 0 }
  below('results', above('records', records$).pipe(toKafka(settings, options)))
}

const filler = (): Uint8Array => new Uint8Array(900)
