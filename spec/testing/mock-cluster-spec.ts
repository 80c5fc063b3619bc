import { MockCluster, type MockClusterOptions } from 'to-kafka/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { nodeTimers } from '../../lib/wire/node-time.ts'
import { type BatchSpec, batch, int } from '../support/batches.ts'
import { RawClient } from '../support/raw-client.ts'

async function start(options: MockClusterOptions = {}) {
  const cluster = await MockCluster.start({ topics: { t: { partitions: 2 } }, ...options })
  onTestFinished(() => cluster.close())
  return cluster
}

/** A connection to a broker, by its position in the bootstrap servers. */
function client(cluster: MockCluster, broker = 1): RawClient {
  const raw = new RawClient(cluster.bootstrapServers.split(',')[broker - 1]!)
  onTestFinished(() => raw.end())
  return raw
}

function produceTo(partition: number, spec: BatchSpec | string) {
  const bytes = batch(typeof spec === 'string' ? { records: [{ value: spec }] } : spec)
  const topicData = [{ name: 't', partitionData: [{ index: partition, records: [bytes] }] }]
  return { acks: -1, timeoutMs: 1000, topicData }
}

function fetchFrom(offset: bigint, maxWaitMs: number) {
  const partition = { partition: 0, fetchOffset: offset, partitionMaxBytes: 1e6 }
  const topics = [{ topic: 't', partitions: [partition] }]
  return { maxWaitMs, minBytes: 1, topics, forgottenTopicsData: [] }
}

const errorIn = (response: Awaited<ReturnType<typeof produceAnswer>>) =>
  errorCode(response.responses[0]!.partitionResponses[0]!.errorCode).name

const produceAnswer = (raw: RawClient) => raw.answer(Produce, 9)

