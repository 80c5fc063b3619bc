// The proof on a real Apache Kafka: 100,000 lines of a real text over 12 partitions, with every
// codec and every acks, read back by other tools; and the errors that a real broker, or its
// absence, causes. One broker, one topic for each case, one run of each tool over all topics. All
// lines are produced and read back first; the specs then compare.

import { isDeepStrictEqual } from 'node:util'
import { from, lastValueFrom, type Observable, timeout, toArray } from 'rxjs'
import {
  BrokerError,
  ConnectionError,
  DeliveryError,
  KafkaProducer,
  type ProducerConfig,
  type ProducerRecord,
  paced,
  type RecordMetadata,
  toKafka,
} from 'to-kafka'
import { codecs } from 'to-kafka/stages'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from './broker-probe.ts'
import { type KafkaRing, kcatIsHere, logsAreHere, openRing, ringIsSkipped } from './kafka-ring.ts'
import type { LoggedRecord, TopicLogs } from './kafka-tools.ts'
import { linesOfRealText } from './real-text.ts'

const lineCount = 100_000
const partitions = 12
/** A pipeline without output for this long hangs, and the whole ring need not wait for it. */
const silenceMsMax = 20_000

interface Line extends ProducerRecord<string, string> {
  /** Its position in the text, from 0: carried along and returned in the metadata. */
  readonly index: number
}

type Config = Omit<ProducerConfig, 'bootstrap.servers'>

interface Case {
  /** Also the topic. */
  readonly name: string
  readonly config: Config
  /** With a key, the key decides the partition; without, the lines follow the sticky choice. */
  readonly keyed: boolean
  /** Through a shared producer and `paced`, or pushed into an operator with its own producer. */
  readonly shared: boolean
}

const idempotent = { acks: 'all', 'enable.idempotence': true } as const

const everyCase: readonly Case[] = [
  { name: 'acks-all-none', config: idempotent, keyed: true, shared: true },
  {
    name: 'acks-all-gzip',
    config: { ...idempotent, 'compression.type': 'gzip' },
    keyed: false,
    shared: true,
  },
  {
    name: 'acks-all-snappy',
    config: { ...idempotent, 'compression.type': 'snappy' },
    keyed: true,
    shared: false,
  },
  {
    name: 'acks-all-lz4',
    config: { ...idempotent, 'compression.type': 'lz4' },
    keyed: false,
    shared: true,
  },
  {
    name: 'acks-all-zstd',
    config: { ...idempotent, 'compression.type': 'zstd' },
    keyed: true,
    shared: false,
  },
  { name: 'acks-1', config: { acks: 1 }, keyed: false, shared: false },
  { name: 'acks-0', config: { acks: 0 }, keyed: true, shared: false },
]

const withoutZstd = codecs.zstd.compressNeeds() !== null
const cases = everyCase.filter(
  ({ config }) => config['compression.type'] !== 'zstd' || !withoutZstd,
)

const skipped = (await ringIsSkipped()) !== null
const noKcat = skipped || !(await kcatIsHere())

