import type { paced } from '../../lib/operators/paced.ts'
import type { toKafka } from '../../lib/operators/to-kafka.ts'
import type { toKafkaSettled } from '../../lib/operators/to-kafka-settled.ts'
import type { engineOf, KafkaProducer } from '../../lib/producer/kafka-producer.ts'

// What the simulation drives: the package, or one of its mutants.

export interface Library {
  readonly paced: typeof paced
  readonly toKafka: typeof toKafka
  readonly toKafkaSettled: typeof toKafkaSettled
  readonly KafkaProducer: typeof KafkaProducer
  readonly engineOf: typeof engineOf
}

/** The package itself. */
export async function original(): Promise<Library> {
  const [pacing, operator, settled, producer] = await Promise.all([
    import('../../lib/operators/paced.ts'),
    import('../../lib/operators/to-kafka.ts'),
    import('../../lib/operators/to-kafka-settled.ts'),
    import('../../lib/producer/kafka-producer.ts'),
  ])
  return { ...pacing, ...operator, ...settled, ...producer }
}
