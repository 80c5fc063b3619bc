import { createServer } from 'node:net'
import { type MockCluster, type TopicBatch, TopicReader } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encodeResponse } from '../../lib/protocol/headers.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { type Compression, codecs } from '../../lib/records/compression.ts'
import { type BatchSpec, batch } from '../support/batches.ts'
import { RawClient } from '../support/raw-client.ts'
import { RawTransactions } from '../support/raw-transactions.ts'
import { startCluster, until } from '../support/scenario.ts'

/** Two brokers; `t-0` is led by the first, `t-1` by the second. */
const started = () => startCluster({ brokers: 2, topics: { t: { partitions: 2 } } })

async function opened(cluster: MockCluster, servers = cluster.bootstrapServers) {
  const reader = await TopicReader.open(servers, 't')
  onTestFinished(() => reader.close())
  return reader
}

async function produce(cluster: MockCluster, partition: number, spec: BatchSpec) {
  const leader = cluster.bootstrapServers.split(',')[cluster.leaderOf('t', partition) - 1]!
  const raw = new RawClient(leader)
  const partitionData = [{ index: partition, records: [batch(spec)] }]
  const topicData = [{ name: 't', partitionData }]
  await raw.ask(Produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  await raw.end()
}

async function all(batches: AsyncIterable<TopicBatch>): Promise<TopicBatch[]> {
  const found: TopicBatch[] = []
  for await (const one of batches) found.push(one)
  return found
}

const values = ({ records }: TopicBatch) => records.map(({ valueText }) => valueText)
const abc = { records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] }

type Compress = (bytes: Uint8Array) => Uint8Array
type Layout = (compress: Compress, raw: Uint8Array) => Uint8Array[]

const halves: Layout = (compress, raw) => [compress(raw.subarray(0, 9)), compress(raw.subarray(9))]
const skipped = Buffer.from('502a4d1803000000616263', 'hex')

/**
 * Streams that brokers accept and Java's consumer reads, although its producer does not write them.
 */
const others: readonly (readonly [Compression, string, Layout])[] = [
  ['gzip', 'several members', halves],
  ['gzip', 'bytes behind its end', (compress, raw) => [compress(raw), Buffer.from('more')]],
  ['snappy', 'several xerial streams', halves],
  ['lz4', 'a frame to be skipped behind it', (compress, raw) => [compress(raw), skipped]],
  ['lz4', 'zeros behind its end', (compress, raw) => [compress(raw), Buffer.alloc(8)]],
  ['zstd', 'several frames', halves],
  ['zstd', 'a frame to be skipped before it', (compress, raw) => [skipped, compress(raw)]],
]
const readable = others.filter(([codec]) => codecs[codec].compressNeeds() === null)

