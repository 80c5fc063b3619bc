// Compiled, never run: the types of transactions.

import { from, type Observable } from 'rxjs'
import {
  type Committed,
  exactlyOnce,
  inTransaction,
  KafkaProducer,
  type KafkaProducerPool,
  type RecordMetadata,
  type Serializer,
  TransactionError,
} from 'to-kafka'

declare const producer: KafkaProducer
declare const pool: KafkaProducerPool
declare const numbers: Serializer<number>

interface Line {
  readonly topic: string
  readonly value: string
  readonly index: number
}
declare const lines: readonly Line[]

// The input is carried along with its type.
const results: Observable<RecordMetadata<Line>> = from(lines).pipe(inTransaction(producer))
const pooled: Observable<RecordMetadata<Line>> = from(lines).pipe(inTransaction(pool))

interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly text: string | null
}
declare const messages: Observable<Message>
declare const consumer: { groupId: string; generationId: number; memberId: string; other: boolean }

// Offsets of kafkajs are strings, a consumer is its own membership, and none, one or many records
// are accepted.
const committed: Observable<Committed<Message, Line>> = messages.pipe(
  exactlyOnce(producer, {
    records: ({ text }): Line | null =>
      text === null ? null : { topic: 't', value: text, index: 1 },
    position: (message) => message,
    group: consumer,
  }),
)

const value: Promise<number> = producer.transaction(async (tx) => {
  const { record } = await tx.send({ topic: 't', value: 'v', mine: 1 })
  await tx.sendOffsets([{ topic: 'in', partition: 0, offset: 5n }], consumer)
  // @ts-expect-error an offset is no string: '5' + 1 is '51'
  await tx.sendOffsets([{ topic: 'in', partition: 0, offset: '5' }], consumer)
  return record.mine
})

const typed = new KafkaProducer({ 'bootstrap.servers': 'a:1', 'value.serializer': numbers })
typed.transaction((tx) => {
  tx.send({ topic: 't', value: 1 })
  // @ts-expect-error the serializer takes numbers
  tx.send({ topic: 't', value: 'one' })
})

// @ts-expect-error a configuration is no producer: transactions need one that lives on
inTransaction({ 'bootstrap.servers': 'a:1' })

export function outcomeOf(error: unknown): 'aborted' | 'unknown' | null {
  return error instanceof TransactionError ? error.outcome : null
}
export { committed, pooled, results, value }