describe('MockCluster', () => {
  it('has the requested number of brokers, each on its own port, which name each other', async () => {
    const cluster = await start({ brokers: 3 })
    const addresses = cluster.bootstrapServers.split(',')

    const { brokers, clusterId } = await client(cluster, 2).ask(Metadata, 9, { topics: null })

    expect(brokers.map(({ nodeId, host, port }) => `${nodeId} ${host}:${port}`)).toEqual(
      addresses.map((address, index) => `${index + 1} ${address}`),
    )
    expect(new Set(addresses).size).toBe(3)
    expect(clusterId).toHaveLength(22)
  })

  it('shows the written records, by partition in log order', async () => {
    const cluster = await start()
    const raw = client(cluster)
    const headers = [['h', 'x'] as const, ['h', null] as const]
    await raw.ask(Produce, 9, produceTo(1, 'late'))
    await raw.ask(Produce, 9, produceTo(0, { records: [{ value: null, timestamp: 7 }, {}] }))
    await raw.ask(Produce, 9, produceTo(0, { records: [{ key: 'k', value: 'é', headers }] }))

    const records = await cluster.records('t')

    expect(records).toEqual([
      { partition: 0, offset: 0, key: null, value: null, headers: [], timestamp: 7 },
      { partition: 0, offset: 1, key: null, value: null, headers: [], timestamp: 1001 },
      {
        partition: 0,
        offset: 2,
        key: Buffer.from('k'),
        value: Buffer.from('é'),
        headers: [
          { key: 'h', value: Buffer.from('x') },
          { key: 'h', value: null },
        ],
        timestamp: 1000,
      },
      {
        partition: 1,
        offset: 0,
        key: null,
        value: Buffer.from('late'),
        headers: [],
        timestamp: 1000,
      },
    ])
    expect(records.map(({ keyText, valueText }) => [keyText, valueText])).toEqual([
      [null, null],
      [null, null],
      ['k', 'é'],
      [null, 'late'],
    ])
    expect([...cluster.read('t')]).toEqual(records)
    expect(cluster.violations).toEqual([])
  })

  it('shows the received requests of every broker', async () => {
    const cluster = await start({ brokers: 2 })
    await client(cluster, 2).ask(Metadata, 1, { topics: [] })
    await client(cluster, 1).ask(Produce, 9, produceTo(0, 'a'))

    expect(cluster.requests.map(({ api, version, broker }) => [api, version, broker])).toEqual([
      ['Metadata', 1, 2],
      ['Produce', 9, 1],
    ])
    const produced = cluster.requests.find((request) => request.api === 'Produce')
    expect(produced?.body.topicData[0]?.partitionData[0]?.index).toBe(0)
  })

  it('answers the requests of a connection in order, however their bytes are split', async () => {
    const cluster = await start()
    const raw = client(cluster)
    raw.send(Produce, 9, produceTo(0, 'a'))
    raw.send(Metadata, 9, { topics: null })
    raw.send(Produce, 9, produceTo(0, 'b'))

    expect(errorIn(await produceAnswer(raw))).toBe('NONE')
    expect((await raw.answer(Metadata, 9)).topics).toHaveLength(1)
    const second = await produceAnswer(raw)
    expect(second.responses[0]!.partitionResponses[0]!.baseOffset).toBe(1n)
  })

  it('creates and deletes topics while it runs', async () => {
    const cluster = await start()
    cluster.createTopic('new', { partitions: 3 })
    cluster.deleteTopic('t')
    const { topics } = await client(cluster).ask(Metadata, 9, { topics: null })
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['new', 3]])
    await expect(cluster.records('t')).rejects.toThrow(RangeError)
  })

  it('adds partitions to a topic while it runs', async () => {
    const cluster = await start({ brokers: 2 })
    cluster.addPartitions('t', 1)
    const { topics } = await client(cluster).ask(Metadata, 9, { topics: null })
    expect(topics[0]!.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 2, 1])
    expect(() => cluster.addPartitions('x', 1)).toThrow(RangeError)
  })

  it('lets one broker report old leaders until it is allowed to see new ones', async () => {
    const cluster = await start({ brokers: 2 })
    const leaderTold = async (broker: number) => {
      const { topics } = await client(cluster, broker).ask(Metadata, 9, { topics: null })
      return topics[0]!.partitions[0]!.leaderId
    }
    cluster.freezeView(1)
    cluster.moveLeader('t', 0, 2)
    expect([await leaderTold(1), await leaderTold(2)]).toEqual([1, 2])
    cluster.thawView(1)
    expect(await leaderTold(1)).toBe(2)
  })

  it('ends a connection that does not send Kafka requests, and says why', async () => {
    const cluster = await start()
    const raw = client(cluster)
    raw.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await raw.closed
    expect(cluster.violations).toEqual([`broker 1: a request of ${0x47455420} bytes`])
  })

  it('refuses options that make no sense', async () => {
    await expect(MockCluster.start({ brokers: 0 })).rejects.toThrow(RangeError)
    await expect(MockCluster.start({ topics: { 'no topic': {} } })).rejects.toThrow(RangeError)
  })

  it.each([
    [{ broker: 3 }, "'broker' is not among the options of MockCluster: did you mean 'brokers'?"],
    [{ topics: ['orders'] }, 'the topics of a cluster must be an object, not an array'],
    [{ topics: { orders: { partition: 3 } } }, "did you mean 'partitions'?"],
    [{ topics: { orders: 3 } }, 'the settings of topic orders must be an object, not a number'],
    [
      { topics: { 'a b': {} } },
      "'a b' is not a valid topic name: it must be 1 to 249 of a-z, A-Z, 0-9, ",
    ],
    [{ versions: { Prodcue: [0, 7] } }, "'Prodcue' is not among the APIs of a broker: did you"],
    [null, 'the options of MockCluster must be an object, not null'],
  ])('refuses %o, which would have no effect', async (options, sentence) => {
    await expect(MockCluster.start(options as never)).rejects.toThrow(sentence)
  })

  it.each([
    ['Prodcue', {}, "'Prodcue' is not among the APIs of a broker: did you mean 'Produce'?"],
    ['produce', {}, "did you mean 'Produce'?"],
    [undefined, {}, 'undefined is not among the APIs of a broker (they are Produce, Fetch, '],
    ['Produce', { nht: 3 }, "'nht' is not among the filters of a fault: did you mean 'nth'?"],
    ['Produce', { nth: 0 }, 'nth is 0; requests are counted from 1'],
    ['Produce', null, 'the filters of a fault must be an object, not null'],
    ['Produce', 3, 'the filters of a fault must be an object, not a number'],
    ['Produce', { broker: 3 }, 'no broker 3: their ids are 1 to 1'],
  ])('refuses a fault that would never happen: %s %o', async (api, filter, sentence) => {
    const cluster = await start()
    expect(() => cluster.on(api as never, filter as never)).toThrow(sentence)
  })

  it('leaves no socket, timer or server behind when it closes', async () => {
    const hour = 3_600_000
    const [armed, cleared] = [
      vi.spyOn(nodeTimers, 'setTimeout'),
      vi.spyOn(nodeTimers, 'clearTimeout'),
    ]
    const cluster = await MockCluster.start({ brokers: 2, topics: { t: {} } })
    cluster.on('Produce').delay(hour)
    const [waiting, delayed, idle] = [client(cluster), client(cluster), client(cluster, 2)]
    await idle.ask(Metadata, 9, { topics: null })
    delayed.send(Produce, 9, produceTo(0, 'a'))
    while (cluster.requests.length < 2) await new Promise(setImmediate)
    waiting.send(Fetch, 12, fetchFrom(1n, hour))
    while (cluster.requests.length < 3) await new Promise(setImmediate)
    expect(openSockets()).not.toEqual([])

    await cluster.close()
    await Promise.all([waiting, delayed, idle].map(({ closed }) => closed))
    await new Promise(setImmediate)

    expect(openSockets()).toEqual([])
    const timers = armed.mock.results.filter((_, call) => armed.mock.calls[call]![1] === hour)
    expect(timers).toHaveLength(2)
    for (const { value } of timers) expect(cleared).toHaveBeenCalledWith(value)
    await cluster.close()
    vi.restoreAllMocks()
  })
})

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'))
}

