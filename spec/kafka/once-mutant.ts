// This package with a fault that the exactly-once chaos run has to find (CHAOS_MUTANT=1): the
// offsets are committed after the transaction of the records, in another one.

import { bufferTime, concatMap, filter, from, mergeAll, type OperatorFunction } from 'rxjs'
import {
  type Committed,
  type ExactlyOnceOptions,
  type KafkaProducer,
  nextOffset,
  type ProducerRecord,
} from '../../lib/index.ts'

export * from '../../lib/index.ts'

type Options<M> = ExactlyOnceOptions<M, ProducerRecord>

export function exactlyOnce<M>(
  producer: KafkaProducer,
  { records, position, group }: Options<M>,
): OperatorFunction<M, Committed<M, ProducerRecord>> {
  return (messages$) =>
    messages$.pipe(
      bufferTime(100, null, 100),
      filter((messages) => messages.length > 0),
      concatMap(async (messages) => {
        await producer.transaction((tx) => {
          for (const message of messages)
            void tx.send(records(message) as ProducerRecord<never, never>)
        })
        const membership = await (typeof group === 'function' ? group() : group)
        const offsets = messages.map((message) => {
          const { topic, partition, offset } = position(message)
          return { topic, partition, offset: BigInt(nextOffset({ offset: `${offset}` })) }
        })
        await producer.transaction((tx) => tx.sendOffsets(offsets, membership))
        return from(messages.map((message) => ({ message, results: [] })))
      }),
      mergeAll(),
    )
}
