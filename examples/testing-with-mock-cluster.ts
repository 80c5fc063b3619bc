// How to test a program with a producer, without a broker: the mock cluster speaks Kafka's protocol on real sockets,
// checks what a broker checks, and fails when it is told to.
// Run it: `npm start`, then `node build/examples/testing-with-mock-cluster.js`.

import assert from 'node:assert/strict'
import { lastValueFrom, map, type Observable, range, toArray } from 'rxjs'
import { type ProducerConfig, type RecordMetadata, toKafka } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

/** The program under test. */
function publishTicks(ticks$: Observable<number>, config: ProducerConfig) {
  return ticks$.pipe(
    map((tick) => ({ topic: 'ticks', key: 'clock', value: String(tick) })),
    toKafka(config),
  )
}

async function delivered<T>(stream$: Observable<T>): Promise<T[]> {
  return lastValueFrom(stream$.pipe(toArray()))
}

{
  // A broker appends a batch, and the connection is lost before the broker can answer; then the leader changes.
  await using cluster = await MockCluster.start({
    brokers: 3,
    topics: { ticks: { partitions: 4 } },
  })
  const lost = cluster.on('Produce', { nth: 2 }).closeAfterAppend()
  const moved = cluster.on('Produce', { nth: 4 }).call(({ broker }) => {
    for (const partition of [0, 1, 2, 3]) cluster.moveLeader('ticks', partition, (broker % 3) + 1)
  })

  const config = { 'bootstrap.servers': cluster.bootstrapServers, 'batch.size': 1024 }
  const results = await delivered(publishTicks(range(0, 1000), config))

  // Still, every record is there once and in order, at the offset in its metadata.
  const log = (await cluster.records('ticks')).map(({ valueText }) => Number(valueText))
  assert.deepEqual(log, [...Array(1000).keys()])
  assert.deepEqual(
    results.map(({ offset }: RecordMetadata) => offset),
    log,
  )
  assert.deepEqual([lost.hits, moved.hits], [1, 1])
  assert.deepEqual(cluster.violations, [])
  console.log('a lost connection and a new leader: each record once, in order')
}

{
  // The broker denies access to a topic: the stream fails with the broker's error, and nothing is retried.
  await using cluster = await MockCluster.start({ topics: { ticks: {} } })
  cluster.on('Produce').reply('TOPIC_AUTHORIZATION_FAILED')

  const config = { 'bootstrap.servers': cluster.bootstrapServers }
  await assert.rejects(delivered(publishTicks(range(0, 3), config)), {
    name: 'DeliveryError',
    code: 'TOPIC_AUTHORIZATION_FAILED',
    persisted: 'no',
    counts: { acknowledged: 0, unsent: 3, unknown: 0 },
  })
  console.log('a refusal: the stream fails, and says what is in no log')
}
