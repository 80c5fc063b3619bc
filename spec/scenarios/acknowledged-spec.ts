import { from, of } from 'rxjs'
import { type ProducerRecord, toKafka } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import {
  configFor,
  listen,
  producerFor,
  records,
  requested,
  requestsOf,
  startCluster,
} from '../support/scenario.ts'

it('emits one RecordMetadata for each record, in input order within each partition, with its offset', async () => {
  const cluster = await startCluster({ brokers: 3, topics: { t: { partitions: 12 } } })
  const input = Array.from({ length: 2000 }, (_, index) => ({
    topic: 't',
    key: `k${index % 97}`,
    value: `${index}`,
  }))
  const delivered = listen(from(input).pipe(toKafka(configFor(cluster, { 'linger.ms': 2 }))))
  expect(await delivered.ended).toBeNull()

  expect(delivered.values).toHaveLength(input.length)
  const log = await cluster.records('t')
  const at = new Map(
    log.map((record) => [`${record.partition}/${record.offset}`, record.valueText]),
  )
  for (const { partition, offset, record } of delivered.values) {
    expect(at.get(`${partition}/${offset}`)).toBe(record.value)
  }
  for (let partition = 0; partition < 12; partition += 1) {
    const emitted = delivered.values.filter((one) => one.partition === partition)
    expect(emitted.map(({ offset }) => offset)).toEqual(emitted.map((_, index) => index))
    const numbers = emitted.map(({ record }) => Number(record.value))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  }
  expect(cluster.violations).toEqual([])
})

it('keeps that order when a connection is cut', async () => {
  const cluster = await startCluster()
  cluster.on('Produce', { nth: 3 }).closeAfterAppend()
  cluster.on('Produce', { nth: 5 }).closeBeforeAppend()
  const values = Array.from({ length: 200 }, (_, index) => `${index}`)
  const config = configFor(cluster, { 'batch.size': 200 })
  const delivered = listen(from(records(values)).pipe(toKafka(config)))
  expect(await delivered.ended).toBeNull()
  expect(delivered.values.map(({ record }) => record.value)).toEqual(values)
  expect(delivered.values.map(({ offset }) => offset)).toEqual(values.map((_, index) => index))
  expect((await cluster.records('t')).map(({ valueText }) => valueText)).toEqual(values)
})

it('emits results of another partition while an older record waits', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })
  cluster.moveLeader('t', 0, 1)
  cluster.moveLeader('t', 1, 2)
  const producer = producerFor(cluster)
  await Promise.all(
    [0, 1].map((partition) => producer.send({ topic: 't', partition, value: 'warm' })),
  )
  cluster.pauseBroker(1)
  const input = [
    { topic: 't', partition: 0, value: 'slow' },
    { topic: 't', partition: 1, value: 'fast' },
  ]
  const delivered = listen(from(input).pipe(toKafka(producer)))
  await requested(cluster, 'Produce', 3)
  while (delivered.values.length === 0) await new Promise(setImmediate)
  expect(delivered.values.map(({ record }) => record.value)).toEqual(['fast'])
  cluster.resumeBroker(1)
  expect(await delivered.ended).toBeNull()
  expect(delivered.values.map(({ record }) => record.value)).toEqual(['fast', 'slow'])
})

