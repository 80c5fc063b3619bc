// Apache's producer and ours with one transactional.id, and Apache's tools on what ours writes, on
// a real Kafka with TV1 and on one with TV2 (KAFKA_VERSION=4.0.2 selects that release instead of
// both). The reference is what two of Apache's producers do to each other.

import { KafkaProducer, type Transaction } from 'to-kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/raw-client.ts'
import { RawTransactions } from '../support/raw-transactions.ts'
import { until } from './broker-probe.ts'
import { bundleProgram, ExampleProcess } from './example-process.ts'
import { JavaServant } from './java-servant.ts'
import { type KafkaBroker, startKafkaBroker } from './kafka-broker.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'
import { ringIsSkipped } from './kafka-ring.ts'
import { dumpLogSegments, type LogDump, type LoggedBatch, type ToolRun } from './log-dump.ts'
import { javaPlayers, ours, play } from './transaction-turns.ts'

const newest = '4.4.0'
const releases = [brokerVersion ?? ['3.9.1', newest]].flat()
const skipped = (await ringIsSkipped()) !== null

const pairs = ['java, java', 'java, ours', 'ours, java', 'ours, ours'] as const
const [turns, seen, hanging, slept] = ['turns', 'seen', 'hanging', 'slept']
const settings = {
  'auto.create.topics.enable': 'true',
  'num.partitions': String(pairs.length),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
}

