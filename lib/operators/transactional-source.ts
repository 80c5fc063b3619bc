import { quoted } from '../errors/quoted.ts'
import { KafkaProducer, queueOf } from '../producer/kafka-producer.ts'
import { refuseMisplaced } from '../producer/misplaced-producer.ts'
import { KafkaProducerPool, nextQueueOf } from '../producer/producer-pool.ts'
import type { TransactionQueue } from '../producer/transaction-queue.ts'
import { transactional } from '../producer/transactional.ts'

// The producer of a transaction: the given one, or one of a pool.

/** A producer with a `transactional.id`, or a pool of them. */
export type TransactionalProducer<K, V> = KafkaProducer<K, V> | KafkaProducerPool<K, V>

/** Returns the queue to join, for each subscription. Throws immediately if there are no transactions. */
export function queuesOf<K, V>(producer: TransactionalProducer<K, V>): () => TransactionQueue {
  if (producer instanceof KafkaProducerPool) {
    return () => nextQueueOf(producer as unknown as KafkaProducerPool)
  }
  if (producer instanceof KafkaProducer) {
    const queue = transactional(queueOf(producer as unknown as KafkaProducer))
    return () => queue
  }
  refuseMisplaced(producer)
  const allowed = 'a KafkaProducer or a KafkaProducerPool, made with a transactional.id'
  throw new TypeError(`the producer is ${quoted(producer)}; it must be ${allowed}`)
}
