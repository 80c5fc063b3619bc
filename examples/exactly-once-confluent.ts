// Consume, transform, produce, each message exactly once, with the consumer of `@confluentinc/kafka-javascript`.
//
// Fencing: only by the transactional.id. This consumer knows the generation of its group and its member id, but gives
// them only to producers of its own package. Therefore each input partition has its own producer, named after it: the
// process that gets the partition uses its transactional.id, and fences the process that had the partition before.
//
// That happens in `rebalance_cb`, before the partition is assigned: `initTransactions` ends the open transaction of the
// last owner, and only then the consumer reads the committed offset. Without it, the consumer would wait for that
// transaction's timeout, because with read_committed it does not begin at an offset that may still change.
//
// After any failure, a partition starts again with a new producer at the group's committed offset. Messages that the
// consumer delivers from before that offset are skipped.
//
// Run it: `npm install @confluentinc/kafka-javascript` (native code), `npm start`, then
// `node build/examples/exactly-once-confluent.js <from> <to>`, with KAFKA_BOOTSTRAP_SERVERS, as often as there are
// partitions.

import { setTimeout as pause } from 'node:timers/promises'
import { KafkaJS } from '@confluentinc/kafka-javascript'
import { firstValueFrom, fromEvent, lastValueFrom, merge, Subject, tap, from as those } from 'rxjs'
import { exactlyOnce, isKafkaError, KafkaProducer, nextOffset } from 'to-kafka'

const [from = 'words', to = 'lengths'] = process.argv.slice(2)
const servers = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092'
const sessionTimeout = Number(process.env['SESSION_TIMEOUT_MS'] ?? 30_000)
const groupId = `${to}-confluent`
const committedLimitMs = 30_000

const { ErrorCodes, Kafka, logLevel } = KafkaJS
const kafka = new Kafka({
  kafkaJS: { clientId: groupId, brokers: servers.split(','), logLevel: logLevel.ERROR },
})
const consumer = kafka.consumer({
  kafkaJS: {
    groupId,
    sessionTimeout,
    heartbeatInterval: Math.ceil(sessionTimeout / 3),
    fromBeginning: true,
    readUncommitted: false,
    autoCommit: false, // the transactions commit the offsets
  },
  'js.consumer.max.batch.size': 500,
  rebalance_cb,
})

const ended = ['FENCED', 'COMMIT_UNKNOWN', 'PRODUCER_FAILED']

/** A partition that this process has begun to work on. */
interface Held {
  readonly producer: KafkaProducer
  /** The committed offset of the group. */
  next: bigint
}
const held = new Map<number, Held>()
/** Fails with an error that a person has to fix. */
const broken$ = new Subject<never>()

/** The consumer awaits this before it takes partitions, or gives them back. */
async function rebalance_cb({ code }: { code: number }, assignment: { partition: number }[]) {
  const partitions = assignment.map(({ partition }) => partition)
  await letGo(partitions)
  if (code !== ErrorCodes.ERR__ASSIGN_PARTITIONS) return
  // What fails here is tried again at the first batch.
  await Promise.all(partitions.map((partition) => begin(partition).catch(() => letGo([partition]))))
}

async function begin(partition: number): Promise<Held> {
  const producer = new KafkaProducer({
    'bootstrap.servers': servers,
    'transactional.id': `${groupId}-${from}-${partition}`,
  })
  const mine = { producer, next: 0n }
  held.set(partition, mine)
  // First, the open transaction of a predecessor is ended, which decides its offsets.
  await producer.initTransactions()
  const [at] = await consumer.committed([{ topic: from, partition }], committedLimitMs)
  const offset = BigInt(at?.offset ?? 0)
  if (offset > 0n) mine.next = offset // a negative one means that there is none
  return mine
}

async function letGo(partitions: readonly number[]): Promise<void> {
  const gone = partitions.map((partition) => held.get(partition))
  for (const partition of partitions) held.delete(partition)
  await Promise.all(gone.map((one) => one?.producer.close()))
}

async function eachBatch(payload: KafkaJS.EachBatchPayload): Promise<void> {
  const { partition } = payload.batch
  try {
    await commitAll(payload, held.get(partition) ?? (await begin(partition)))
  } catch (error) {
    if (!held.has(partition)) return // a rebalance has taken it, and its transaction was aborted
    await letGo([partition])
    if (!mayPass(error)) broken$.error(error)
    await pause(1_000) // then the consumer delivers unresolved messages again
  }
}

/** One transaction after the other; only committed messages are resolved. */
async function commitAll({ batch, resolveOffset }: KafkaJS.EachBatchPayload, mine: Held) {
  const { partition, messages } = batch
  const fresh = messages.filter(({ offset }) => BigInt(offset) >= mine.next)
  const known = messages[messages.length - fresh.length - 1]
  if (known !== undefined) resolveOffset(known.offset)
  const work$ = those(fresh).pipe(
    exactlyOnce(mine.producer, {
      records: ({ key, value }) => ({ topic: to, key, value: `${value?.length} ${value}` }),
      position: ({ offset }) => ({ topic: from, partition, offset }),
      group: { groupId },
      fencing: 'transactional.id',
      maxMessages: 100,
    }),
    tap(({ message }) => {
      mine.next = BigInt(nextOffset(message))
      resolveOffset(message.offset)
      console.log(`${partition} ${message.offset}`)
    }),
  )
  await lastValueFrom(work$, { defaultValue: null })
}

/**
 * Aborted, fenced by a rebalance, or unknown: the committed offset tells where to continue. A coordinator that is about
 * to fence a producer may answer it with an error that ends it (PRODUCER_FAILED): a new one continues. If the consumer
 * cannot get the committed offset, it is asked again.
 */
function mayPass(error: unknown): boolean {
  if (isKafkaError(error)) return error.retriable || ended.includes(error.code)
  return error instanceof KafkaJS.KafkaJSError
}

await consumer.connect()
await consumer.subscribe({ topic: from })
await consumer.run({ eachBatchAutoResolve: false, partitionsConsumedConcurrently: 4, eachBatch })

try {
  await firstValueFrom(merge(fromEvent(process, 'SIGTERM'), broken$))
} finally {
  await consumer.disconnect()
  await letGo([...held.keys()])
}
