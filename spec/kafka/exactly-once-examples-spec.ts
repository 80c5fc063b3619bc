// The exactly-once examples with npm consumers, on a real Kafka, when something fails in the
// middle. (transactions-spec.ts kills them; `npm run test:chaos:exactly-once` does everything at
// once, for a long time.)

import { Kafka, logLevel } from 'kafkajs'
import { KafkaProducer } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from './broker-probe.ts'
import { bundleExample, ExampleProcess } from './example-process.ts'
import { JavaServant } from './java-servant.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'
import { ringIsSkipped } from './kafka-ring.ts'

// @platformatic/kafka uses FindCoordinator v4, which exists since Kafka 3.0.
const tooOld = brokerVersion !== undefined && isBefore(brokerVersion, '3.0')
const skipped = (await ringIsSkipped()) !== null || tooOld
const libraries = ['kafkajs', 'platformatic'] as const
type Library = (typeof libraries)[number]

const settings = {
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
}
const limitMs = 30_000
const longest = 2_000
const words = Array.from({ length: 1_000 }, (_, index) => `word-${index}`)
const poisoned = words.with(450, 'x'.repeat(2 * longest))
const lengthsOf = (some: readonly string[]) => some.map((word) => `${word.length} ${word}`).sort()

describe.skipIf(skipped)('the exactly-once examples with npm consumers', () => {
  const files = new Map<Library, string>()
  const started: ExampleProcess[] = []
  let broker: KafkaBroker
  let java: JavaServant

  beforeAll(async () => {
    broker = await startKafkaBroker({ settings, heapMb: 256 })
    java = await JavaServant.start('TransactionTurns', broker.bootstrapServers)
    const admin = await KafkaAdmin.start(broker.bootstrapServers)
    const topics = [
      'words',
      'poisoned',
      ...libraries,
      ...libraries.map((name) => `stopped-${name}`),
    ]
    const configs = { 'max.message.bytes': `${longest}` }
    await admin.create([
      ...topics.slice(0, 2).map((name) => ({ name, partitions: 1 })),
      ...topics.slice(2).map((name) => ({ name, partitions: 1, configs })),
    ])
    await admin.close()
    await using writer = producer('writer')
    await writer.transaction((tx) => {
      for (const value of words) tx.send({ topic: 'words', value })
      for (const value of poisoned) tx.send({ topic: 'poisoned', value })
    })
    for (const library of libraries) {
      files.set(library, await bundleExample(`exactly-once-${library}`))
    }
  })

  afterAll(async () => {
    await Promise.all(started.map((one) => one.end('SIGKILL')))
    await java?.close()
    await broker?.stop()
  })

  function producer(id: string): KafkaProducer {
    return new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'transactional.id': id,
    })
  }

  function start(library: Library, from: string, to: string): ExampleProcess {
    const env = { KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers, SESSION_TIMEOUT_MS: '3000' }
    const one = new ExampleProcess(files.get(library)!, [from, to], env)
    started.push(one)
    return one
  }

  /** Waits until the group has a member with partitions. */
  async function joined(groupId: string): Promise<void> {
    const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const isStable = async () =>
      (await admin.describeGroups([groupId])).groups[0]?.state === 'Stable'
    await until(isStable, limitMs, () => `nobody joins ${groupId}`)
    await admin.disconnect()
  }

  /** The committed records, sorted. */
  async function outputOf(to: string): Promise<string[]> {
    const [records] = (await java.ask({ do: 'read', topic: to })) as { value: string }[][]
    return records!.map(({ value }) => value).sort()
  }

  it.each(libraries)(
    '%s: a permanent failure ends the program, and everything committed before is in the log once',
    async (library) => {
      const to = `stopped-${library}`
      const one = start(library, 'poisoned', to)
      expect(await one.ended()).toBe(1)
      expect(one.complaint).toMatch(/RECORD_TOO_LARGE|MESSAGE_TOO_LARGE/)
      const output = await outputOf(to)
      expect(output.length).toBeLessThan(451)
      expect(output).toEqual(lengthsOf(words.slice(0, output.length)))
    },
  )

  it('platformatic: begins after the transaction that the last owner of a partition is about to commit', async () => {
    await using last = producer('the last owner')
    const [committed, rest] = [words.slice(0, 500), words.slice(500)]
    let one: ExampleProcess | undefined
    await last.transaction(async (tx) => {
      const lengths = committed.map((word) => `${word.length} ${word}`)
      for (const value of lengths) tx.send({ topic: 'platformatic', value })
      const offsets = [{ topic: 'words', partition: 0, offset: committed.length }]
      await tx.sendOffsets(offsets, { groupId: 'platformatic-platformatic' })
      one = start('platformatic', 'words', 'platformatic')
      await joined('platformatic-platformatic')
    })
    const all = async () => (await outputOf('platformatic')).length >= words.length
    await until(all, limitMs, () => `it does not go on: ${one?.complaint}`)
    expect(await one?.end('SIGTERM'), one?.complaint).toBe(0)
    expect(await outputOf('platformatic')).toEqual(lengthsOf([...committed, ...rest]))
  })

  it('kafkajs: fenced in the middle, it continues from the offsets of its group', async () => {
    const one = start('kafkajs', 'words', 'kafkajs')
    await one.printed()
    await using other = producer('kafkajs-kafkajs-words-0')
    await other.initTransactions()
    const all = async () => (await outputOf('kafkajs')).length >= words.length
    await until(all, limitMs, () => `it does not go on: ${one.complaint}`)
    expect(await one.end('SIGTERM'), one.complaint).toBe(0)
    expect(await outputOf('kafkajs')).toEqual(lengthsOf(words))
  })
})
