// Consume, transform, produce, each message exactly once, with the consumer of `@platformatic/kafka`.
//
// Fencing: in full, as in Java. The consumer tells the group's generation and its member id, and the brokers
// refuse the transaction of a member that has left its group (KIP-447). They are read once, when the consumer
// has joined: after a rebalance the messages that are still here may be those of others, and the old
// generation has their transaction refused. So one transactional.id for each process is enough.
//
// Run it: `npm start`, then `node build/examples/exactly-once-platformatic.js <from> <to>`, with
// KAFKA_BOOTSTRAP_SERVERS and, for each process of the group, an INSTANCE of its own.

import { Consumer } from '@platformatic/kafka'
import {
  defer,
  fromEvent,
  lastValueFrom,
  retry,
  share,
  switchMap,
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
const stop$ = fromEvent(process, 'SIGTERM').pipe(share())

/** From where the group is. */
async function begin() {
  // First of all: what a predecessor left open is ended, and the offsets of it are decided.
  await producer.initTransactions()
  const topics = [from]
  const messages = await consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest' })
  const { generationId, memberId } = consumer
  return { messages, group: { groupId, generationId, memberId } }
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
  // Aborted, as after a rebalance: once more from where the group is.
  retry({ delay: (e) => (isKafkaError(e) && e.retriable ? timer(1000) : throwError(() => e)) }),
  tap(({ message }) => console.log(`${message.partition} ${message.offset}`)),
)

await lastValueFrom(committed$, { defaultValue: null })
await Promise.all([consumer.close(true), producer.close()])
