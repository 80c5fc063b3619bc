import { wrongOption } from '../config/options.ts'
import type { ProducerConfig } from '../config/producer-config.ts'
import { ConfigError } from '../errors/config-error.ts'
import { queueOf } from './assembly.ts'
import { KafkaProducer } from './kafka-producer.ts'
import { brand } from './misplaced-producer.ts'
import type { CloseOptions, ProducerOptions } from './producer-options.ts'
import type { Transaction, TransactionOptions } from './transaction-body.ts'
import type { TransactionQueue } from './transaction-queue.ts'

// Several transactional producers under one name, for transactions that are open at the same time.
//
// Invariant: each producer is made when it is first needed, or all at once by initTransactions(). Each
// transaction is assigned to one of them when it is requested: to the one with the fewest, of those that have
// not ended. Closing the pool closes all.

/** Options of a {@link KafkaProducerPool}. */
export interface ProducerPoolOptions extends ProducerOptions {
  /**
   * The number of producers, and so of transactions that may be open at once. An integer, 1 or more.
   */
  readonly size: number
}

/**
 * A pool of `size` producers with the transactional ids `<transactional.id>-0` to `-<size - 1>`, so that
 * as many transactions may be open at once. Each producer has its own connections and its own
 * `buffer.memory`.
 *
 * Use the same size when the program starts again. A producer aborts the transaction that its predecessor
 * with the same id left open. If the id is not used again, `transaction.timeout.ms` ends that
 * transaction.
 *
 * @example
 * ```ts
 * const pool = new KafkaProducerPool({ …, 'transactional.id': 'totals' }, { size: 8 })
 * windows$.pipe(mergeMap((records$) => records$.pipe(inTransaction(pool))))
 * ```
 *
 */
export class KafkaProducerPool<K = never, V = never> {
  readonly #producers: readonly KafkaProducer<K, V>[]

  /**
   * @throws ConfigError if `transactional.id` is missing, if `size` is not an integer above 0, and for whatever
   * a {@link KafkaProducer} refuses
   */
  constructor(config: ProducerConfig<K, V>, options: ProducerPoolOptions) {
    const { size, ...others } = options
    if (!Number.isInteger(size) || size < 1) {
      throw wrongOption('OUT_OF_RANGE', 'size', size, 'an integer, 1 or more')
    }
    const id = config['transactional.id']
    if (typeof id !== 'string') {
      const message = 'transactional.id is missing: the producers of a pool need it as a prefix'
      throw new ConfigError('MISSING', message, { key: 'transactional.id', allowed: 'a name' })
    }
    const named = (index: number) => ({ ...config, 'transactional.id': `${id}-${index}` })
    this.#producers = Array.from(
      { length: size },
      (_, index) => new KafkaProducer<K, V>(named(index), others),
    )
    brand(this, 'KafkaProducerPool')
    queuesOf.set(
      this,
      this.#producers.map((producer) => queueOf(producer)!),
    )
  }

  /** The producers of the pool, for their events and metrics. */
  get producers(): readonly KafkaProducer<K, V>[] {
    return this.#producers
  }

  /**
   * Registers all producers with their coordinators, see {@link KafkaProducer.initTransactions}.
   */
  async initTransactions(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.initTransactions()))
  }

  /**
   * Runs a transaction on the producer with the fewest transactions, of those that have not ended, see {@link
   * KafkaProducer.transaction}.
   */
  transaction<T>(
    body: (tx: Transaction<K, V>) => T | PromiseLike<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return nextOf(this).transaction(body, options)
  }

  /** Closes all producers, see {@link KafkaProducer.close}. */
  async close(options: CloseOptions = {}): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.close(options)))
  }

  /** `await using pool = …` closes the pool at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Of each pool; to ask each producer for its queue would take a look-up for each of them. */
const queuesOf = new WeakMap<object, readonly TransactionQueue[]>()

/** Whether it is a pool of this copy of the package, and no proxy of one. */
export function isPool<K, V>(thing: object): thing is KafkaProducerPool<K, V> {
  return queuesOf.has(thing)
}

/** The queue of the producer with the fewest transactions, for the operators. */
export function nextQueueOf<K, V>(pool: KafkaProducerPool<K, V>): TransactionQueue {
  const queues = queuesOf.get(pool)!
  return queues[fewestOf(queues)]!
}

function nextOf<K, V>(pool: KafkaProducerPool<K, V>): KafkaProducer<K, V> {
  return pool.producers[fewestOf(queuesOf.get(pool)!)]!
}

/** One that has ended has no transactions, and would draw all of them. */
function fewestOf(queues: readonly TransactionQueue[]): number {
  let next = 0
  let fewest = Number.POSITIVE_INFINITY
  for (const [index, { length, isOver }] of queues.entries()) {
    if (!isOver && length < fewest) [next, fewest] = [index, length]
  }
  return next
}