describe('a reader', () => {
  it('that waits is answered when a record arrives', async () => {
    const cluster = await start()
    const [reader, writer] = [client(cluster), client(cluster)]
    reader.send(Fetch, 12, fetchFrom(0n, 3_600_000))
    while (cluster.requests.length === 0) await new Promise(setImmediate)

    await writer.ask(Produce, 9, produceTo(0, 'a'))

    const { responses } = await reader.answer(Fetch, 12)
    expect(responses[0]!.partitions[0]!.highWatermark).toBe(1n)
  })

  it('that waits is answered with nothing when its time is up', async () => {
    const cluster = await start()
    const { responses } = await client(cluster).ask(Fetch, 12, fetchFrom(0n, 1))
    expect(responses[0]!.partitions[0]!.records).toHaveLength(0)
  })
})

describe('a fault on the wire', () => {
  it('closes the connection instead of answering, and later requests find what was appended', async () => {
    const cluster = await start()
    const fault = cluster.on('Produce', { nth: 1 }).closeAfterAppend()
    const raw = client(cluster)
    raw.send(Produce, 9, produceTo(0, 'a'))
    raw.send(Produce, 9, produceTo(0, 'never read'))
    await raw.closed

    expect([raw.unread, fault.hits]).toEqual([0, 1])
    expect((await cluster.records('t')).map(({ valueText }) => valueText)).toEqual(['a'])
  })

  it('delays an answer, and all later answers on the connection', async () => {
    const cluster = await start()
    cluster.on('Produce').delay(1)
    const raw = client(cluster)
    raw.send(Produce, 9, produceTo(0, 'a'))
    raw.send(Metadata, 9, { topics: null })
    expect(errorIn(await produceAnswer(raw))).toBe('NONE')
    expect((await raw.answer(Metadata, 9)).topics).toHaveLength(1)
  })

  it('throttles: answers at once, and reads again later', async () => {
    const cluster = await start()
    cluster.on('Produce').throttle(1)
    const raw = client(cluster)
    const first = await raw.ask(Produce, 9, produceTo(0, 'a'))
    expect(first.throttleTimeMs).toBe(1)
    expect(errorIn(await raw.ask(Produce, 9, produceTo(0, 'b')))).toBe('NONE')
  })

  it('truncates an answer and ends the connection', async () => {
    const cluster = await start()
    cluster.on('Metadata').truncate(7)
    const raw = client(cluster)
    raw.send(Metadata, 9, { topics: null })
    await raw.closed
    expect(raw.unread).toBe(7)
  })

  it('hangs one connection and no other', async () => {
    const cluster = await start()
    cluster.on('Produce', { nth: 1 }).hang()
    const [hanging, other] = [client(cluster), client(cluster)]
    hanging.send(Produce, 9, produceTo(0, 'a'))
    while (cluster.requests.length === 0) await new Promise(setImmediate)
    expect(errorIn(await other.ask(Produce, 9, produceTo(0, 'b')))).toBe('NONE')
    expect(hanging.unread).toBe(0)
  })

  it('hangs until the client leaves, even if it has sent more', async () => {
    const cluster = await start()
    cluster.on('Produce', { nth: 1 }).hang()
    const raw = client(cluster)
    raw.send(Produce, 9, produceTo(0, 'a'))
    while (cluster.requests.length === 0) await new Promise(setImmediate)
    raw.send(Produce, 9, produceTo(0, 'b'))
    raw.leave()
    await raw.closed

    expect(raw.unread).toBe(0)
    const records = await cluster.records('t')
    expect(records.map(({ valueText }) => valueText)).toEqual(['a'])
  })

  it('delays requests of a client that leaves, and the broker processes all of them', async () => {
    const cluster = await start()
    cluster.on('Produce', { nth: 1 }).delay(5)
    const raw = client(cluster)
    for (const value of ['a', 'b', 'c']) raw.send(Produce, 9, produceTo(0, value))
    raw.leave()
    await raw.closed

    const records = await cluster.records('t')
    expect(records.map(({ valueText }) => valueText)).toEqual(['a', 'b', 'c'])
  })

  it('is removed when all are cleared', async () => {
    const cluster = await start()
    cluster.on('Produce').closeBeforeAppend()
    cluster.clearFaults()
    expect(errorIn(await client(cluster).ask(Produce, 9, produceTo(0, 'a')))).toBe('NONE')
  })
})

