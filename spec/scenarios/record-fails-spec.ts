import { inspect } from 'node:util'
import { from, merge, NEVER, of } from 'rxjs'
import { DeliveryError, type SendResult, toKafka, toKafkaSettled } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { isNewest } from '../support/kafka-version.ts'
import {
  configFor,
  lingering,
  listen,
  logOf,
  placing,
  records,
  requestsOf,
  settle,
  singly,
  startCluster,
  startProducer,
  until,
  watched,
} from '../support/scenario.ts'

type Value = { readonly topic: string; readonly value: string }

const valuesOf = (list: DeliveryError<unknown>['unsent']) =>
  list.map(({ record }) => (record as Value).value)

/** Fails to serialize `bad`. */
const picky = (value: string | null) => {
  if (value === 'bad') throw new Error('bad value')
  return value
}

/** A stream that has delivered its first record. */
async function warmStream() {
  const cluster = await startCluster()
  const config = configFor(cluster, { 'value.serializer': picky as never })
  const { subject, source } = watched<Value>()
  const delivered = listen(source.pipe(toKafka(config)))
  subject.next({ topic: 't', value: 'warm' })
  await until(() => delivered.values.length === 1)
  return { cluster, subject, delivered }
}

describe('when a record fails, toKafka', () => {
  it('emits the earlier results, then fails with the DeliveryError of that record', async () => {
    const cluster = await startCluster()
    const config = configFor(cluster, { 'value.serializer': picky as never })
    const { subject, source, isReleased } = watched<Value>()
    const delivered = listen(source.pipe(toKafka(config)))
    subject.next({ topic: 't', value: 'a' })
    await until(() => delivered.values.length === 1)
    const bad = { topic: 't', value: 'bad' }
    subject.next(bad)
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error).toMatchObject({
      code: 'SERIALIZER_FAILED',
      topic: 't',
      persisted: 'no',
      attempts: 0,
      counts: { acknowledged: 1, unsent: 1, unknown: 0 },
      sourceError: undefined,
    })
    expect(error.record).toBe(bad)
    expect((error.cause as Error).message).toBe('bad value')
    expect(error.unsent.map(({ record }) => record)).toEqual([bad])
    expect(error.unsent[0]!.error).toBe(error)
    expect(error.unknown).toEqual([])
    expect(isReleased()).toBe(true)
  })

  it('takes no more input and begins no attempt: waiting records are in the list, in input order', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 2 } } })
    const { placed, partitioner } = placing(3, ({ value }) => (String(value) === 'b' ? 1 : 0))
    const config = configFor(cluster, {
      'value.serializer': picky as never,
      'linger.ms': 60_000,
      ...partitioner,
    })
    const { subject, source, isReleased } = watched<Value>()
    const delivered = listen(source.pipe(toKafka(config)))
    for (const value of ['a', 'b', 'c']) subject.next({ topic: 't', value })
    await placed
    subject.next({ topic: 't', value: 'bad' })
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(isReleased()).toBe(true)
    expect(valuesOf(error.unsent)).toEqual(['a', 'b', 'c', 'bad'])
    expect(error.unsent.map((one) => one.error.code)).toEqual([
      'SIBLING_FAILED',
      'SIBLING_FAILED',
      'SIBLING_FAILED',
      'SERIALIZER_FAILED',
    ])
    expect(error.unsent[0]!.error.cause).toBe(error)
    expect(await logOf(cluster)).toEqual([])
    expect(requestsOf(cluster, 'Produce')).toEqual([])
  })

  it('also lists records that wait for metadata, and those that arrived with them', async () => {
    const cluster = await startCluster()
    const config = configFor(cluster, { 'value.serializer': picky as never })
    const delivered = listen(from(records(['a', 'b', 'bad', 'c'])).pipe(toKafka(config)))
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(valuesOf(error.unsent)).toEqual(['a', 'b', 'bad', 'c'])
    expect(await logOf(cluster)).toEqual([])
  })

  it('awaits records in flight, and emits their results', async () => {
    const { cluster, subject, delivered } = await warmStream()
    cluster.on('Produce').call(() => subject.next({ topic: 't', value: 'bad' }))
    subject.next({ topic: 't', value: 'on its way' })
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['warm', 'on its way'])
    expect(error.counts).toEqual({ acknowledged: 2, unsent: 1, unknown: 0 })
  })

  it('separates records that are not in the log from those that may be', async () => {
    const { cluster, subject, delivered } = await warmStream()
    const cut = cluster
      .on('Produce')
      .call(() => subject.next({ topic: 't', value: 'bad' }))
      .closeAfterAppend()
    subject.next({ topic: 't', value: 'on its way' })
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(cut.hits).toBe(1)
    expect(valuesOf(error.unsent)).toEqual(['bad'])
    expect(valuesOf(error.unknown)).toEqual(['on its way'])
    expect(error.unknown[0]!.error).toMatchObject({ persisted: 'possibly', attempts: 1 })
    expect(error.counts).toEqual({ acknowledged: 1, unsent: 1, unknown: 1 })
    expect(await logOf(cluster)).toEqual(['warm', 'on its way'])
  })

  it('sends no later record that was placed together with it', async () => {
    const cluster = await startCluster({ topics: { t: {}, u: {} } })
    const { subject, source } = watched<Value>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster, { 'buffer.memory': 65_536 }))))
    subject.next({ topic: 't', value: 'warm' })
    await until(() => delivered.values.length === 1)
    // It is found too large when the topic is known, like the records around it.
    const large = 'x'.repeat(100_000)
    for (const value of ['a', large, 'c']) subject.next({ topic: 'u', value })
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', record: { value: large } })
    expect(valuesOf(error.unsent)).toEqual(['a', large, 'c'])
    expect(await logOf(cluster, 'u')).toEqual([])
  })

  it('leaves later records in flight out of the log of its partition, and only of that', async () => {
    const cluster = await startCluster({ brokers: 1, topics: { t: { partitions: 2 } } })
    const { subject, source } = watched<Value & { partition: number }>()
    const delivered = listen(source.pipe(toKafka(configFor(cluster, singly))))
    for (const partition of [0, 1]) subject.next({ topic: 't', partition, value: 'warm' })
    await until(() => delivered.values.length === 2)
    const before = requestsOf(cluster, 'Produce').length
    cluster.pauseBroker(1)
    cluster.on('Produce', { nth: 1, partition: 0 }).reply('INVALID_TIMESTAMP')
    for (const value of ['a', 'b', 'other', 'c']) {
      subject.next({ topic: 't', partition: value === 'other' ? 1 : 0, value })
    }
    await settle()
    cluster.resumeBroker(1)
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(requestsOf(cluster, 'Produce').length).toBeGreaterThan(before + 1)
    expect(error).toMatchObject({ code: 'INVALID_TIMESTAMP', record: { value: 'a' } })
    expect(valuesOf(error.unsent)).toEqual(['a', 'b', 'c'])
    expect((await logOf(cluster)).sort()).toEqual(['other', 'warm', 'warm'])
  })

  it('sends no later record of its partition while earlier results are still being emitted', async () => {
    const cluster = await startCluster({ brokers: 1, topics: { t: { partitions: 2 } } })
    const { subject, source } = watched<Value & { partition: number }>()
    const config = configFor(cluster, {
      'max.in.flight.requests.per.connection': 1,
      'batch.size': 1_000_000,
    })
    const delivered = listen(source.pipe(toKafka(config)))
    const give = (value: string, partition: number) =>
      subject.next({ topic: 't', partition, value })
    for (const partition of [0, 1]) give('warm', partition)
    await until(() => delivered.values.length === 2)
    cluster.pauseBroker(1)
    cluster.on('Produce', { nth: 1, partition: 1 }).reply('INVALID_RECORD')
    // One answer acknowledges more than a turn emits, and refuses a.
    for (let left = 5_000; left > 0; left -= 1) give('other', 0)
    give('a', 1)
    await settle()
    give('b', 1)
    await settle()
    cluster.resumeBroker(1)
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(error).toMatchObject({ code: 'INVALID_RECORD', record: { value: 'a' } })
    expect(valuesOf(error.unsent)).toEqual(['a', 'b'])
    expect((await logOf(cluster)).filter((value) => value !== 'other')).toEqual(['warm', 'warm'])
  })

  it("has the broker's message, the record, its partition and its attempts", async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 3 } } })
    cluster.on('Produce', { partition: 2 }).reply('INVALID_RECORD')
    const input = [
      { topic: 't', partition: 0, value: 'a' },
      { topic: 't', partition: 2, value: 'b' },
    ]
    const delivered = listen(from(input).pipe(toKafka(configFor(cluster))))
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(error).toMatchObject({ code: 'INVALID_RECORD', topic: 't', partition: 2, attempts: 1 })
    expect(error.record).toBe(input[1])
    expect(error.cause).toMatchObject({ name: 'BrokerError', code: 'INVALID_RECORD' })
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['a'])
  })

  it('has a short printed form: neither the record nor the lists are enumerable', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const values = Array.from({ length: 100 }, (_, index) => `secret ${index}`)
    const error = (await listen(from(records(values)).pipe(toKafka(configFor(cluster))))
      .ended) as Error
    expect(Object.keys(error)).not.toContain('record')
    expect(Object.keys(error)).not.toContain('unsent')
    expect(Object.keys(error)).not.toContain('unknown')
    expect(inspect(error)).not.toContain('secret')
    expect(JSON.stringify(error)).not.toContain('secret')
    expect((error as DeliveryError).unsent).toHaveLength(100)
  })

  it('fails with the first of many failures', async () => {
    const cluster = await startCluster()
    const input = [
      { topic: 't', value: 1 },
      { topic: 't', value: 2 },
    ] as never[]
    const error = (await listen(from(input).pipe(toKafka(configFor(cluster))))
      .ended) as DeliveryError<Value>
    expect(error.record.value).toBe(1)
    expect(error.unsent[1]!.error.code).toBe('SERIALIZER_FAILED')
  })
})