describe('the metadata', () => {
  it('has the original record object, whatever an interceptor replaced it with', async () => {
    const cluster = await startCluster()
    const input = Object.freeze({ topic: 't', value: 'a', trace: { id: 7 } })
    const interceptor = { onSend: (record: ProducerRecord) => ({ ...record, value: 'b' }) }
    const config = configFor(cluster, { 'interceptor.classes': [interceptor] })
    const delivered = listen(of(input).pipe(toKafka(config)))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values[0]!.record).toBe(input)
    expect(delivered.values[0]!.record.trace.id).toBe(7)
    expect((await cluster.records('t'))[0]!.valueText).toBe('b')
  })

  it('has the sizes of the bytes, -1 for null, 0 for nothing', async () => {
    const cluster = await startCluster()
    const input = [
      { topic: 't', key: 'é', value: new Uint8Array(5) },
      { topic: 't', value: null },
      { topic: 't', key: '', value: '' },
      { topic: 't', key: null, value: '€' },
    ]
    const delivered = listen(from(input).pipe(toKafka(configFor(cluster))))
    expect(await delivered.ended).toBeNull()
    expect(
      delivered.values.map(({ serializedKeySize, serializedValueSize }) => [
        serializedKeySize,
        serializedValueSize,
      ]),
    ).toEqual([
      [2, 5],
      [-1, -1],
      [0, 0],
      [-1, 3],
    ])
  })

  it('has the timestamp of the record, or the time of the call', async () => {
    const cluster = await startCluster()
    const before = Date.now()
    const input = [
      { topic: 't', value: 'a', timestamp: 5 },
      { topic: 't', value: 'b' },
    ]
    const delivered = listen(from(input).pipe(toKafka(configFor(cluster))))
    expect(await delivered.ended).toBeNull()
    const [given, made] = delivered.values.map(({ timestamp }) => timestamp)
    expect(given).toBe(5)
    expect(made).toBeGreaterThanOrEqual(before)
    expect(made).toBeLessThanOrEqual(Date.now())
    expect((await cluster.records('t')).map(({ timestamp }) => timestamp)).toEqual([given, made])
  })

  it.each(['0', '1', 'all'] as const)('has the known fields with acks=%s', async (acks) => {
    const cluster = await startCluster()
    const config = configFor(cluster, { acks })
    const delivered = listen(from(records(['a', 'b'])).pipe(toKafka(config)))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values.map(({ offset }) => offset)).toEqual(acks === '0' ? [-1, -1] : [0, 1])
    expect(delivered.values.map(({ partition }) => partition)).toEqual([0, 0])
    expect(requestsOf(cluster, 'InitProducerId')).toHaveLength(acks === 'all' ? 1 : 0)
    while ((await cluster.records('t')).length < 2) await new Promise(setImmediate)
    expect((await cluster.records('t')).map(({ valueText }) => valueText)).toEqual(['a', 'b'])
  })

  it('has no offset if the broker only reports a duplicate', async () => {
    const cluster = await startCluster()
    cluster.on('Produce', { nth: 1 }).reply('DUPLICATE_SEQUENCE_NUMBER', { appended: true })
    const delivered = listen(of({ topic: 't', value: 'a' }).pipe(toKafka(configFor(cluster))))
    expect(await delivered.ended).toBeNull()
    expect(delivered.values[0]!.offset).toBe(-1)
  })
})

it('sends keys and headers unchanged', async () => {
  const cluster = await startCluster()
  const input = {
    topic: 't',
    key: new Uint8Array([0, 255]),
    value: 'v',
    headers: { trace: 'x', list: ['1', new Uint8Array([2]), null] },
  }
  expect(await listen(of(input).pipe(toKafka(configFor(cluster)))).ended).toBeNull()
  const [record] = await cluster.records('t')
  expect(record!.key).toEqual(Buffer.from([0, 255]))
  expect(record!.headers).toEqual([
    { key: 'trace', value: Buffer.from('x') },
    { key: 'list', value: Buffer.from('1') },
    { key: 'list', value: Buffer.from([2]) },
    { key: 'list', value: null },
  ])
})

it('accepts frozen records, and changes none', async () => {
  const cluster = await startCluster()
  const headers = Object.freeze([Object.freeze({ key: 'h', value: 'x' })])
  const input = Object.freeze({ topic: 't', key: 'k', value: 'v', headers })
  const before = JSON.stringify(input)
  expect(await listen(of(input).pipe(toKafka(configFor(cluster)))).ended).toBeNull()
  expect(JSON.stringify(input)).toBe(before)
})

describe('the timestamp in the metadata, if the answer to the first attempt was lost,', () => {
  const times = [1_700_000_000_000, 1_700_000_000_900, 1_700_000_000_300]
  const input = times.map((timestamp) => ({ topic: 't', value: 'v', timestamp }))

  async function sentTwice(timestampType: 'CreateTime' | 'LogAppendTime') {
    const cluster = await startCluster({ topics: { t: { timestampType } } })
    cluster.on('Produce', { nth: 1 }).closeAfterAppend()
    const producer = producerFor(cluster, { 'linger.ms': 600_000, 'delivery.timeout.ms': 700_000 })
    const results = Promise.all(input.map((record) => producer.send(record)))
    await producer.flush()
    expect(requestsOf(cluster, 'Produce')).toHaveLength(2)
    return {
      told: (await results).map(({ timestamp }) => timestamp),
      inLog: (await cluster.records('t')).map(({ timestamp }) => timestamp),
    }
  }

  it("is each record's own on a topic of CreateTime", async () => {
    const { told, inLog } = await sentTwice('CreateTime')
    expect(told).toEqual(times)
    expect(inLog).toEqual(times)
  })

  it("is the broker's on a topic of LogAppendTime", async () => {
    const { told, inLog } = await sentTwice('LogAppendTime')
    expect(told).toEqual(inLog)
    expect(told[0]).toBeGreaterThan(times[1]!)
  })
})
