// Transactions in marbles: a producer with a transactional id over a simulated cluster with the
// time of a TestScheduler. Each direction to a broker takes a frame. The producer has delivered `z`
// before frame 40, so that connections and metadata exist: from then on Produce takes two frames,
// and so does EndTxn.

import { from } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import { inTransaction, KafkaProducer, type ProducerConfig, type RecordMetadata } from 'to-kafka'
import { SimulatedCluster, type SimulatedClusterOptions } from 'to-kafka/testing'
import { expect } from 'vitest'
import { decodeBatch } from './batches-sent.ts'

export interface Letter {
  readonly topic: string
  readonly value: string
  readonly partition: number
}

export interface TransactionParts {
  readonly cluster: SimulatedCluster
  readonly producer: KafkaProducer
  /** Another producer of the same cluster. */
  readonly another: (config?: Partial<ProducerConfig>) => KafkaProducer
  readonly now: () => number
  readonly at: (frame: number, work: () => void) => void
}

export interface TransactionMarbleOptions extends SimulatedClusterOptions {
  readonly config?: Partial<ProducerConfig>
}

/** Runs `spec` in virtual time; checks what it returns at the end. */
export function transactionMarbles(
  spec: (helpers: RunHelpers, parts: TransactionParts) => (() => void) | undefined,
  { config = {}, ...options }: TransactionMarbleOptions = {},
): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  let check: (() => void) | undefined
  let cluster!: SimulatedCluster
  scheduler.run((helpers) => {
    cluster = new SimulatedCluster({
      topics: { t: { partitions: 2 }, in: { partitions: 4 } },
      ...options,
    })
    const runtime = cluster.runtime(scheduler)
    const another = (more: Partial<ProducerConfig> = {}) =>
      new KafkaProducer(
        {
          'bootstrap.servers': cluster.bootstrapServers,
          'transactional.id': 'id',
          'linger.ms': 0,
          ...config,
          ...more,
        },
        { runtime, warnings: false },
      )
    const producer = another()
    from([letter('z')])
      .pipe(inTransaction(producer))
      .subscribe()
    const at = (frame: number, work: () => void) => {
      scheduler.schedule(work, frame)
    }
    check = spec(helpers, { cluster, producer, another, now: () => scheduler.now(), at })
  })
  check?.()
  expect(cluster.violations).toEqual([])
}

/** Capital letters to partition 1, others to partition 0; `x` to an invalid record. */
export function letter(value: string): Letter {
  const partition = value === value.toUpperCase() ? 1 : 0
  return { topic: value === 'x' ? '' : 't', value, partition }
}

export function value({ record }: RecordMetadata<Letter>): string {
  return record.value
}

/**
 * The requests after `z` was committed, in order: `B` InitProducerId, values in the order of their
 * batches, `+` AddPartitionsToTxn, `g` AddOffsetsToTxn, `o` TxnOffsetCommit, `C` an EndTxn that
 * commits, `A` one that aborts.
 */
export function wireOf(cluster: SimulatedCluster): string {
  const all = cluster.requests.map(({ api, body }) => {
    if (api === 'Produce') return decodeBatch(body)
    if (api === 'EndTxn') return (body as { committed: boolean }).committed ? 'C' : 'A'
    return marks[api] ?? ''
  })
  return all.join('').replace(/^.*?zC/, '')
}

const marks: Readonly<Record<string, string>> = {
  InitProducerId: 'B',
  AddPartitionsToTxn: '+',
  AddOffsetsToTxn: 'g',
  TxnOffsetCommit: 'o',
}

/** The values that a reader with read_committed sees, partition by partition; without `z`. */
export function committedOf(cluster: SimulatedCluster): string {
  const values = cluster.committedRecords('t').map(({ value }) => Buffer.from(value!).toString())
  return values.filter((value) => value !== 'z').join('')
}