describe('when a record of a stream fails on a shared producer', () => {
  it('delivers accepted records, and drops only waiting ones', async () => {
    const { cluster, producer } = await startProducer({ 'value.serializer': picky as never })
    await producer.send({ topic: 't', value: 'warm' })
    cluster.pauseBroker(1)
    const { subject, source } = watched<Value>()
    const delivered = listen(source.pipe(toKafka(producer)))
    subject.next({ topic: 't', value: 'accepted' })
    subject.next({ topic: 'not known yet', value: 'waits' })
    subject.next({ topic: 't-2', value: 'waits' })
    subject.next({ topic: 't', value: 'bad' })
    await settle()
    expect(delivered.end).toBeNull()
    cluster.resumeBroker(1)
    const error = (await delivered.ended) as DeliveryError<Value>
    expect(delivered.values.map(({ record }) => record.value)).toEqual(['accepted'])
    expect(valuesOf(error.unsent)).toContain('bad')
    expect(valuesOf(error.unsent)).toContain('waits')
    expect(await logOf(cluster)).toEqual(['warm', 'accepted'])
  })

  it('affects neither another stream nor the producer', async () => {
    const { producer } = await startProducer({ 'value.serializer': picky as never })
    const good = Array.from({ length: 500 }, (_, index) => `good ${index}`)
    const failing = listen(from(records(['a', 'bad', 'b'])).pipe(toKafka(producer)))
    const other = listen(from(records(good)).pipe(toKafka(producer)))
    const settled = listen(from(records(['x', 'bad', 'y'])).pipe(toKafkaSettled(producer)))
    expect(await failing.ended).toBeInstanceOf(DeliveryError)
    expect(await other.ended).toBeNull()
    expect(await settled.ended).toBeNull()
    expect(other.values.map(({ record }) => record.value)).toEqual(good)
    expect((await producer.send({ topic: 't', value: 'after' })).offset).toBeGreaterThanOrEqual(502)
  })
})

