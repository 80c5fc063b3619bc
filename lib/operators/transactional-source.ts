import { quoted } from '../errors/quoted.ts'
import { isProducer, queueOf } from '../producer/assembly.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import { refuseMisplaced } from '../producer/misplaced-producer.ts'
import { isPool, type KafkaProducerPool, nextQueueOf } from '../producer/producer-pool.ts'
import type { TransactionQueue } from '../producer/transaction-queue.ts'
import { transactional } from '../producer/transactional.ts'

// The producer of a transaction: the given one, or one of a pool.

/** A producer with a `transactional.id`, or a pool of them. */
export type TransactionalProducer<K, V> = KafkaProducer<K, V> | KafkaProducerPool<K, V>

/** Returns the queue to join, for each subscription. Throws immediately if there are no transactions. */
export function queuesOf<K, V>(producer: TransactionalProducer<K, V>): () => TransactionQueue {
  if (isPool<K, V>(producer)) {
    return () => nextQueueOf(producer)
  }
  if (isProducer<K, V>(producer)) {
    const queue = transactional(queueOf(producer))
    return () => queue
  }
  refuseMisplaced(producer, 'a KafkaProducer', 'a KafkaProducerPool')
  const allowed = 'a KafkaProducer or a KafkaProducerPool, made with a transactional.id'
  throw new TypeError(`the producer is ${quoted(producer)}; it must be ${allowed}`)
}
