// The same bytes go to the mock cluster and to a real Apache Kafka, and the same answers have to
// come back: error codes, offsets, what is appended and what ends the connection.
// Skipped, out loud, where no real Kafka can run; with REQUIRE_KAFKA=1 that is a failure.

import { MockCluster, type TopicSettings } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCode } from '../../lib/errors/error-codes.ts'
import { ApiVersions } from '../../lib/protocol/messages/api-versions.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../../lib/protocol/messages/list-offsets.ts'
import { Metadata } from '../../lib/protocol/messages/metadata.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { until } from '../kafka/broker-probe.ts'
import { type KafkaRing, openRing, ringIsSkipped } from '../kafka/kafka-ring.ts'
import { type BatchSpec, batch, int } from '../support/batches.ts'
import { RawClient } from '../support/raw-client.ts'

/** One side: a connection, and the name that a topic has there. */
interface Side {
  readonly bootstrapServers: string
  topic(name: string): string
}

type Case = (raw: RawClient, topic: string) => Promise<unknown>

const ab: BatchSpec = { records: [{ key: 'k', value: 'a' }, { value: 'b' }] }
const name = (code: number) => errorCode(code).name

async function produce(
  raw: RawClient,
  topic: string,
  spec: BatchSpec | Uint8Array | null,
  to = {},
) {
  const { acks = -1, partition = 0, version = 9 } = to as Partial<Record<string, number>>
  const bytes = spec instanceof Uint8Array || spec === null ? spec : batch(spec)
  const partitionData = [{ index: partition, records: bytes && [bytes] }]
  const body = { acks, timeoutMs: 5000, topicData: [{ name: topic, partitionData }] }
  const [answer] = (await raw.ask(Produce, version, body)).responses[0]!.partitionResponses
  const { errorCode: code, baseOffset, logStartOffset, recordErrors } = answer!
  const refused = recordErrors.map(({ batchIndex }) => batchIndex)
  return [name(code), baseOffset, logStartOffset, ...refused].join(' ')
}

/** A real broker that has just started says that it loads, and is to be asked again. */
async function identity(raw: RawClient, mine: { producerId?: bigint; producerEpoch?: number }) {
  const body = { transactionalId: null, transactionTimeoutMs: 1000, ...mine }
  for (;;) {
    const answer = await raw.ask(InitProducerId, 4, body)
    if (name(answer.errorCode) !== 'COORDINATOR_LOAD_IN_PROGRESS') return answer
  }
}

/** Whether a broker that has just made these topics leads them by now. */
async function leadsAll(raw: RawClient, names: readonly string[]): Promise<boolean> {
  const topics = names.map((topic) => {
    return { name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }
  })
  const answer = await raw.ask(ListOffsets, 7, { replicaId: -1, isolationLevel: 0, topics })
  return answer.topics.every(({ partitions }) => partitions[0]!.errorCode === 0)
}

/** What each of these batches gives, and, after them all, a good one. */
function producing(...specs: (BatchSpec | Uint8Array | null)[]): Case {
  return async (raw, topic) => {
    const results: string[] = []
    for (const spec of [...specs, ab]) results.push(await produce(raw, topic, spec))
    return results
  }
}

/** A sequence of batches of one producer: `[baseSequence, count, epoch]`. */
function sequences(...steps: readonly (readonly [number, number, number])[]): Case {
  return producing(
    ...steps.map(([baseSequence, count, producerEpoch]) => {
      const records = Array.from({ length: count }, () => ({ value: 'x' }))
      return { records, producerId: 4711, producerEpoch, baseSequence }
    }),
  )
}

/** Bytes that end the connection. */
function ending(...frame: Uint8Array[]): Case {
  return async (raw) => {
    raw.write(...frame)
    await raw.closed
    return raw.unread
  }
}

function header(key: number, version: number): Buffer {
  return Buffer.concat([int(2, key), int(2, version), int(4, 7), int(2, -1)])
}

function damaged(): Buffer {
  const bytes = batch(ab)
  bytes[70]! ^= 1
  return bytes
}

const moved = Buffer.concat([int(8, 5), batch(ab).subarray(8)])
const tooLarge = { records: [{ value: Buffer.alloc(1_048_589) }] }
const tomorrow = Date.now() + 24 * 3_600_000
const ahead = { records: [{}, { timestamp: tomorrow }] }

