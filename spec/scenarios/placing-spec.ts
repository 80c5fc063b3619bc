import { type RecordMetadata, serializers } from 'to-kafka'
import { describe, expect, it } from 'vitest'
import { murmur2, toPartition } from '../../lib/partitioners/murmur2.ts'
import { producerFor, records, settle, startCluster } from '../support/scenario.ts'

// The partition of a record is decided once, before the record is in a batch.

describe('a partitioner of the user', () => {
  it('is called once for each record, however many batches the records fill', async () => {
    const cluster = await startCluster({ topics: { t: { partitions: 3 } } })
    const asked: unknown[] = []
    const producer = producerFor(cluster, {
      'batch.size': 500,
      'partitioner.class': ({ value }) => {
        asked.push(value)
        return Number(value) % 3
      },
    })
    const values = Array.from({ length: 200 }, (_, index) => `${index}`.padStart(100, '0'))
    const sent = await Promise.all(records(values).map((record) => producer.send(record)))
    expect(asked).toEqual(values)
    expect(sent.map(({ partition }) => partition)).toEqual(values.map((value) => Number(value) % 3))
  })
})

describe('a key', () => {
  it('has the same partition before and after the loss of its leader', async () => {
    const cluster = await startCluster({ brokers: 3, topics: { t: { partitions: 6 } } })
    const producer = producerFor(cluster)
    const home = toPartition(murmur2('order-1'), 6)
    const send = () => producer.send({ topic: 't', key: 'order-1', value: 'x' })
    const before = await send()
    const leader = cluster.leaderOf('t', home)
    cluster.moveLeader('t', home, -1)
    // A refused record makes the producer notice; it keeps trying.
    const pioneer = producer.send({ topic: 't', partition: home, value: 'y' })
    while ((await producer.partitionsFor('t'))[home]!.leader !== null) await settle(1)
    const without = send()
    await settle()
    cluster.moveLeader('t', home, leader)
    await pioneer
    expect([before.partition, (await without).partition]).toEqual([home, home])
  })
})

describe('a record that is too large', () => {
  it.each(['none', 'gzip'] as const)(
    'has an error with its uncompressed size and its partition: %s',
    async (type) => {
      const cluster = await startCluster({ topics: { t: { partitions: 6 } } })
      const heard: RecordMetadata[] = []
      const producer = producerFor(cluster, {
        'max.request.size': 1000,
        'compression.type': type,
        'interceptor.classes': [{ onAcknowledgement: (metadata) => heard.push(metadata) }],
      })
      const record = { topic: 't', key: 'order-1', value: 'x'.repeat(1000) }
      await expect(producer.send(record)).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' })
      const partition = toPartition(murmur2('order-1'), 6)
      expect(heard).toMatchObject([{ topic: 't', partition, offset: -1, timestamp: -1 }])
      expect((await producer.send({ ...record, value: 'x'.repeat(800) })).offset).toBe(0)
    },
  )
})

describe('serializers that are instances', () => {
  it('are used as they are, and close() does not close them', async () => {
    const cluster = await startCluster()
    let closed = 0
    const value = Object.assign((data: number) => serializers.int32(data, {} as never), {
      close: () => (closed += 1),
    })
    const producer = producerFor(cluster, { 'value.serializer': value as never })
    await producer.send({ topic: 't', value: 7 } as never)
    await producer.close()
    expect((await cluster.records('t')).map((record) => record.value)).toEqual([
      Buffer.from([0, 0, 0, 7]),
    ])
    expect(closed).toBe(0)
  })
})
