import type { LoopBudget } from '../../lib/collections/loop-budget.ts'
import type { exactlyOnce } from '../../lib/operators/exactly-once.ts'
import type { inTransaction } from '../../lib/operators/in-transaction.ts'
import type { paced } from '../../lib/operators/paced.ts'
import type { toKafka } from '../../lib/operators/to-kafka.ts'
import type { toKafkaEach } from '../../lib/operators/to-kafka-each.ts'
import type { toKafkaSettled } from '../../lib/operators/to-kafka-settled.ts'
import type { Partitioner } from '../../lib/partitioners/partitioner.ts'
import type { engineOf } from '../../lib/producer/assembly.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import type { KafkaProducerPool } from '../../lib/producer/producer-pool.ts'
import type { Heard } from '../../lib/wire/heard.ts'
import type { clockWithin } from '../../lib/wire/within-budget.ts'

// What the simulation drives: the package, or one of its mutants.

export interface Library {
  readonly paced: typeof paced
  readonly toKafka: typeof toKafka
  readonly toKafkaSettled: typeof toKafkaSettled
  readonly toKafkaEach: typeof toKafkaEach
  readonly inTransaction: typeof inTransaction
  readonly exactlyOnce: typeof exactlyOnce
  readonly KafkaProducer: typeof KafkaProducer
  readonly KafkaProducerPool: typeof KafkaProducerPool
  readonly engineOf: typeof engineOf
  readonly roundRobin: () => Partitioner
  readonly consistent: Partitioner
  readonly consistentRandom: Partitioner
  readonly murmur2Random: Partitioner
  readonly LoopBudget: typeof LoopBudget
  readonly Heard: typeof Heard
  readonly clockWithin: typeof clockWithin
}

/** The package itself. */
export async function original(): Promise<Library> {
  const modules = await Promise.all([
    import('../../lib/operators/paced.ts'),
    import('../../lib/operators/to-kafka.ts'),
    import('../../lib/operators/to-kafka-settled.ts'),
    import('../../lib/operators/to-kafka-each.ts'),
    import('../../lib/operators/in-transaction.ts'),
    import('../../lib/operators/exactly-once.ts'),
    import('../../lib/producer/assembly.ts'),
    import('../../lib/producer/kafka-producer.ts'),
    import('../../lib/producer/producer-pool.ts'),
    import('../../lib/partitioners/round-robin.ts'),
    import('../../lib/partitioners/librdkafka.ts'),
    import('../../lib/collections/loop-budget.ts'),
    import('../../lib/wire/heard.ts'),
    import('../../lib/wire/within-budget.ts'),
  ])
  return Object.assign({}, ...modules) as Library
}