describe('a broker', () => {
  it('stops: its connections end, its port refuses, other brokers lead; and starts on the same port', async () => {
    const cluster = await start({ brokers: 2 })
    const { bootstrapServers } = cluster
    const raw = client(cluster, 1)
    await raw.ask(ApiVersions, 0, {})

    await cluster.stopBroker(1)
    await raw.closed
    const refused = client(cluster, 1)
    await refused.closed
    const without = await client(cluster, 2).ask(Metadata, 9, { topics: null })
    expect(without.brokers.map(({ nodeId }) => nodeId)).toEqual([2])
    expect([cluster.leaderOf('t', 0), cluster.leaderOf('t', 1)]).toEqual([2, 2])

    await cluster.startBroker(1)
    expect(cluster.bootstrapServers).toBe(bootstrapServers)
    const again = await client(cluster, 1).ask(Metadata, 9, { topics: null })
    expect(again.brokers).toHaveLength(2)
  })

  it('pauses: it accepts connections and answers nothing until it resumes', async () => {
    const cluster = await start({ brokers: 2 })
    const before = client(cluster, 1)
    await before.ask(ApiVersions, 0, {})

    cluster.pauseBroker(1)
    const meanwhile = client(cluster, 1)
    before.send(Produce, 9, produceTo(0, 'a'))
    meanwhile.send(ApiVersions, 0, {})
    await client(cluster, 2).ask(ApiVersions, 0, {})
    expect(cluster.requests.map(({ broker }) => broker)).toEqual([1, 2])

    cluster.resumeBroker(1)
    expect(errorIn(await produceAnswer(before))).toBe('NONE')
    expect((await meanwhile.answer(ApiVersions, 0)).errorCode).toBe(0)
    expect(() => cluster.resumeBroker(1)).toThrow(RangeError)
  })

  it('hides from Metadata and still works', async () => {
    const cluster = await start({ brokers: 2 })
    cluster.hideBroker(1)
    const raw = client(cluster, 1)
    expect((await raw.ask(Metadata, 9, { topics: null })).brokers).toHaveLength(1)
    expect(errorIn(await raw.ask(Produce, 9, produceTo(0, 'a')))).toBe('NONE')
    cluster.showBroker(1)
    expect((await raw.ask(Metadata, 9, { topics: null })).brokers).toHaveLength(2)
  })

  it('that no longer leads names the leader', async () => {
    const cluster = await start({ brokers: 2 })
    cluster.moveLeader('t', 0, 2)
    const response = await client(cluster, 1).ask(Produce, 10, produceTo(0, 'a'))
    expect(errorIn(response)).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(response.nodeEndpoints.map(({ host, port }) => `${host}:${port}`)).toEqual([
      cluster.bootstrapServers.split(',')[1],
    ])
  })
})

describe('a frame', () => {
  it('that arrives byte by byte is read as usual', async () => {
    const cluster = await start()
    const raw = client(cluster)
    const frame = [int(4, 10), int(2, 18), int(2, 0), int(4, 0), int(2, -1)]
    for (const byte of Buffer.concat(frame)) raw.write(Uint8Array.of(byte))
    expect((await raw.answer(ApiVersions, 0)).errorCode).toBe(0)
  })
})
