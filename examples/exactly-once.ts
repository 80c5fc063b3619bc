// Consume, transform, produce, each message exactly once: words are read from one topic, their lengths are
// written to another, and the offsets are committed in the same transactions. The consumer here is the reader of the
// mock cluster. Any consumer that provides its group's generation and member id works. Run it: `npm start`, then
// `node build/examples/exactly-once.js`.

import { concatMap, from, lastValueFrom, tap } from 'rxjs'
import { exactlyOnce, inTransaction, KafkaProducer } from 'to-kafka'
import { MockCluster } from 'to-kafka/testing'

const cluster = await MockCluster.start({
  topics: { words: { partitions: 1 }, lengths: { partitions: 3 } },
})
const config = { 'bootstrap.servers': cluster.bootstrapServers, 'linger.ms': 0 }

// Some input: one transaction for each line.
const writer = new KafkaProducer({ ...config, 'transactional.id': 'writer' })
const lines = ['the quick brown fox', 'jumps over', '', 'the lazy dog']
await lastValueFrom(
  from(lines).pipe(
    concatMap((line) =>
      from(line.split(' ').map((value) => ({ topic: 'words', value }))).pipe(inTransaction(writer)),
    ),
  ),
)

// The messages, as a consumer with read_committed gets them.
const messages = cluster.committedRecords('words').map(({ partition, offset, value }) => ({
  topic: 'words',
  partition,
  offset,
  word: `${value}`,
}))
cluster.defineGroup('counters', { generation: 1, members: { me: null } })
const consumer = { groupId: 'counters', generationId: 1, memberId: 'me' }

const producer = new KafkaProducer({ ...config, 'transactional.id': 'counters-0' })
await lastValueFrom(
  from(messages).pipe(
    exactlyOnce(producer, {
      // No record for an empty word; its offset is still committed.
      records: ({ word }) =>
        word === '' ? null : { topic: 'lengths', key: word, value: `${word.length}` },
      position: (message) => message,
      group: () => consumer,
      maxMessages: 4,
    }),
    tap(({ message, results }) => {
      const where = results.map(({ partition, offset }) => `${partition}:${offset}`).join()
      console.log(`${message.offset} '${message.word}' → ${where || 'nothing'}`)
    }),
  ),
)

// A failed transaction leaves nothing that a reader of committed records would see.
await producer
  .transaction(async (tx) => {
    await tx.send({ topic: 'lengths', key: 'never', value: '0' })
    throw new Error('changed my mind')
  })
  .catch((error) => console.log(`aborted: ${error.message}`))

await Promise.all([writer.close(), producer.close()])
const [committed] = cluster.committedOffsets('counters')
console.log(
  `${cluster.committedRecords('lengths').length} lengths; the group is at ${committed?.offset}`,
)
await cluster.close()
