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
import { ringIsSkipped } from './kafka-ring.ts'
import { isPerPartition, type Library, librariesHere } from './once-libraries.ts'

const skipped = (await ringIsSkipped()) !== null
const libraries = librariesHere()
/** Those that wait for offsets that somebody else is about to commit. */
const patient = libraries.filter((library) => library !== 'kafkajs')
const perPartition = libraries.filter(isPerPartition)

const settings = {
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
}
const limitMs = 30_000
const longest = 2_000
const words = Array.from({ length: 1_000 }, (_, index) => `word-${index}`)
const poisoned = words.with(450, 'x'.repeat(2 * longest))
const lengthOf = (word: string) => `${word.length} ${word}`
const lengthsOf = (some: readonly string[]) => some.map(lengthOf).sort()

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
      ...['stopped', 'late', 'fenced'].flatMap((to) => libraries.map((name) => `${to}-${name}`)),
      'left-confluent',
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

  /** Waits until each word has its output. */
  async function allIn(to: string, one: ExampleProcess): Promise<void> {
    const all = async () => (await outputOf(to)).length >= words.length
    await until(all, limitMs, () => `it does not go on: ${one.complaint}`)
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

  it.each(patient)(
    '%s: begins after the transaction that the last owner of a partition is about to commit',
    async (library) => {
      await using last = producer(`the last owner: ${library}`)
      const [committed, rest] = [words.slice(0, 500), words.slice(500)]
      const to = `late-${library}`
      const groupId = `${to}-${library}`
      let one: ExampleProcess | undefined
      await last.transaction(async (tx) => {
        for (const value of committed.map(lengthOf)) tx.send({ topic: to, value })
        await tx.sendOffsets([{ topic: 'words', partition: 0, offset: 500 }], { groupId })
        one = start(library, 'words', to)
        await joined(groupId)
      })
      await allIn(to, one!)
      expect(await one?.end('SIGTERM'), one?.complaint).toBe(0)
      expect(await outputOf(to)).toEqual(lengthsOf([...committed, ...rest]))
    },
  )

  it.each(perPartition)(
    '%s: fenced in the middle, it continues from the offsets of its group',
    async (library) => {
      const to = `fenced-${library}`
      const one = start(library, 'words', to)
      await one.printed()
      await using other = producer(`${to}-${library}-words-0`)
      await other.initTransactions()
      await allIn(to, one)
      expect(await one.end('SIGTERM'), one.complaint).toBe(0)
      expect(await outputOf(to)).toEqual(lengthsOf(words))
    },
  )

  it.runIf(libraries.includes('confluent'))(
    'confluent: ends the open transaction of the last owner before it reads, and awaits no timeout',
    async () => {
      const to = 'left-confluent'
      const groupId = `${to}-confluent`
      await using last = producer(`${groupId}-words-0`)
      let one: ExampleProcess | undefined
      const left = last.transaction(async (tx) => {
        for (const value of words.slice(0, 500).map(lengthOf)) tx.send({ topic: to, value })
        await tx.sendOffsets([{ topic: 'words', partition: 0, offset: 500 }], { groupId })
        one = start('confluent', 'words', to)
        await allIn(to, one)
      })
      await expect(left).rejects.toMatchObject({ code: 'FENCED' })
      expect(await one?.end('SIGTERM'), one?.complaint).toBe(0)
      expect(await outputOf(to)).toEqual(lengthsOf(words))
    },
  )
})