describe('TopicReader', () => {
  it('leaves out aborted and undecided records if it reads only committed ones', async () => {
    const cluster = await startCluster()
    const raw = new RawClient(cluster.bootstrapServers)
    const mine = new RawTransactions(raw, 'mine')
    const ended = async (value: string, committed: boolean) => {
      const who = await mine.begin()
      await mine.send(who, 't', 0, { value })
      await mine.end(who, committed)
    }
    for (const [value, committed] of [
      ['a', true],
      ['b', false],
      ['c', true],
    ] as const) {
      await ended(value, committed)
    }
    await mine.send(await mine.begin(), 't', 0, { value: 'd' })
    await raw.end()

    const reader = await opened(cluster)
    const committed = await all(reader.batches(0, { isolation: 'read_committed' }))
    expect(committed.flatMap(values)).toEqual(['a', 'c'])
    expect(await reader.endOffset(0, 'read_committed')).toBe(6)
    expect((await all(reader.batches(0))).flatMap(values)).toEqual(['a', 'b', 'c', 'd'])
    expect(await reader.endOffset(0)).toBe(7)
    expect(cluster.committedRecords('t').map(({ valueText }) => valueText)).toEqual(['a', 'c'])
  })

  it('is closed at the end of its block by await using', async () => {
    const cluster = await started()
    {
      await using reader = await opened(cluster)
      expect(await reader.endOffset(0)).toBe(0)
      expect(process.getActiveResourcesInfo()).toContain('TCPSocketWrap')
    }
    await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))
  })

  it('leaves no socket behind when it cannot be opened', async () => {
    let closed: () => void = () => {}
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve
    })
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', closed)
      socket.on('data', () => socket.write(Buffer.from('0000000800000001ffffffff', 'hex')))
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as { port: number }

    await expect(TopicReader.open(`127.0.0.1:${port}`, 't')).rejects.toThrow()
    await isClosed
  })

  it('reads each partition from its leader, batch by batch, in log order', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    await produce(cluster, 0, { records: [{ value: 'd' }] })
    await produce(cluster, 1, { records: [{ key: 'k', value: null, headers: [['h', '1']] }] })

    const reader = await opened(cluster)

    expect(reader.partitions).toBe(2)
    const first = await all(reader.batches(0))
    expect(first.map(values)).toEqual([['a', 'b', 'c'], ['d']])
    expect(first.map(({ baseOffset }) => baseOffset)).toEqual([0, 3])
    const [only] = (await all(reader.batches(1)))[0]!.records
    expect(only).toMatchObject({ partition: 1, offset: 0, keyText: 'k', value: null })
    expect(only!.headers).toEqual([{ key: 'h', value: Buffer.from('1') }])
    expect(cluster.violations).toEqual([])
  })

  it('reports the size of a batch in the log, and its uncompressed size', async () => {
    const cluster = await started()
    const records = [{ value: 'x'.repeat(10_000) }]
    await produce(cluster, 0, { records, compression: 'gzip' })
    const [found] = await all((await opened(cluster)).batches(0))
    expect(found!.byteLength).toBe(batch({ records, compression: 'gzip' }).length)
    expect(found!.uncompressedBytes).toBe(batch({ records }).length)
  })

  it.each(readable)('reads what Java reads: %s, %s', async (codec, _, layout) => {
    const cluster = await started()
    const { id, compress } = codecs[codec]
    const stream = (raw: Uint8Array) => Buffer.concat(layout((bytes) => compress(bytes), raw))
    await produce(cluster, 0, { ...abc, attributes: id, stream })
    const found = await all((await opened(cluster)).batches(0))
    expect(found.map(values)).toEqual([['a', 'b', 'c']])
  })

  it('reads only from and to the requested offsets', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    await produce(cluster, 0, abc)
    const reader = await opened(cluster)
    expect((await all(reader.batches(0, { from: 1, to: 4 }))).map(values)).toEqual([
      ['b', 'c'],
      ['a'],
    ])
    expect(await all(reader.batches(0, { from: 6 }))).toEqual([])
    expect((await all(reader.batches(0, { from: 5, to: 100 }))).map(values)).toEqual([['c']])
  })

  it('begins where the log begins, also in the middle of a batch', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    await produce(cluster, 0, abc)
    cluster.deleteRecords('t', 0, 1)
    const reader = await opened(cluster)
    expect((await all(reader.batches(0))).map(values)).toEqual([
      ['b', 'c'],
      ['a', 'b', 'c'],
    ])

    cluster.deleteRecords('t', 0, 3)
    expect((await all(reader.batches(0))).map(values)).toEqual([['a', 'b', 'c']])
    expect([await reader.startOffset(0), await reader.startOffset(1)]).toEqual([3, 0])
    await expect(all(reader.batches(0, { from: 2 }))).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })

    cluster.deleteRecords('t', 0, -1)
    expect(await all(reader.batches(0))).toEqual([])
  })

  it('reports the end of a partition', async () => {
    const cluster = await started()
    await produce(cluster, 1, abc)
    const reader = await opened(cluster)
    expect(await reader.endOffset(0)).toBe(0)
    expect(await reader.endOffset(1)).toBe(3)
  })

  it('reads a log that is larger than one answer', async () => {
    const cluster = await started()
    const value = 'x'.repeat(700_000)
    for (let count = 0; count < 4; count += 1) {
      await produce(cluster, 0, { records: [{ value: `${count}${value}` }] })
    }
    const found = await all((await opened(cluster)).batches(0))
    expect(found.map((one) => values(one)[0]![0])).toEqual(['0', '1', '2', '3'])
  })

  it('follows a leader that moves', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    const reader = await opened(cluster)
    cluster.moveLeader('t', 0, 2)
    expect((await all(reader.batches(0))).map(values)).toEqual([['a', 'b', 'c']])
  })

  it('connects again if a broker has cut the connection', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    cluster.on('Fetch', { nth: 1 }).closeBeforeAppend()
    const reader = await opened(cluster)
    expect((await all(reader.batches(0))).map(values)).toEqual([['a', 'b', 'c']])
  })

  it('tries the bootstrap servers in turn', async () => {
    const cluster = await started()
    const reader = await opened(cluster, `127.0.0.1:1, ${cluster.bootstrapServers}`)
    expect(reader.partitions).toBe(2)
  })

  it('says which topic, offset or partition does not exist', async () => {
    const cluster = await started()
    await expect(TopicReader.open(cluster.bootstrapServers, 'other')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: expect.stringContaining('other'),
    })
    const reader = await opened(cluster)
    await expect(reader.endOffset(2)).rejects.toThrow('no partition t-2')
    await produce(cluster, 0, abc)
    await expect(all(reader.batches(0, { form: 1 } as never))).rejects.toThrow("mean 'from'?")
    await expect(all(reader.batches(0, { from: -1 }))).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })
  })

  it('says that nothing listens, or that the server is not Kafka', async () => {
    await expect(TopicReader.open('127.0.0.1:1', 't')).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    await expect(TopicReader.open('nowhere', 't')).rejects.toThrow('"nowhere" is not host:port')
    const silent = createServer((socket) => socket.on('error', () => {}).end())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as { port: number }
    await expect(TopicReader.open(`127.0.0.1:${port}`, 't')).rejects.toMatchObject({
      code: 'DISCONNECTED',
    })
  })

  it('refuses a batch with a wrong checksum, and an invalid answer', async () => {
    const cluster = await started()
    await produce(cluster, 0, abc)
    const damaged = batch({ ...abc, crc: 1 })
    // Its fifth request: after ApiVersions, Metadata, and ListOffsets twice.
    cluster.on('Fetch', { nth: 1 }).garbage(Buffer.concat(fetchAnswer(5, damaged)))
    cluster.on('Fetch', { nth: 2 }).garbage()
    const read = async () => all((await opened(cluster)).batches(0))
    await expect(read()).rejects.toThrow('checksum')
    await expect(read()).rejects.toMatchObject({ code: 'INVALID_FRAME' })
  })
})

function fetchAnswer(correlationId: number, records: Uint8Array): Uint8Array[] {
  const partition = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 3n,
    abortedTransactions: null,
    records: [records],
  }
  const responses = [{ topic: 't', partitions: [partition] }]
  return encodeResponse(Fetch, 12, correlationId, { throttleTimeMs: 0, responses })
}
