import { concat, from, NEVER, throwError } from 'rxjs'
import { KafkaProducer, paced, toKafka, toKafkaSettled } from 'to-kafka'
import type { MockCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  lingering,
  listen,
  records,
  requested,
  settle,
  startCluster,
  until,
} from '../support/scenario.ts'

/** What keeps this process alive, by name; the sockets and timers of others count too. */
function alive(): Record<string, number> {
  const counts: Record<string, number> = { TCPSocketWrap: 0, Timeout: 0, TCPConnectWrap: 0 }
  for (const name of process.getActiveResourcesInfo()) {
    if (name in counts) counts[name]! += 1
  }
  return counts
}

const isNoMoreThan = (now: Record<string, number>, before: Record<string, number>) =>
  Object.entries(now).every(([name, count]) => count <= before[name]!)

const ends: [string, (cluster: MockCluster) => Promise<unknown>][] = [
  [
    'a stream that completes',
    (cluster) => listen(from(records(['a', 'b'])).pipe(toKafka(configFor(cluster)))).ended,
  ],
  [
    'a stream whose source fails',
    (cluster) =>
      listen(
        concat(
          from(records(['a'])),
          throwError(() => 'e'),
        ).pipe(toKafka(configFor(cluster))),
      ).ended,
  ],
  [
    'a stream with a record that fails',
    (cluster) => {
      cluster.on('Produce').reply('INVALID_RECORD')
      return listen(from(records(['a'])).pipe(toKafka(configFor(cluster, lingering)))).ended
    },
  ],
  [
    'a stream whose record would be retried forever, unsubscribed and discarded',
    async (cluster) => {
      cluster.on('Produce').reply('NOT_ENOUGH_REPLICAS')
      const operator = toKafkaSettled(configFor(cluster), { onUnsubscribe: 'discard' })
      const stream = listen(concat(from(records(['a'])), NEVER).pipe(operator))
      await requested(cluster, 'Produce', 3)
      stream.subscription.unsubscribe()
    },
  ],
  [
    'a stream that is unsubscribed while it waits for metadata',
    async (cluster) => {
      const waiting = from(records(['a'], 'unknown'))
      const stream = listen(concat(waiting, NEVER).pipe(toKafka(configFor(cluster))))
      await requested(cluster, 'Metadata')
      stream.subscription.unsubscribe()
    },
  ],
  [
    'a stream that is unsubscribed before it is connected',
    async (cluster) => {
      const stream = listen(concat(from(records(['a'])), NEVER).pipe(toKafka(configFor(cluster))))
      stream.subscription.unsubscribe()
    },
  ],
  [
    'a producer that is closed',
    async (cluster) => {
      const producer = new KafkaProducer(configFor(cluster))
      await listen(paced(['a', 'b'], producer)).ended
      await producer.send({ topic: 't', value: 'a' })
      await producer.close()
    },
  ],
  [
    'a producer that is closed without delay, with records in every state',
    async (cluster) => {
      // No request is sent again: behind a request that hangs, it would keep the mock broker from
      // seeing the end.
      const patient = { 'retry.backoff.ms': 60_000, 'retry.backoff.max.ms': 60_000 }
      const producer = new KafkaProducer(configFor(cluster, patient))
      await producer.send({ topic: 't', value: 'warm' })
      cluster.on('Produce').hang()
      const results = ['t', 'unknown'].map((topic) => producer.send({ topic, value: 'a' }))
      await requested(cluster, 'Produce', 2)
      await Promise.all([producer.close({ timeout: 0 }), Promise.allSettled(results)])
    },
  ],
]

describe('nothing is left open', () => {
  it.each(ends)('after %s', async (_, run) => {
    const cluster = await startCluster()
    await settle()
    const before = alive()
    await run(cluster)
    await until(() => isNoMoreThan(alive(), before))
    await settle(50)
    expect(isNoMoreThan(alive(), before)).toBe(true)
  })

  it('except the sockets of a shared producer, and no timer that keeps the process alive', async () => {
    const cluster = await startCluster()
    const before = alive()
    const producer = new KafkaProducer(configFor(cluster, { 'linger.ms': 1 }))
    await listen(from(records(['a', 'b'])).pipe(toKafka(producer))).ended
    await settle()
    const idle = alive()
    expect(idle['Timeout']).toBeLessThanOrEqual(before['Timeout']!)
    expect(idle['TCPSocketWrap']).toBeGreaterThan(before['TCPSocketWrap']!)
    await producer.close()
    await until(() => isNoMoreThan(alive(), before))
  })

  it('and no timer for the next push of its metrics', async () => {
    const cluster = await startCluster({
      version: '4.4',
      telemetry: { metrics: ['*'], pushIntervalMs: 600_000 },
    })
    const before = alive()
    const producer = new KafkaProducer(configFor(cluster))
    await producer.send({ topic: 't', value: 'a' })
    await producer.clientInstanceId() // brokers have requested metrics: a push is due in ten minutes
    await settle()
    expect(alive()['Timeout']).toBeLessThanOrEqual(before['Timeout']!)
    await producer.close()
    expect(cluster.requests.filter(({ api }) => api === 'PushTelemetry')).toHaveLength(1)
    await until(() => isNoMoreThan(alive(), before))
  })
})