describe.skipIf(skipped).each(releases)('Kafka %s', (version) => {
  const isTv1 = isBefore(version, '4.0')
  const epochsOfOneCommit = isTv1 ? 0 : 1
  const open: KafkaProducer[] = []
  let broker: KafkaBroker
  let java: JavaServant

  beforeAll(async () => {
    broker = await startKafkaBroker({ version, settings, heapMb: 256 })
    java = await JavaServant.start('TransactionTurns', broker.bootstrapServers)
  })

  afterAll(async () => {
    await Promise.all(open.map((one) => one.close({ timeout: 0 })))
    await java?.close()
    await broker?.stop()
  })

  function producer(transactionalId: string): KafkaProducer {
    const made = new KafkaProducer({
      'bootstrap.servers': broker.bootstrapServers,
      'transactional.id': transactionalId,
      'linger.ms': 0,
    })
    open.push(made)
    return made
  }

  const inServant: ToolRun = async (main, args, { onLine }) => {
    for (const line of (await java.ask({ do: 'tool', main, args })) as string[]) onLine(line)
    return ''
  }

  const dumped = (topic: string): Promise<LogDump> =>
    dumpLogSegments(broker.dataFolder, [topic], inServant)

  /** What Apache's consumer sees with read_committed, by partition. */
  async function read(topic: string): Promise<{ offset: number; value: string }[][]> {
    return (await java.ask({ do: 'read', topic })) as { offset: number; value: string }[][]
  }

  /** The table that kafka-transactions.sh prints: each row by its column titles. */
  async function transactions(...args: string[]): Promise<Record<string, string>[]> {
    const main = 'org.apache.kafka.tools.TransactionsCommand'
    const all = ['--bootstrap-server', broker.bootstrapServers, ...args]
    const lines = (await java.ask({ do: 'tool', main, args: all })) as string[]
    const [heads = [], ...rows] = lines.map((line) => line.trim().split(/\s*\t\s*/))
    return rows.map((row) =>
      Object.fromEntries(heads.map((head, index) => [head, row[index] ?? ''])),
    )
  }

  /**
   * Waits until the markers of these producers' last transactions are written, because a commit is
   * answered before that.
   */
  async function decided(ids: readonly string[]): Promise<void> {
    const all = async () => {
      const rows = await transactions('list')
      const states = ids.map((id) => rows.find(({ TransactionalId }) => TransactionalId === id))
      return states.every((row) => row?.['TransactionState']?.startsWith('Complete') === true)
    }
    await until(all, 10_000, () => `${ids}: not complete`)
  }

  describe('a producer that takes over the transactional.id of another', () => {
    const games: string[][] = []
    let committed: { offset: number; value: string }[][]
    let logs: readonly (readonly string[])[]

    beforeAll(async () => {
      const { bootstrapServers } = broker
      const kinds = { java: javaPlayers(java), ours }
      const played = pairs.map((pair, partition) => {
        const [first, second] = pair.split(', ') as ['java', 'ours']
        const board = { bootstrapServers, transactionalId: pair, topic: turns, partition }
        return play(board, kinds[first], kinds[second])
      })
      games.push(...(await Promise.all(played)))
      await decided(pairs)
      committed = await read(turns)
      logs = ((await dumped(turns)).batches.get(turns) ?? []).map((batches) => batches.map(inShort))
    })

    it('java, java: is fenced as soon as a third one begins, and its open transaction is aborted', () => {
      expect(games[0]!.filter((move) => !move.endsWith(': done'))).toEqual([
        'old commit: fenced',
        'old begin: fenced',
        'young send: fenced',
        'young abort: fenced',
        'young begin: fenced',
      ])
      const values = committed[0]!.map(({ value }) => value)
      expect(values).toEqual(['old: committed', 'young: committed', 'third: committed'])
      const markers = logs[0]!.flatMap((batch) => batch.match(/COMMIT|ABORT/) ?? [])
      expect(markers).toEqual(['COMMIT', 'ABORT', 'COMMIT', 'ABORT', 'ABORT', 'COMMIT'])
    })

    it.each(pairs.map((pair, index) => [pair, index] as const).slice(1))(
      '%s: each takeover ends as between two of Apache’s producers, and leaves the same log',
      (_pair, index) => {
        expect(games[index]).toEqual(games[0])
        expect(committed[index]).toEqual(committed[0])
        expect(logs[index]).toEqual(logs[0])
      },
    )
  })

  it('a program that sleeps until its transaction has timed out has nothing of it committed', async () => {
    const file = await bundleProgram('spec/kafka/sleeper.ts')
    const sleeper = new ExampleProcess(file, [broker.bootstrapServers, 'sleeper', slept], {})
    try {
      await sleeper.printed()
      await decided(['sleeper'])
      sleeper.wake()
      expect(await sleeper.ended(), sleeper.complaint).toBe(0)
    } finally {
      await sleeper.end('SIGKILL')
    }
    await decided(['sleeper'])
    const seenValues = (await read(slept)).flat().map(({ value }) => value)
    // Under TV1, an abort by the coordinator fences every producer; under TV2, the producer
    // continues.
    const [told, values] = isTv1
      ? [['FENCED', 'FENCED'], []]
      : [['TRANSACTION_TIMEOUT', 'committed'], ['awake']]
    expect([sleeper.lines, seenValues]).toEqual([['sent', ...told], values])
  })

  it('kafka-transactions.sh and DumpLogSegments report the same of a transaction as its producer', async () => {
    const shared = producer('seen')
    const record = (value: string, partition = 0) => ({ topic: seen, partition, value })
    const told: number[] = []
    const send = async (tx: Transaction, value: string) => {
      told.push((await tx.send(record(value))).offset)
    }
    const place = ['--topic', seen, '--partition', '0']
    /** The identity of our last batch. */
    const written = async () => {
      const { producerId, producerEpoch } = (await dumped(seen)).batches.get(seen)![0]!.at(-1)!
      return { producerId: `${producerId}`, epoch: producerEpoch }
    }
    await shared.transaction(async (tx) => {
      await send(tx, 'a')
      await send(tx, 'b')
      await tx.send(record('elsewhere', 1))
      const { producerId, epoch } = await written()
      expect(await transactions('list')).toContainEqual(
        expect.objectContaining({
          TransactionalId: 'seen',
          ProducerId: producerId,
          TransactionState: 'Ongoing',
        }),
      )
      expect(await transactions('describe', '--transactional-id', 'seen')).toEqual([
        expect.objectContaining({
          ProducerId: producerId,
          ProducerEpoch: `${epoch}`,
          TransactionState: 'Ongoing',
          TransactionTimeoutMs: '60000',
          TopicPartitions: expect.stringMatching(/^seen-[01],seen-[01]$/),
        }),
      ])
      expect(await transactions('describe-producers', ...place)).toEqual([
        expect.objectContaining({
          ProducerId: producerId,
          ProducerEpoch: `${epoch}`,
          LastSequence: '1',
          CurrentTransactionStartOffset: `${told[0]}`,
        }),
      ])
    })
    const aborted = shared.transaction(async (tx) => {
      await send(tx, 'c')
      throw new Error('no')
    })
    await expect(aborted).rejects.toThrow('no')
    await decided(['seen'])
    const [state] = await transactions('describe', '--transactional-id', 'seen')
    expect(state).toMatchObject({ TransactionState: 'CompleteAbort', TopicPartitions: '' })
    const [left] = await transactions('describe-producers', ...place)
    expect(left).toMatchObject({ CurrentTransactionStartOffset: 'None' })

    const batches = (await dumped(seen)).batches.get(seen)![0]!
    expect(new Set(batches.map(({ producerId }) => producerId)).size).toBe(1)
    const epoch = batches[0]!.producerEpoch
    const [second, third] = [epoch + epochsOfOneCommit, epoch + 2 * epochsOfOneCommit]
    expect(batches.map(inShort)).toEqual([
      `${told[0]}@${epoch} ×1`,
      `${told[1]}@${epoch} ×1`,
      `2@${second} COMMIT`,
      `${told[2]}@${second} ×1`,
      `4@${third} ABORT`,
    ])
    expect((await read(seen))[0]!.map(({ value }) => value)).toEqual(['a', 'b'])
  })

  it('kafka-transactions.sh ends a hanging transaction, and what was committed after it becomes visible', async () => {
    // The cause of a hanging transaction is a batch that was not added to the transaction of its
    // producer.
    const configs = { 'transaction.partition.verification.enable': 'false' }
    await java.ask({ do: 'configure', configs })
    const raw = new RawClient(broker.bootstrapServers)
    const lost = new RawTransactions(raw, 'lost')
    const who = await lost.begin()
    const record = (value: string) => ({ topic: hanging, partition: 0, value })
    const shared = producer('behind')
    await shared.transaction((tx) => void tx.send(record('before')))
    const { error, offset } = await lost.send(who, hanging, 0, { version: 11 })
    expect(error).toBe('NONE')
    await shared.transaction((tx) => void tx.send(record('behind')))
    await decided(['behind'])
    expect((await read(hanging))[0]!.map(({ value }) => value)).toEqual(['before'])
    const place = ['--topic', hanging, '--partition', '0']
    await transactions('abort', ...place, '--start-offset', `${offset}`)
    expect((await read(hanging))[0]!.map(({ value }) => value)).toEqual(['before', 'behind'])
    await raw.end()
  })
})

/** A batch without what differs in each run: `0@1 ×2` is two records at offset 0 under epoch 1. */
function inShort({ baseOffset, producerEpoch, count, marker, transactional }: LoggedBatch): string {
  const what = marker ?? `×${count}${transactional ? '' : ' outside of a transaction'}`
  return `${baseOffset}@${producerEpoch} ${what}`
}