describe.skipIf(skipped)('a real Kafka broker', () => {
  let ring: KafkaRing
  beforeAll(async () => {
    ring = await openRing([
      ...cases.map(({ name }) => ({ name, partitions })),
      { name: 'small', partitions: 1, configs: { 'max.message.bytes': '1000' } },
    ])
  })
  afterAll(() => ring?.stop())

  describe('100,000 lines over 12 partitions', () => {
    const emitted = new Map<string, readonly RecordMetadata<Line>[]>()
    const read: { readonly by: string; readonly logs: TopicLogs }[] = []
    let dump: Awaited<ReturnType<KafkaRing['readBack']>>['dump']

    beforeAll(async () => {
      const lines = linesOfRealText(lineCount)
      for (const one of cases) emitted.set(one.name, await produced(ring, one, lines))
      const names = cases.map(({ name }) => name)
      const back = await ring.readBack(names, lineCount * cases.length)
      read.push({ by: "Kafka's consumer", logs: back.consumer })
      read.push({ by: 'the console consumer', logs: back.consoleConsumer })
      if (back.kcat) read.push({ by: 'kcat', logs: back.kcat })
      dump = back.dump
    }, 300_000)

    const logBy = (by: string, name: string) => read.find((one) => one.by === by)?.logs.get(name)
    const results = (name: string) => emitted.get(name) ?? []

    describe.each(cases)('$name', ({ name, config, keyed }) => {
      it('gives each line one result, in input order within its partition', () => {
        const indexes = results(name).map(({ record }) => record.index)
        expect([...indexes].sort((a, b) => a - b)).toEqual([...Array(lineCount).keys()])
        for (const of of byPartition(results(name))) {
          expect(of.length).toBeGreaterThan(0)
          expect(
            of.every(({ record }, i) => i === 0 || of[i - 1]!.record.index < record.index),
          ).toBe(true)
        }
      })

      const tools = ["Kafka's consumer", 'the console consumer', 'kcat']
      it.each(tools.filter((by) => by !== 'kcat' || !noKcat))(
        'is read back by %s as exactly these records, in order within each partition',
        (by) => {
          const log = logBy(by, name)
          expect(log?.length).toBe(partitions)
          byPartition(results(name)).forEach((of, partition) => {
            expect(firstDifference(log?.[partition] ?? [], of.map(loggedAs))).toBeNull()
          })
        },
      )

      it.skipIf(config.acks === 0)(
        'reports the partition and offset at which the record is',
        () => {
          const log = logBy("Kafka's consumer", name)
          const strayed = results(name).filter(({ partition, offset, record }) => {
            const there = log?.[partition]?.[offset]
            return there === undefined || there.offset !== offset || !isRecord(there, record)
          })
          expect(strayed.slice(0, 3)).toEqual([])
        },
      )

      it.runIf(config.acks === 0)('reports offset -1, because it is unknown', () => {
        expect(new Set(results(name).map(({ offset }) => offset))).toEqual(new Set([-1]))
      })

      it('counts the serialized bytes of key and value', () => {
        const wrong = results(name).filter(({ record, ...metadata }) => {
          const key = keyed ? Buffer.byteLength(record.key ?? '') : -1
          const value = Buffer.byteLength(record.value ?? '')
          return metadata.serializedKeySize !== key || metadata.serializedValueSize !== value
        })
        expect(wrong.slice(0, 3)).toEqual([])
      })

      it.skipIf(!logsAreHere)('is in batches that DumpLogSegments finds valid', () => {
        const batches = dump?.batches.get(name) ?? []
        expect(batches.length).toBe(partitions)
        expect(batches.flat().find(({ valid }) => !valid)).toBeUndefined()
        expect(batches.flat().reduce((sum, { count }) => sum + count, 0)).toBe(lineCount)
        const codec = config['compression.type'] ?? 'none'
        expect(new Set(batches.flat().map(({ compression }) => compression))).toEqual(
          new Set([codec]),
        )
        for (const of of batches) expectSequences(of, config['enable.idempotence'] === true)
      })
    })

    it.skipIf(!logsAreHere)('is valid for DumpLogSegments', () => {
      expect(dump?.complaints).toEqual([])
      expect(dump?.records).toBe(lineCount * cases.length)
    })
  })

  // 1. Metadata names a leader that has not opened the log yet: it refuses batch 1 with a retriable
  // error. 2. By the time batch 2 arrives, the log is open. The leader does not know this producer,
  // and then Kafka accepts any sequence number as the first: batch 2 is in the log. 3. The repeat
  // of batch 1 is written after it. So no batch may follow a producer's first batch of a partition
  // before that one is acknowledged.
  describe('a topic that was just created', () => {
    it.each([1, 2, 3, 4, 5])(
      'gets its lines in order, with idempotence (try %i)',
      async (attempt) => {
        const name = `fresh-${attempt}`
        await ring.makeUnsettled({ name, partitions })
        const fresh = { name, config: idempotent, keyed: true, shared: true }
        const results = await produced(ring, fresh, linesOfRealText(10_000))

        const strayed = byPartition(results).flatMap((of) =>
          of.filter(({ offset }, index) => offset !== index),
        )
        expect(results.length).toBe(10_000)
        expect(strayed.map(({ partition, offset }) => ({ partition, offset })).slice(0, 3)).toEqual(
          [],
        )
      },
    )
  })

  describe('a record that cannot be delivered', { timeout: 15_000 }, () => {
    it('fails after max.block.ms for a topic that does not exist', async () => {
      const topic = ring.topic('never-made')
      const error = await failureOf({ topic, value: 'x' }, { 'max.block.ms': 1_500 })

      expect(error).toMatchObject({
        code: 'METADATA_TIMEOUT',
        limitMs: 1_500,
        persisted: 'no',
        topic,
      })
      expect(error.cause).toBeInstanceOf(BrokerError)
      expect(error.cause).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    })

    it('fails after max.block.ms for a partition that the topic does not have', async () => {
      const topic = ring.topic('acks-1')
      const record = { topic, partition: partitions, value: 'x' }
      const error = await failureOf(record, { 'max.block.ms': 1_500 })

      expect(error).toMatchObject({
        code: 'METADATA_TIMEOUT',
        limitMs: 1_500,
        persisted: 'no',
        topic,
      })
    })

    it("fails if it is larger than the topic's max.message.bytes", async () => {
      const topic = ring.topic('small')
      const error = await failureOf({ topic, value: 'x'.repeat(2_000) }, {})

      expect(error).toMatchObject({
        code: 'RECORD_TOO_LARGE',
        persisted: 'no',
        topic,
        partition: 0,
      })
      expect(error.cause).toBeInstanceOf(BrokerError)
      expect(error.cause).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    })

    it('fails, unsent, if it is larger than max.request.size', async () => {
      const topic = ring.topic('small')
      const record = { topic, value: 'x'.repeat(2_000) }
      const error = await failureOf(record, { 'max.request.size': 500 })

      expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', limitBytes: 500, attempts: 0, topic })
    })

    it('fails after max.block.ms if the bootstrap address does not resolve', async () => {
      const error = await failureOf(
        { topic: 'any', value: 'x' },
        { 'max.block.ms': 1_000 },
        'no-such-host.invalid:9092',
      )

      expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', limitMs: 1_000, persisted: 'no' })
      expect(error.cause).toBeInstanceOf(ConnectionError)
      expect(error.cause).toMatchObject({
        code: 'CONNECT_FAILED',
        address: 'no-such-host.invalid:9092',
      })
    })

    it('fails after max.block.ms if no broker listens at the bootstrap address', async () => {
      const [port] = await freePorts(1)
      const error = await failureOf(
        { topic: 'any', value: 'x' },
        { 'max.block.ms': 1_000 },
        `127.0.0.1:${port}`,
      )

      expect(error).toMatchObject({ code: 'METADATA_TIMEOUT', limitMs: 1_000, persisted: 'no' })
      expect(error.cause).toBeInstanceOf(ConnectionError)
      expect(error.cause).toMatchObject({ code: 'CONNECT_FAILED', address: `127.0.0.1:${port}` })
    })

    async function failureOf(
      record: ProducerRecord<string, string>,
      config: Config,
      bootstrapServers = ring.bootstrapServers,
    ): Promise<DeliveryError> {
      const all = { 'bootstrap.servers': bootstrapServers, ...config }
      const outcome = await lastValueFrom(from([record]).pipe(toKafka(all))).then(
        (metadata) => ({ metadata }),
        (error: unknown) => error,
      )
      expect(outcome).toBeInstanceOf(DeliveryError)
      expect((outcome as DeliveryError).record).toBe(record)
      return outcome as DeliveryError
    }
  })
})

