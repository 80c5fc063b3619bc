import { from, map } from 'rxjs'
import { type DeliveryError, KafkaProducer, paced, toKafka, toKafkaSettled } from 'to-kafka'
import type { MockCluster } from 'to-kafka/testing'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  logOf,
  producerFor,
  settle,
  startCluster,
  until,
} from '../support/scenario.ts'

// { order: 'input' }: a topic with two partitions on two brokers, of which one is slow.

interface Item {
  readonly topic: string
  readonly partition: number
  readonly value: string
}

/** Values for the slow partition begin with `s`, the others with `q`. */
const items = (...values: string[]): Item[] => values.map(itemOf)

const itemOf = (value: string): Item => ({
  topic: 't',
  partition: value.startsWith('s') ? 0 : 1,
  value,
})

async function startSlow() {
  const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })
  const slow = cluster.leaderOf('t', 0)
  expect(cluster.leaderOf('t', 1)).not.toBe(slow)
  return { cluster, resume: () => cluster.resumeBroker(slow), pause: () => pause(cluster, slow) }
}

/** Once all connections are established, because a silent broker cannot be connected to. */
async function pause(cluster: MockCluster, broker: number) {
  const producer = producerFor(cluster)
  await Promise.all(items('s', 'q').map((item) => producer.send(item)))
  cluster.pauseBroker(broker)
  return producer
}

const order = 'input' as const

