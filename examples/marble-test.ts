// How to test your own pipeline with marbles: `toKafka` itself runs in the virtual time of a TestScheduler, on a
// simulated cluster where bytes take one frame in each direction. There are no sockets and no waiting, and each run
// is the same. Run it: `npm start`, then `node build/examples/marble-test.js`.

import assert from 'node:assert/strict'
import { catchError, map, type Observable, throwError } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import {
  type DeliveryError,
  type ProducerConfig,
  type RecordMetadata,
  type ToKafkaOptions,
  toKafka,
} from 'to-kafka'
import { SimulatedCluster } from 'to-kafka/testing'

/** The pipeline under test. Only its tests pass options to it. */
function publishPrices(
  prices$: Observable<number>,
  config: ProducerConfig,
  options: ToKafkaOptions = {},
) {
  return prices$.pipe(
    map((price) => ({ topic: 'prices', key: 'ACME', value: price.toFixed(2) })),
    toKafka(config, options),
  )
}

interface Parts extends RunHelpers {
  readonly cluster: SimulatedCluster
  readonly config: ProducerConfig
  readonly options: ToKafkaOptions
}

/** A test in which a frame is a millisecond, for the source, for `toKafka` and for the brokers. */
function marbles(test: (parts: Parts) => void): void {
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected))
  scheduler.run((helpers) => {
    const cluster = new SimulatedCluster({ topics: { prices: { partitions: 1 } } })
    const config = { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 5 }
    const runtime = cluster.runtime(scheduler)
    test({ ...helpers, cluster, config, options: { runtime } })
  })
}

/** The metadata of a price that was emitted in frame `timestamp`. */
function stored(price: string, offset: number, timestamp: number): RecordMetadata {
  return {
    topic: 'prices',
    partition: 0,
    offset,
    timestamp,
    serializedKeySize: 4,
    serializedValueSize: price.length,
    record: { topic: 'prices', key: 'ACME', value: price },
  }
}

const prices = { a: 1, b: 2.5, c: 3 }
const metadata = { a: stored('1.00', 0, 0), b: stored('2.50', 1, 30), c: stored('3.00', 2, 33) }

// linger.ms: b waits 5 ms for more records, counted from its own arrival, and shares a batch with c. The answer
// arrives two frames later, one in each direction, in frame 37. (a is first: connections, topic and producer id have
// to be ready before it can be sent.)
marbles(({ hot, cluster, config, options, expectObservable, flush }) => {
  const prices$ = hot('      a 29ms b--c 16ms |', prices)
  const expected = '    14ms a 22ms (bc) 9ms |'

  expectObservable(publishPrices(prices$, config, options)).toBe(expected, metadata)
  flush()

  assert.equal(cluster.requests.filter(({ api }) => api === 'Produce').length, 2)
  console.log('linger.ms: what comes within 5 ms shares a batch')
})

// A temporary fault: the leader refuses the second batch once, in frame 37. It is sent again after retry.backoff.ms,
// 100 ms, and nothing is lost, duplicated, or reordered.
marbles(({ hot, cluster, config, options, expectObservable, flush }) => {
  const refusal = cluster.on('Produce', { nth: 2 }).reply('NOT_ENOUGH_REPLICAS')
  const prices$ = hot('      a 29ms b--c 16ms |', prices)
  const expected = '    14ms a 124ms (bc|)'

  expectObservable(publishPrices(prices$, config, options)).toBe(expected, metadata)
  flush()

  assert.equal(refusal.hits, 1)
  const log = cluster.records('prices').map(({ valueText }) => valueText)
  assert.deepEqual(log, ['1.00', '2.50', '3.00'])
  console.log('a refusal that passes: again after the backoff, in order')
})

// A permanent fault: the stream fails in the frame of the answer, and unsubscribes from its source.
marbles(({ hot, cluster, config, options, expectObservable, expectSubscriptions, flush }) => {
  cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')
  const prices$ = hot('      a 29ms b--c 16ms |', prices)
  const expected = '    14ms #'
  const subscription = '^ 13ms !'

  const codes$ = publishPrices(prices$, config, options).pipe(
    catchError((error: DeliveryError) => throwError(() => error.code)),
  )
  expectObservable(codes$).toBe(expected, metadata, 'TOPIC_AUTHORIZATION_FAILED')
  expectSubscriptions(prices$.subscriptions).toBe(subscription)
  flush()

  console.log('a refusal for good: the stream fails, and lets go of its source')
})
