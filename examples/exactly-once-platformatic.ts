// Consume, transform, produce, each message exactly once, with the consumer of `@platformatic/kafka`.
//
// Fencing: complete, as in Java. The consumer provides the group's generation and its member id, and brokers refuse the
// transaction of a member that has left its group (KIP-447). They are read once, when the consumer has joined: after a
// rebalance, messages that are still here may belong to other members, and with the old generation their transaction is
// refused. So one transactional.id per process is enough.
//
// Java's consumer also waits for offsets that a transaction of the partition's previous owner is about to commit. This
// consumer does not: it would start before them, and their messages would be sent twice. So they are awaited here.
//
// A failure of the consumer itself ends the program; start it again.
//
// Run it: `npm start`, then `node build/examples/exactly-once-platformatic.js <from> <to>`, with
// KAFKA_BOOTSTRAP_SERVERS and, for each process of the group, an INSTANCE of its own.

import { Admin, Consumer, MultipleErrors } from '@platformatic/kafka'
import {
  defer,
  fromEvent,
  lastValueFrom,
  retry,
  shareReplay,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { exactlyOnce, isKafkaError, KafkaProducer, paced } from 'to-kafka'

const [from = 'words', to = 'lengths'] = process.argv.slice(2)
const servers = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092'
const sessionTimeout = Number(process.env['SESSION_TIMEOUT_MS'] ?? 30_000)
const groupId = `${to}-platformatic`

const producer = new KafkaProducer({
  'bootstrap.servers': servers,
  'transactional.id': `${groupId}-${process.env['INSTANCE'] ?? 0}`,
  'transaction.timeout.ms': 10_000, // how long other members wait if this process dies and does not return
})
const consumer = new Consumer({
  clientId: groupId,
  groupId,
  bootstrapBrokers: servers.split(','),
  sessionTimeout,
  heartbeatInterval: Math.ceil(sessionTimeout / 3),
  autocommit: false, // the transactions commit the offsets
  isolationLevel: 1, // read_committed
})
const admin = new Admin({ clientId: groupId, bootstrapBrokers: servers.split(',') })
/** Also for handlers that are added later. */
const stop$ = fromEvent(process, 'SIGTERM').pipe(take(1), shareReplay(1))
stop$.subscribe()

/** The committed offsets of the group. */
async function begin() {
  // First, the open transaction of a predecessor is ended, which decides its offsets.
  await producer.initTransactions()
  consumer.topics.track(from)
  await consumer.joinGroup()
  const { generationId, memberId } = consumer
  await decided()
  const topics = [from]
  const messages = await consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest' })
  return { messages, group: { groupId, generationId, memberId } }
}

/** Waits until all transactions of the previous owners of our partitions are committed or aborted. */
async function decided() {
  const mine = consumer.assignments?.find(({ topic }) => topic === from)
  const topics = [{ name: from, partitionIndexes: mine?.partitions ?? [] }]
  const ask = () =>
    admin.listConsumerGroupOffsets({ groups: [{ groupId, topics }], requireStable: true })
  await lastValueFrom(defer(ask).pipe(retry({ delay: soon })))
}

/** Waits for offsets that are not decided yet, and for nothing else. */
function soon(error: unknown) {
  const isPending =
    error instanceof Error &&
    MultipleErrors.isMultipleErrors(error) &&
    error.findBy('apiId', 'UNSTABLE_OFFSET_COMMIT') !== null
  return isPending ? timer(100) : throwError(() => error)
}

const committed$ = defer(begin).pipe(
  switchMap(({ messages, group }) =>
    paced(messages, producer).pipe(
      takeUntil(stop$),
      exactlyOnce(producer, {
        records: ({ key, value }) => ({ topic: to, key, value: `${value.length} ${value}` }),
        position: (message) => message,
        group,
        maxMessages: 100,
      }),
    ),
  ),
  // Aborted by a rebalance, or unknown: start again at the committed offsets of the group.
  retry({ delay: (error) => (mayPass(error) ? timer(1000) : throwError(() => error)) }),
  tap(({ message }) => console.log(`${message.partition} ${message.offset}`)),
)

function mayPass(error: unknown): boolean {
  return isKafkaError(error) && (error.retriable || error.code === 'COMMIT_UNKNOWN')
}

await lastValueFrom(committed$, { defaultValue: null })
await Promise.all([consumer.close(true), admin.close(), producer.close()])