describe("{ order: 'input' }", () => {
  it('emits the results of a fast partition after earlier ones of a slow partition', async () => {
    const { cluster, pause, resume } = await startSlow()
    const producer = await pause()
    const given = items('s1', 'q1', 'q2', 's2', 'q3')
    const heard = listen(from(given).pipe(toKafka(producer, { order })))
    await until(() => producesTo(cluster, 1) >= 2)
    await settle()
    expect(heard.values).toEqual([])
    resume()
    expect(await heard.ended).toBeNull()
    expect(heard.values.map(({ record }) => record)).toEqual(given)
  })

  it('pulls at most maxOutstanding records, and one more, from a paced source', async () => {
    const { pause, resume } = await startSlow()
    const producer = await pause()
    const values = ['s1', ...Array.from({ length: 50 }, (_, index) => `q${index}`)]
    let pulled = 0
    const counted = function* () {
      for (const value of values) {
        pulled += 1
        yield value
      }
    }
    const options = { order, maxOutstanding: 10 }
    const heard = listen(paced(counted(), producer).pipe(map(itemOf), toKafka(producer, options)))
    await until(() => pulled > 10)
    await settle()
    expect(pulled).toBe(11)
    expect(heard.values).toEqual([])
    resume()
    expect(await heard.ended).toBeNull()
    expect(heard.values.map(({ record }) => record.value)).toEqual(values)
  })

  it('keeps records beyond the bound out of the pipeline, and delivers all of them in order', async () => {
    const { cluster, pause, resume } = await startSlow()
    const producer = await pause()
    const given = items('s1', 'q1', 'q2', 'q3', 's2', 'q4')
    const heard = listen(from(given).pipe(toKafka(producer, { order, maxOutstanding: 3 })))
    await until(() => producesTo(cluster, 1) >= 2)
    await settle()
    expect(await valuesOf(cluster, 1)).toEqual(['q', 'q1', 'q2'])
    resume()
    expect(await heard.ended).toBeNull()
    expect(heard.values.map(({ record }) => record)).toEqual(given)
    expect(await valuesOf(cluster, 1)).toEqual(['q', 'q1', 'q2', 'q3', 'q4'])
  })

  it.each(['flush', 'close'] as const)('%s waits for records at the entrance', async (end) => {
    const { cluster, pause, resume } = await startSlow()
    const producer = await pause()
    const given = items('s1', 'q1', 'q2', 'q3')
    const options = { order, maxOutstanding: 1 }
    const heard = listen(from(given).pipe(toKafka(producer, options)))
    let done = false
    const ended = producer[end]().then(() => {
      done = true
    })
    await settle()
    expect(done).toBe(false)
    resume()
    await ended
    expect(heard.values.map(({ record }) => record)).toEqual(given)
    expect(await logOf(cluster)).toHaveLength(6)
  })

  it('ends with the failure after all acknowledged results, and its list has the records at the entrance', async () => {
    const { cluster, pause, resume } = await startSlow()
    const producer = await pause()
    const refused = cluster.on('Produce', { topic: 't', partition: 1 }).reply('INVALID_RECORD')
    const given = items('s1', 'q1', 'q2', 'q3')
    const heard = listen(from(given).pipe(toKafka(producer, { order, maxOutstanding: 2 })))
    await until(() => refused.hits === 1)
    await settle()
    expect(heard).toMatchObject({ values: [], end: null })
    resume()
    const error = (await heard.ended) as DeliveryError<Item>
    expect(heard.values.map(({ record }) => record.value)).toEqual(['s1'])
    expect(error.counts).toEqual({ acknowledged: 1, unsent: 3, unknown: 0 })
    expect(error.unsent.map(({ record, error: { code } }) => `${record.value} ${code}`)).toEqual([
      'q1 INVALID_RECORD',
      'q2 SIBLING_FAILED',
      'q3 SIBLING_FAILED',
    ])
  })

  it('emits a failure of toKafkaSettled in its place', async () => {
    const { pause, resume } = await startSlow()
    const producer = await pause()
    const given = items('s1', 'bad', 'q1').map((item) =>
      item.value === 'bad' ? { ...item, partition: -5 } : item,
    )
    const heard = listen(from(given).pipe(toKafkaSettled(producer, { order, maxOutstanding: 2 })))
    await settle()
    expect(heard.values).toEqual([])
    resume()
    expect(await heard.ended).toBeNull()
    expect(heard.values.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('on unsubscribe drops records at the entrance, and holds up no other stream', async () => {
    const { cluster, pause, resume } = await startSlow()
    const producer = await pause()
    const given = items('s1', 'q1', 'q2')
    const heard = listen(from(given).pipe(toKafka(producer, { order, maxOutstanding: 1 })))
    await settle()
    const other = await producer.send(itemOf('q9'))
    expect(other.offset).toBe(1)
    heard.subscription.unsubscribe()
    resume()
    await producer.flush()
    expect(await valuesOf(cluster, 0)).toEqual(['s', 's1'])
    expect(await valuesOf(cluster, 1)).toEqual(['q', 'q9'])
  })

  it('works with its own producer, and a bound far below the number of records', async () => {
    const { cluster } = await startSlow()
    const given = Array.from({ length: 200 }, (_, index) => itemOf(`${'sq'[index % 2]}${index}`))
    const options = { order, maxOutstanding: 7 }
    const heard = listen(from(given).pipe(toKafka(configFor(cluster), options)))
    expect(await heard.ended).toBeNull()
    expect(heard.values.map(({ record }) => record)).toEqual(given)
    expect(await logOf(cluster)).toHaveLength(200)
  })

  it('loses no waiting record when its producer is closed at once, and keeps the order', async () => {
    const { cluster, pause } = await startSlow()
    await pause()
    const producer = new KafkaProducer(configFor(cluster))
    const given = items('s1', 'q1', 'q2')
    const heard = listen(from(given).pipe(toKafkaSettled(producer, { order, maxOutstanding: 1 })))
    await settle()
    await producer.close({ timeout: 0 })
    await until(() => heard.end !== null)
    expect(heard.values.map(({ status }) => status)).toEqual(Array(3).fill('rejected'))
  })
})

function producesTo(cluster: MockCluster, partition: number): number {
  const broker = cluster.leaderOf('t', partition)
  return cluster.requests.filter(
    (request) => request.api === 'Produce' && request.broker === broker,
  ).length
}

async function valuesOf(cluster: MockCluster, partition: number) {
  const records = await cluster.records('t')
  return records.filter((record) => record.partition === partition).map((one) => one.valueText)
}