async function produced(
  ring: KafkaRing,
  { name, config, keyed, shared }: Case,
  text: readonly string[],
): Promise<RecordMetadata<Line>[]> {
  const lines = text.map((line, index) => lineOf(ring.topic(name), line, index, keyed))
  const all = { 'bootstrap.servers': ring.bootstrapServers, ...config }
  if (!shared) return gathered(from(lines).pipe(toKafka(all)))
  const producer = new KafkaProducer(all)
  try {
    return await gathered(paced(lines, producer).pipe(toKafka(producer)))
  } finally {
    await producer.close()
  }
}

function gathered(results$: Observable<RecordMetadata<Line>>): Promise<RecordMetadata<Line>[]> {
  return lastValueFrom(results$.pipe(timeout(silenceMsMax), toArray()))
}

/** The same line may occur twice in a text, so each has its number: as the key, or as a prefix. */
function lineOf(topic: string, line: string, index: number, keyed: boolean): Line {
  const headers = index % 16 === 0 ? [{ key: 'line', value: `${index}` }] : []
  const value = keyed ? line : `${index} ${line}`
  return { topic, key: keyed ? `${index}` : null, value, headers, index }
}

function byPartition(results: readonly RecordMetadata<Line>[]): RecordMetadata<Line>[][] {
  const lists = Array.from({ length: partitions }, (): RecordMetadata<Line>[] => [])
  for (const result of results) lists[result.partition]?.push(result)
  return lists
}

/** The expected record in the log, at its position among those of its partition. */
function loggedAs({ record, timestamp }: RecordMetadata<Line>, offset: number): LoggedRecord {
  return {
    offset,
    timestamp,
    key: record.key ?? null,
    value: record.value,
    headers: record.index % 16 === 0 ? [['line', `${record.index}`]] : [],
  }
}

/** The first difference of two logs: a complete diff would be as long as they are. */
function firstDifference(there: readonly LoggedRecord[], wanted: readonly LoggedRecord[]) {
  for (let index = 0; index < Math.max(there.length, wanted.length); index++) {
    const [one, other] = [there[index], wanted[index]]
    if (!isDeepStrictEqual(one, other)) return { index, there: one, wanted: other }
  }
  return null
}

function isRecord(logged: LoggedRecord, record: Line): boolean {
  return logged.key === (record.key ?? null) && logged.value === record.value
}

/** Idempotent: one producer, which numbers the partition's records from 0 without a gap. */
function expectSequences(
  batches: readonly { baseSequence: number; count: number; producerId: number }[],
  numbered: boolean,
): void {
  let next = 0
  for (const { baseSequence, count, producerId } of batches) {
    expect(producerId).toBe(numbered ? batches[0]!.producerId : -1)
    expect(baseSequence).toBe(numbered ? next : -1)
    next += count
  }
  if (numbered) expect(batches[0]!.producerId).toBeGreaterThanOrEqual(0)
}
