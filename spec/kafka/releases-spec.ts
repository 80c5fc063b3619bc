// A short ring on old releases, one broker after another: each describes itself as the table and
// the mock cluster do, and records arrive with every acks and codec, as kcat and TopicReader read
// them. `KAFKA_VERSION=2.8.2` selects that release instead of those below.

import { from, lastValueFrom, toArray } from 'rxjs'
import {
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
  toKafka,
} from 'to-kafka'
import { codecs } from 'to-kafka/stages'
import { type KafkaVersion, MockCluster, type MockRecord, TopicReader } from 'to-kafka/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releases } from '../../lib/testing/releases.ts'
import { until } from './broker-probe.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { brokerVersion, isBefore, lineOf } from './kafka-release.ts'
import { kcatIsHere, ringIsSkipped } from './kafka-ring.ts'
import { type LoggedRecord, readTopicWithKcat } from './kafka-tools.ts'
import { everythingOf, otherwiseOf, rowOf, startOf } from './release-questions.ts'
import {
  type FirstAnswers,
  firstAnswersOf,
  releasesOfEachRun,
  releaseTable,
} from './release-table.ts'

const asked = brokerVersion === undefined ? releasesOfEachRun : [brokerVersion]
const skipped = (await ringIsSkipped()) !== null
const noKcat = skipped || !(await kcatIsHere())

type Config = Omit<ProducerConfig, 'bootstrap.servers'>
type Line = ProducerRecord<string, string>

const count = 500
const topic = 'ring'
const everyCase: readonly (readonly [name: string, config: Config])[] = [
  ['acks=all', {}],
  ['acks=all, gzip', { 'compression.type': 'gzip', 'compression.gzip.level': 9 }],
  ['acks=all, snappy', { 'compression.type': 'snappy' }],
  ['acks=all, lz4', { 'compression.type': 'lz4', 'compression.lz4.level': 9 }],
  ['acks=all, zstd', { 'compression.type': 'zstd', 'compression.zstd.level': 10 }],
  ['acks=1', { acks: 1 }],
  ['acks=0', { acks: 0 }],
]
const withoutZstd = codecs.zstd.compressNeeds() !== null
const cases = everyCase.filter((one) => !withoutZstd || one[1]['compression.type'] !== 'zstd')
// Each case has the partition with its number, and these come after them.
const [inTransactions, rawOnes, partitions] = [cases.length, cases.length + 1, cases.length + 2]

const settings = { 'auto.create.topics.enable': 'true', 'num.partitions': String(partitions) }

describe.skipIf(skipped).each(asked)('Kafka %s', (version) => {
  const line = lineOf(version)
  const isMocked = line in releases
  const hasTransactions = !isBefore(version, '2.5')
  let broker: KafkaBroker
  let mock: MockCluster
  let reader: TopicReader
  let byKcat: readonly (readonly LoggedRecord[])[] = []
  const results: RecordMetadata<Line>[][] = []
  const ends: string[] = []
  let start: FirstAnswers

  beforeAll(async () => {
    broker = await startKafkaBroker({ version, settings, heapMb: 256 })
    const { bootstrapServers } = broker
    start = await startOf(bootstrapServers)
    // The topic is created on demand, and each leader has opened its log once it acknowledges.
    await produced(
      bootstrapServers,
      {},
      Array.from({ length: partitions }, (_, at) => first(at)),
    )
    await Promise.all(
      cases.map(async ([, config], partition) => {
        results[partition] = await produced(bootstrapServers, config, linesOf(partition))
      }),
    )
    ends.push(...(await transactions(bootstrapServers)))
    reader = await TopicReader.open(bootstrapServers, topic)
    const acks0 = cases.findIndex(([, { acks }]) => acks === 0)
    const all = async () => (await reader.endOffset(acks0)) === 1 + count
    await until(all, 10_000, () => 'not all records of acks=0 arrive')
    if (!noKcat) byKcat = await readTopicWithKcat(bootstrapServers, topic)
    if (isMocked) {
      mock = await MockCluster.start({
        version: line as KafkaVersion,
        autoCreateTopics: true,
        topics: { [topic]: { partitions } },
      })
    }
  })

  afterAll(async () => {
    reader?.close()
    await mock?.close()
    await broker?.stop()
  })

  it.runIf(version in releaseTable)('describes itself as the table says', async () => {
    expect(await rowOf(broker.bootstrapServers)).toEqual(releaseTable[version])
  })

  it('answers its first client as the table says', () => {
    expect(start).toEqual(firstAnswersOf(version))
  })

  it.runIf(isMocked)('describes itself as the mock cluster does', async () => {
    const theirs = await everythingOf(broker.bootstrapServers)
    expect(await everythingOf(mock.bootstrapServers)).toEqual(theirs)
  })

  it.runIf(isMocked)(
    'differs from other releases in the same cases as the mock cluster',
    async () => {
      const theirs = await otherwiseOf(broker.bootstrapServers, topic, rawOnes)
      expect(await otherwiseOf(mock.bootstrapServers, topic, rawOnes)).toEqual(theirs)
    },
  )

  it.each(cases.map(([name], partition) => [name, partition] as const))(
    '%s: gives each record its result, in order, with its true offset',
    (_name, partition) => {
      const isAnswered = cases[partition]![1].acks !== 0
      const offsets = results[partition]!.map(({ offset }) => offset)
      const wanted = linesOf(partition).map((_line, index) => (isAnswered ? 1 + index : -1))
      expect(offsets).toEqual(wanted)
    },
  )

  it.each(cases.map(([name], partition) => [name, partition] as const))(
    '%s: is read back as it was sent: keys, values, headers, timestamps, order',
    async (_name, partition) => {
      const wanted = [first(partition), ...linesOf(partition)].map(asLogged)
      const batches = await lastValueFrom(from(reader.batches(partition)).pipe(toArray()))
      expect(batches.flatMap(({ records }) => records).map(asRead)).toEqual(wanted)
      if (!noKcat) expect(byKcat[partition]).toEqual(wanted)
      const isPacked = batches.slice(1).every((one) => one.byteLength < one.uncompressedBytes)
      expect(isPacked).toBe('compression.type' in cases[partition]![1])
    },
  )

  it.runIf(hasTransactions)('shows readers what is committed, and nothing else', async () => {
    expect(ends).toEqual(['committed', 'aborted', 'committed'])
    const range = { isolation: 'read_committed' } as const
    const batches = await lastValueFrom(from(reader.batches(inTransactions, range)).pipe(toArray()))
    const seen = batches.flatMap(({ records }) => records).map(({ value }) => String(value))
    expect(seen).toEqual(['first', 'a', 'c'])
    if (!noKcat) expect(byKcat[inTransactions]?.map(({ value }) => value)).toEqual(seen)
  })

  it.skipIf(hasTransactions)(
    'refuses transactions with a clear error, and continues to work',
    async () => {
      expect(ends[0]).toMatch(
        /transactions need Kafka 2\.5 or later: the broker supports InitProducerId up to v[12],/,
      )
      expect(await reader.endOffset(inTransactions)).toBe(1)
    },
  )
})