const one = batch(ab)
const five = Array.from({ length: 6 }, (_, sequence) => [sequence, 1, 0] as const)

const cases: Readonly<Record<string, Case>> = {
  'good batches': producing(ab, ab),
  gzip: producing({ ...ab, compression: 'gzip' }),
  snappy: producing({ ...ab, compression: 'snappy' }),
  'raw snappy': producing({ ...ab, compression: 'raw-snappy' }),
  'damaged bytes': producing(damaged()),
  'a wrong checksum': producing({ ...ab, crc: 1 }),
  'a wrong length': producing({ ...ab, batchLength: 60 }),
  'two batches': producing(Buffer.concat([one, one])),
  'a part of a batch': producing(one.subarray(0, 70)),
  'too few bytes': producing(Buffer.alloc(60)),
  'no bytes': producing(Buffer.alloc(0)),
  'an old magic': producing({ ...ab, magic: 1 }),
  'a base offset': producing(moved),
  'a count too large': producing({ ...ab, recordCount: 3, lastOffsetDelta: 2 }),
  'a wrong last offset delta': producing({ ...ab, lastOffsetDelta: 2 }),
  'no records': producing({ records: [], maxTimestamp: 0 }),
  'trailing bytes': producing({ ...ab, trailing: int(1, 0) }),
  'a control batch': producing({ ...ab, attributes: 32 }),
  'a producer without a sequence': producing({ ...ab, producerId: 1, producerEpoch: 0 }),
  'a batch that is too large': producing(tooLarge),
  'a record of tomorrow': producing(ahead),
  'sequences in order': sequences([0, 3, 0], [3, 1, 0], [4, 2, 0]),
  'a gap': sequences([0, 1, 0], [2, 1, 0], [1, 1, 0]),
  'repeats of the last five': sequences(...five, ...five.slice(1)),
  'a repeat that is older': sequences(...five, [0, 1, 0], [6, 1, 0]),
  'a repeat of another length': sequences([0, 3, 0], [0, 2, 0]),
  'a producer that begins late': sequences([41, 1, 0], [42, 1, 0]),
  'a new epoch': sequences([0, 1, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0], [0, 1, 1]),
  'sequences that wrap': sequences([2147483646, 4, 0], [2147483646, 4, 0], [2, 1, 0]),
  'acks of 2': (raw, topic) => produce(raw, topic, ab, { acks: 2 }),
  'an unknown partition': (raw, topic) => produce(raw, topic, ab, { partition: 7 }),
  'an unknown topic': (raw, topic) => produce(raw, `${topic}-not`, ab),
  'Produce v3': (raw, topic) => produce(raw, topic, ab, { version: 3 }),
  'acks=0 and an error': async (raw, topic) => {
    const partitionData = [{ index: 7, records: [batch(ab)] }]
    const topicData = [{ name: topic, partitionData }]
    raw.send(Produce, 9, { acks: 0, timeoutMs: 1, topicData })
    await raw.closed
    return raw.unread
  },
  'Produce v2': ending(int(4, 10), header(0, 2)),
  'an unknown API': ending(int(4, 10), header(999, 0)),
  'a version to come': ending(int(4, 10), header(3, 99)),
  'a body that ends early': ending(int(4, 12), header(3, 1), int(2, 0)),
  'a negative size': ending(int(4, -1)),
  'a size beyond the limit': ending(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
  'ApiVersions to come': async (raw) => {
    raw.write(int(4, 11), header(18, 99), int(1, 0))
    const { errorCode: code, apiKeys } = await raw.answer(ApiVersions, 0)
    return [name(code), apiKeys.map(({ apiKey, minVersion }) => [apiKey, minVersion])]
  },
  'ApiVersions without a name': async (raw) => {
    const body = { clientSoftwareName: '', clientSoftwareVersion: '1' }
    return name((await raw.ask(ApiVersions, 3, body)).errorCode)
  },
  'versions of Produce': async (raw) => {
    const { apiKeys } = await raw.ask(ApiVersions, 0, {})
    return apiKeys.find(({ apiKey }) => apiKey === 0)
  },
  Metadata: async (raw, topic) => {
    const names = [topic, `${topic}-not`, 'not a topic', '..']
    const topics = names.map((asked) => ({ name: asked }))
    const body = { topics, allowAutoTopicCreation: false }
    const answer = await raw.ask(Metadata, 9, body)
    const described = answer.topics.map(({ errorCode: code, partitions }) => [
      name(code),
      partitions.map(({ leaderId, leaderEpoch }) => [leaderId, leaderEpoch]),
    ])
    return described.sort()
  },
  'Metadata by id': async (raw) => {
    const topics = [{ topicId: 'nobodyHasThisId000000w', name: null }]
    const [answer] = (await raw.ask(Metadata, 12, { topics })).topics
    return [name(answer!.errorCode), answer!.name, answer!.partitions]
  },
  'producer ids': async (raw) => {
    const first = await identity(raw, {})
    const second = await identity(raw, { producerId: 4711n, producerEpoch: 3 })
    return [first.producerEpoch, second.producerEpoch, second.producerId - first.producerId]
  },
  ListOffsets: async (raw, topic) => {
    await produce(raw, topic, { records: [{ timestamp: 10 }, { timestamp: 30 }] })
    await produce(raw, topic, { records: [{ timestamp: 20 }] })
    const found: unknown[] = []
    for (const timestamp of [-1n, -2n, -3n, 15n, 31n]) {
      const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }]
      const answer = await raw.ask(ListOffsets, 7, { replicaId: -1, isolationLevel: 0, topics })
      const {
        errorCode: code,
        offset,
        timestamp: at,
        leaderEpoch,
      } = answer.topics[0]!.partitions[0]!
      found.push([timestamp, name(code), offset, at, leaderEpoch])
    }
    return found
  },
  Fetch: async (raw, topic) => {
    for (let times = 0; times < 3; times++) await produce(raw, topic, ab)
    const size = one.byteLength
    const found: unknown[] = []
    for (const [offset, maxBytes, currentLeaderEpoch] of [
      [0, 1e6, -1],
      [3, 1e6, 0],
      [0, 1, -1],
      [0, size, -1],
      [6, 1e6, -1],
      [7, 1e6, -1],
      [-1, 1e6, -1],
      [0, 1e6, 5],
    ] as const) {
      const fetchOffset = BigInt(offset)
      const asked = { partition: 0, fetchOffset, currentLeaderEpoch, partitionMaxBytes: 1e6 }
      const topics = [{ topic, partitions: [asked] }]
      const limits = { maxWaitMs: 1, minBytes: 1, maxBytes }
      const answer = await raw.ask(Fetch, 12, { ...limits, topics, forgottenTopicsData: [] })
      const { errorCode: code, highWatermark, records } = answer.responses[0]!.partitions[0]!
      found.push([offset, name(code), highWatermark, records?.byteLength ?? 0])
    }
    return found
  },
}

