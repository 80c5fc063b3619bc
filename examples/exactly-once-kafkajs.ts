// Consume, transform, produce, each message exactly once, with the consumer of `kafkajs`.
//
// Fencing: only by the transactional.id. kafkajs does not provide the generation of its group, so brokers cannot see that
// a member has left it. Therefore each input partition has its own producer, named after it: the process that gets the
// partition uses its transactional.id, and fences the process that had the partition before.
//
// After any failure, a partition starts again with a new producer, which ends the open transaction, at the group's
// committed offset. Messages that kafkajs delivers from before that offset are skipped.
//
// Run it: `npm start`, then `node build/examples/exactly-once-kafkajs.js <from> <to>`, with
// KAFKA_BOOTSTRAP_SERVERS, as often as there are partitions.

import { setTimeout as pause } from 'node:timers/promises'
import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs'
import {
  concatMap,
  dematerialize,
  firstValueFrom,
  fromEvent,
  ignoreElements,
  interval,
  lastValueFrom,
  materialize,
  merge,
  Subject,
  tap,
  from as those,
} from 'rxjs'
import { exactlyOnce, isKafkaError, KafkaProducer, nextOffset } from 'to-kafka'

const [from = 'words', to = 'lengths'] = process.argv.slice(2)
const servers = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092'
const sessionTimeout = Number(process.env['SESSION_TIMEOUT_MS'] ?? 30_000)
const heartbeatInterval = Math.ceil(sessionTimeout / 3)
const groupId = `${to}-kafkajs`

const kafka = new Kafka({
  clientId: groupId,
  brokers: servers.split(','),
  logLevel: logLevel.NOTHING,
})
const admin = kafka.admin()
const consumer = kafka.consumer({
  groupId,
  sessionTimeout,
  heartbeatInterval,
  readUncommitted: false,
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

async function begin(partition: number): Promise<Held> {
  const producer = new KafkaProducer({
    'bootstrap.servers': servers,
    'transactional.id': `${groupId}-${from}-${partition}`,
  })
  const mine = { producer, next: 0n }
  held.set(partition, mine)
  // First, the open transaction of a predecessor is ended, which decides its offsets.
  await producer.initTransactions()
  const [topic] = await admin.fetchOffsets({ groupId, topics: [from] })
  const { offset = '-1' } = topic?.partitions.find((one) => one.partition === partition) ?? {}
  if (offset !== '-1') mine.next = BigInt(offset)
  return mine
}

async function letGo(partitions: readonly number[]): Promise<void> {
  const gone = partitions.map((partition) => held.get(partition))
  for (const partition of partitions) held.delete(partition)
  await Promise.all(gone.map((one) => one?.producer.close()))
}

const letAllGo = () => letGo([...held.keys()])

async function eachBatch(payload: EachBatchPayload): Promise<void> {
  const { partition } = payload.batch
  try {
    await commitAll(payload, held.get(partition) ?? (await begin(partition)))
  } catch (error) {
    await letGo([partition])
    if (mayPass(error)) {
      await pause(1_000) // then kafkajs delivers unresolved messages again
      return
    }
    // A rebalance, for example, is an error of the consumer, which handles it itself.
    if (!isKafkajsError(error)) broken$.error(error)
    throw error
  }
}

/** One transaction after the other; only committed messages are resolved. */
async function commitAll({ batch, resolveOffset, heartbeat }: EachBatchPayload, mine: Held) {
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
  // The group needs a heartbeat meanwhile; its answer may be that the partition now belongs to another member.
  const beats$ = interval(heartbeatInterval).pipe(concatMap(heartbeat), ignoreElements())
  const both$ = merge(work$.pipe(materialize()), beats$).pipe(dematerialize())
  await lastValueFrom(both$, { defaultValue: null })
}

/**
 * Aborted, fenced by a rebalance, or unknown: the committed offset tells where to continue. A coordinator that is about
 * to fence a producer may answer it with an error that ends it (PRODUCER_FAILED): a new one continues.
 */
function mayPass(error: unknown): boolean {
  if (!isKafkaError(error)) return false
  return error.retriable || ended.includes(error.code)
}

function isKafkajsError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS')
}

// After a rebalance, another process may have had the partition meanwhile.
consumer.on(consumer.events.GROUP_JOIN, () => void letAllGo())
consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
  if (!restart) broken$.error(error)
})
await Promise.all([consumer.connect(), admin.connect()])
await consumer.subscribe({ topic: from, fromBeginning: true })
await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })

try {
  await firstValueFrom(merge(fromEvent(process, 'SIGTERM'), broken$))
} finally {
  await consumer.disconnect()
  await Promise.all([admin.disconnect(), letAllGo()])
}
process.exit() // kafkajs may leave open a connection to a broker that has restarted, and nothing can close it
