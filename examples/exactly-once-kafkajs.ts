// Consume, transform, produce, each message exactly once, with the consumer of `kafkajs`.
//
// Fencing: by the transactional.id only. kafkajs does not tell the generation of its group, so that brokers
// can't see that a member has left it. Therefore each input partition has a producer of its own, named
// after it: whoever gets the partition begins with its transactional.id, and fences who had it before.
//
// Run it: `npm start`, then `node build/examples/exactly-once-kafkajs.js <from> <to>`, with
// KAFKA_BOOTSTRAP_SERVERS, as often as there are partitions.

import { once } from 'node:events'
import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs'
import { lastValueFrom, from as those } from 'rxjs'
import { exactlyOnce, KafkaProducer, nextOffset } from 'to-kafka'

const [from = 'words', to = 'lengths'] = process.argv.slice(2)
const servers = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092'
const sessionTimeout = Number(process.env['SESSION_TIMEOUT_MS'] ?? 30_000)
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
  heartbeatInterval: Math.ceil(sessionTimeout / 3),
  readUncommitted: false,
})
const producers = new Map<number, KafkaProducer>()

/** A producer for a partition that has come to us; what its predecessor left open is ended. */
async function take(partition: number): Promise<KafkaProducer> {
  const producer = new KafkaProducer({
    'bootstrap.servers': servers,
    'transactional.id': `${groupId}-${from}-${partition}`,
  })
  await producer.initTransactions()
  producers.set(partition, producer)
  return producer
}

/** Where the group is in a partition, now that nothing of its predecessor is open any more. */
async function committed(partition: number): Promise<string> {
  const [topic] = await admin.fetchOffsets({ groupId, topics: [from] })
  const { offset = '-1' } = topic?.partitions.find((one) => one.partition === partition) ?? {}
  return offset === '-1' ? '0' : offset
}

async function eachBatch({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload) {
  const { partition, messages } = batch
  let producer = producers.get(partition)
  if (producer === undefined) {
    producer = await take(partition)
    // kafkajs has asked for the offset before, when a transaction may still have been in the middle of its end.
    const offset = await committed(partition)
    if (offset !== batch.firstOffset()) {
      consumer.seek({ topic: from, partition, offset })
      return
    }
  }
  if (isStale()) return
  const done = those(messages).pipe(
    exactlyOnce(producer, {
      records: ({ key, value }) => ({ topic: to, key, value: `${value?.length} ${value}` }),
      position: ({ offset }) => ({ topic: from, partition, offset }),
      group: { groupId },
      fencing: 'transactional.id',
      maxMessages: 100,
    }),
  )
  const last = await lastValueFrom(done)
  resolveOffset(last.message.offset)
  console.log(`${partition} ${nextOffset(last.message)}`)
  await heartbeat()
}

/** After a rebalance nobody knows who had a partition meanwhile. */
async function letGo() {
  const all = [...producers.values()]
  producers.clear()
  await Promise.all(all.map((producer) => producer.close()))
}

consumer.on(consumer.events.GROUP_JOIN, () => void letGo())
await Promise.all([consumer.connect(), admin.connect()])
await consumer.subscribe({ topic: from, fromBeginning: true })
await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })

await once(process, 'SIGTERM')
await consumer.disconnect()
await Promise.all([admin.disconnect(), letGo()])