// A cluster of the user's has other settings and more brokers; this is about one that is fresh.
const foreign = process.env['KAFKA_BOOTSTRAP_SERVERS'] !== undefined
const skipped = foreign || (await ringIsSkipped()) !== null

describe.skipIf(skipped)('the mock cluster does as Kafka does with', () => {
  const topicOf = (title: string) => title.replaceAll(/[^a-zA-Z0-9]/g, '-')
  let mock: MockCluster
  let ring: KafkaRing

  beforeAll(async () => {
    const topics = Object.keys(cases).map(topicOf)
    const settings: [string, TopicSettings][] = topics.map((topic) => [topic, {}])
    mock = await MockCluster.start({ topics: Object.fromEntries(settings) })
    ring = await openRing(topics.map((topic) => ({ name: topic, partitions: 1 })))
    const raw = new RawClient(ring.bootstrapServers.split(',')[0]!)
    const names = topics.map((topic) => ring.topic(topic))
    await until(
      () => leadsAll(raw, names),
      30_000,
      () => 'the broker does not lead its topics',
    )
    await raw.end()
  })

  afterAll(async () => {
    await mock?.close()
    await ring?.stop()
  })

  async function on(side: Side, title: string): Promise<unknown> {
    const raw = new RawClient(side.bootstrapServers.split(',')[0]!)
    try {
      return await cases[title]!(raw, side.topic(topicOf(title)))
    } finally {
      await raw.end()
    }
  }

  it.each(Object.keys(cases))('%s', async (title) => {
    const { bootstrapServers } = mock
    const theirs = await on(ring, title)
    const ours = await on({ bootstrapServers, topic: (topic) => topic }, title)
    expect(ours).toEqual(theirs)
  })
})