describe('toKafkaSettled', () => {
  const short = (result: SendResult<Value>) =>
    result.status === 'fulfilled'
      ? `${result.metadata.record.value}@${result.metadata.offset}`
      : `${result.record.value}:${result.error.code}`

  it('emits one result for each record, and continues', async () => {
    const cluster = await startCluster()
    const config = configFor(cluster, { 'value.serializer': picky as never })
    const input = records(['a', 'bad', 'b', 'bad', 'c'])
    const delivered = listen(from(input).pipe(toKafkaSettled(config)))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(short).sort()).toEqual([
      'a@0',
      'b@1',
      'bad:SERIALIZER_FAILED',
      'bad:SERIALIZER_FAILED',
      'c@2',
    ])
    const rejected = delivered.values.filter((one) => one.status === 'rejected')
    expect(rejected.map(({ record }) => record)).toEqual([input[1], input[3]])
    for (const { record, error } of rejected) expect(error.record).toBe(record)
  })

  it('gives each record of a refused batch its own error', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 1 }).reply('INVALID_TIMESTAMP')
    const input = records(['a', 'b', 'c'])
    const delivered = listen(from(input).pipe(toKafkaSettled(configFor(cluster))))
    expect(await delivered.ended).toBeNull()
    const errors = delivered.values.map((one) => (one.status === 'rejected' ? one.error : null))
    expect(new Set(errors).size).toBe(3)
    expect(errors.map((error) => error?.record)).toEqual(input)
  })

  it('names the broker that refused the record', async () => {
    const cluster = await startCluster()
    cluster.on('Produce').reply('INVALID_RECORD')
    const delivered = listen(
      of({ topic: 't', value: 'a' }).pipe(toKafkaSettled(configFor(cluster))),
    )
    expect(await delivered.ended).toBeNull()
    expect(delivered.values).toMatchObject([{ error: { cause: { broker: 1 } } }])
  })

  it('separates failures and successes of one answer', async () => {
    const cluster = await startCluster({ topics: { t: {}, u: {} } })
    cluster.on('Produce', { topic: 'u' }).reply('TOPIC_AUTHORIZATION_FAILED')
    const source = merge(of({ topic: 't', value: 'a' }, { topic: 'u', value: 'b' }), NEVER)
    const delivered = listen(source.pipe(toKafkaSettled(configFor(cluster))))
    await until(() => delivered.values.length === 2)
    expect(delivered.values.map(short).sort()).toEqual(['a@0', 'b:TOPIC_AUTHORIZATION_FAILED'])
    expect(delivered.end).toBeNull()
  })
})