describe('the table', () => {
  it.each(Object.keys(releaseTable))('%s: the mock cluster says the same', async (version) => {
    await using cluster = await MockCluster.start({ version: lineOf(version) as KafkaVersion })
    expect(await rowOf(cluster.bootstrapServers)).toEqual(releaseTable[version])
  })

  it.each(Object.keys(releaseTable))(
    '%s: a mock cluster that has just started answers its first client as brokers do',
    async (version) => {
      const release = lineOf(version) as KafkaVersion
      await using cluster = await MockCluster.start({ version: release, justStarted: true })
      expect(await startOf(cluster.bootstrapServers)).toEqual(firstAnswersOf(version))
    },
  )

  it('has each release that the mock cluster can imitate', () => {
    expect(Object.keys(releaseTable).map(lineOf)).toEqual(Object.keys(releases))
  })
})

/** How a committed, an aborted and one more committed transaction ended. */
async function transactions(bootstrapServers: string): Promise<string[]> {
  const config = { 'bootstrap.servers': bootstrapServers, 'transactional.id': 'ring' }
  const producer = new KafkaProducer(config)
  const ends: string[] = []
  for (const value of ['a', 'b', 'c']) {
    const isWanted = value !== 'b'
    const end = producer.transaction(async (tx) => {
      await tx.send({ topic, partition: inTransactions, value })
      if (!isWanted) throw new Error('aborted')
    })
    ends.push(
      await end.then(
        () => 'committed',
        (error: unknown) => messagesOf(error),
      ),
    )
  }
  await producer.close()
  return ends
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return error.cause === undefined ? error.message : `${error.message} ${messagesOf(error.cause)}`
}

function produced(bootstrapServers: string, config: Config, lines: readonly Line[]) {
  // Small batches, so that several are in flight at once.
  const all = { 'bootstrap.servers': bootstrapServers, 'batch.size': 2_048, ...config }
  return lastValueFrom(from(lines).pipe(toKafka(all), toArray()))
}

function first(partition: number): Line {
  return { topic, partition, key: null, value: 'first', timestamp: 1_600_000_000_000 }
}

function linesOf(partition: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    partition,
    key: index % 3 === 0 ? null : `key ${index}`,
    value: index % 7 === 0 ? null : `line ${index} of those that are much like one another`,
    headers:
      index % 5 === 0
        ? [
            { key: 'é', value: `${index}` },
            { key: 'é', value: null },
          ]
        : [],
    timestamp: 1_600_000_000_000 + ((index * 7) % 50),
  }))
}

function asLogged({ key, value, headers, timestamp }: Line, offset: number): LoggedRecord {
  const list = (headers ?? []) as readonly { key: string; value: string | null }[]
  return {
    offset,
    timestamp: timestamp as number,
    key: key ?? null,
    value: value ?? null,
    headers: list.map((header) => [header.key, header.value] as const),
  }
}

function asRead({ offset, timestamp, key, value, headers }: MockRecord): LoggedRecord {
  const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString())
  const named = headers.map((header) => [header.key, text(header.value)] as const)
  return { offset, timestamp, key: text(key), value: text(value), headers: named }
}
