// Transactions on a real Kafka, as its own console consumer and kcat see them with read_committed:
// TV2 on the newest release, TV1 with KAFKA_VERSION=3.9.1. (releases-spec.ts has the answers of
// releases before 2.5.)

import { Kafka, logLevel } from 'kafkajs'
import { concatMap, from, lastValueFrom, mergeMap, range, toArray } from 'rxjs'
import { exactlyOnce, inTransaction, KafkaProducer, KafkaProducerPool } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleExample, ExampleProcess } from './example-process.ts'
import { runJava, runProgram } from './java-program.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'
import { kcatIsHere, ringIsSkipped } from './kafka-ring.ts'
import { librariesHere } from './once-libraries.ts'

const tooOld = brokerVersion !== undefined && isBefore(brokerVersion, '2.5')
const skipped = (await ringIsSkipped()) !== null || tooOld
const topics = ['batches', 'fenced', 'late', 'in', 'out', 'pool', 'words'] as const
const libraries = librariesHere()
const outputs = libraries.map((library) => `by-${library}`)

const settings = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'group.min.session.timeout.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
}

describe.skipIf(skipped)('transactions on a real Kafka', () => {
  let broker: KafkaBroker
  const open: { close(options?: { timeout: number }): Promise<void> }[] = []

  beforeAll(async () => {
    broker = await startKafkaBroker({ settings })
    const admin = await KafkaAdmin.start(broker.bootstrapServers)
    await admin.create([...topics, ...outputs].map((name) => ({ name, partitions: 3 })))
    await admin.close()
  })

  afterAll(async () => {
    await Promise.all(open.map((one) => one.close({ timeout: 0 })))
    await broker?.stop()
  })

  function producer(id: string, config: object = {}): KafkaProducer {
    const made = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'transactional.id': id,
      'linger.ms': 0,
      ...config,
    })
    open.push(made)
    return made
  }

  /** The values that both tools see, sorted. */
  async function committed(topic: string): Promise<readonly string[]> {
    const seen: string[] = []
    const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
    const args = ['--bootstrap-server', broker.bootstrapServers, '--topic', topic]
    args.push('--from-beginning', '--timeout-ms', '8000', '--isolation-level', 'read_committed')
    await runJava(tool, args, { onLine: (line) => seen.push(line), limitMs: 60_000 })
    if (await kcatIsHere()) {
      expect([...(await committedByKcat(topic))].sort()).toEqual(seen.sort())
    }
    return seen.sort()
  }

  async function committedByKcat(topic: string): Promise<readonly string[]> {
    const seen: string[] = []
    const args = ['-C', '-b', broker.bootstrapServers, '-t', topic, '-e', '-q']
    await runProgram('kcat', args, { onLine: (line) => seen.push(line), limitMs: 60_000 })
    return seen
  }

  it('readers see whole transactions, and nothing of aborted ones', async () => {
    const shared = producer('batches')
    const expected: string[] = []
    const results = range(0, 100).pipe(
      concatMap(async (number) => {
        const values = Array.from({ length: 10 }, (_, index) => `${number}-${index}`)
        const failing = number % 3 === 2
        const sent = shared.transaction(async (tx) => {
          for (const value of values) tx.send({ topic: 'batches', value })
          if (failing) throw new Error('no')
        })
        await sent.catch(() => {})
        if (!failing) expected.push(...values)
      }),
    )
    await lastValueFrom(results)
    expect(await committed('batches')).toEqual(expected.sort())
  })

  it('a second producer with the same id fences the first, and ends its open transaction', async () => {
    const [old, young] = [producer('same'), producer('same')]
    const record = (value: string) => ({ topic: 'fenced', value })
    await old.transaction((tx) => void tx.send(record('before')))
    const [sent, goOn] = [signal(), signal()]
    const left = old.transaction(async (tx) => {
      await tx.send(record('left'))
      sent.resolve()
      await goOn.promise
      await tx.send(record('late'))
    })
    left.catch(() => {})
    await sent.promise
    await young.transaction((tx) => void tx.send(record('young')))
    goOn.resolve()
    await expect(left).rejects.toMatchObject({ code: 'FENCED', outcome: 'aborted' })
    await expect(old.transaction(() => {})).rejects.toMatchObject({ code: 'FENCED' })
    expect(await committed('fenced')).toEqual(['before', 'young'])
  })

  it('a transaction that takes too long is aborted in time, and the producer continues to work', async () => {
    const shared = producer('late', { 'transaction.timeout.ms': 2000 })
    const endless = shared.transaction(async (tx) => {
      await tx.send({ topic: 'late', value: 'a' })
      await new Promise(() => {})
    })
    await expect(endless).rejects.toMatchObject({ code: 'TRANSACTION_TIMEOUT', retriable: true })
    await shared.transaction((tx) => void tx.send({ topic: 'late', value: 'b' }))
    expect(await committed('late')).toEqual(['b'])
  })

  it('records made from messages and the offsets of these messages are committed together', async () => {
    const messages = Array.from({ length: 1000 }, (_, offset) => ({
      topic: 'in',
      partition: 0,
      offset,
    }))
    const shared = producer('totals')
    const group = { groupId: 'totals' }
    const run = from(messages).pipe(
      exactlyOnce(shared, {
        records: ({ offset }) =>
          offset % 10 === 0 ? null : { topic: 'out', value: `${offset}`, key: `${offset}` },
        position: (message) => message,
        group,
        fencing: 'transactional.id',
        maxMessages: 100,
      }),
      toArray(),
    )
    const done = await lastValueFrom(run)
    expect(done.map(({ message }) => message)).toEqual(messages)
    expect(await committed('out')).toHaveLength(900)
    const lines: string[] = []
    const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
    const args = ['--bootstrap-server', broker.bootstrapServers, '--describe', '--group', 'totals']
    await runJava(tool, args, { onLine: (line) => lines.push(line), limitMs: 60_000 })
    const row = lines.find((line) => /\bin\b\s+0\b/.test(line))
    expect(row?.trim().split(/\s+/)[3]).toBe('1000')
  })

  it('npm consumers that are killed and restarted produce the output of each message once', async () => {
    const words = Array.from({ length: 2_000 }, (_, index) => `word-${index}`)
    await producer('words').transaction((tx) => {
      for (const value of words) tx.send({ topic: 'words', key: value, value })
    })
    const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    /** The offset in its input that the group of an output has reached. */
    async function reached(groupId: string): Promise<number> {
      const [topic] = await admin.fetchOffsets({ groupId, topics: ['words'] })
      return (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, +offset), 0)
    }
    await Promise.all(
      libraries.map(async (library) => {
        const file = await bundleExample(`exactly-once-${library}`)
        const to = `by-${library}`
        const start = () =>
          new ExampleProcess(file, ['words', to], {
            KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
            SESSION_TIMEOUT_MS: '1500',
          })
        const first = start()
        await first.printed()
        await first.end('SIGKILL')
        const atKill = await reached(`${to}-${library}`)
        const second = start()
        while ((await reached(`${to}-${library}`)) < words.length);
        expect(await second.end('SIGTERM'), second.complaint).toBe(0)
        expect(atKill).toBeLessThan(words.length)
      }),
    )
    await admin.disconnect()
    const expected = words.map((word) => `${word.length} ${word}`).sort()
    await Promise.all(
      outputs.map(async (to) => {
        const seen = (await kcatIsHere()) ? await committedByKcat(to) : await committed(to)
        expect([...seen].sort()).toEqual(expected)
      }),
    )
  })

  it('a pool has as many open transactions as producers', async () => {
    const config = { 'bootstrap.servers': broker.bootstrapServers, 'transactional.id': 'pool' }
    const pool = new KafkaProducerPool(config, { size: 4 })
    open.push(pool)
    const values = Array.from({ length: 40 }, (_, index) => `${index}`)
    const results = from(values).pipe(
      mergeMap((value) => from([{ topic: 'pool', value }]).pipe(inTransaction(pool))),
      toArray(),
    )
    await lastValueFrom(results)
    expect(await committed('pool')).toEqual(values.sort())
  })
})

/** A promise, and the function that resolves it. */
function signal() {
  let resolve = () => {}
  const promise = new Promise<void>((keep) => {
    resolve = keep
  })
  return { promise, resolve: () => resolve() }
}