// From Kafka 2.4 on, brokers name the records (KIP-467).
describe.runIf(isNewest)('a batch that the broker refuses for one record', () => {
  const farAhead = Date.now() + 400 * 24 * 3_600_000
  const five = records(['a', 'b', 'c', 'd', 'e']).map((record) =>
    record.value === 'c' ? { ...record, timestamp: farAhead } : record,
  )

  it('fails the other records with their own code, which is retriable', async () => {
    const cluster = await startCluster()
    const delivered = listen(from(five).pipe(toKafkaSettled(configFor(cluster, lingering))))
    expect(await delivered.ended).toBeNull()
    const told = delivered.values.map((one) =>
      one.status === 'rejected' ? [one.record.value, one.error.code, one.error.retriable] : [],
    )
    expect(told).toEqual([
      ['a', 'BATCH_REFUSED', true],
      ['b', 'BATCH_REFUSED', true],
      ['c', 'INVALID_TIMESTAMP', false],
      ['d', 'BATCH_REFUSED', true],
      ['e', 'BATCH_REFUSED', true],
    ])
  })

  it('ends a stream with the error of that record', async () => {
    const cluster = await startCluster()
    const delivered = listen(from(five).pipe(toKafka(configFor(cluster, lingering))))
    const error = (await delivered.ended) as DeliveryError
    expect(error).toMatchObject({ code: 'INVALID_TIMESTAMP', record: five[2] })
    expect(error.unsent.map(({ record }) => record)).toEqual(five)
  })
})
