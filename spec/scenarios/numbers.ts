// Records that contain their own numbers, so that a log shows at a glance what is missing,
// duplicate or out of order; and the batches in which they arrived.

import type { KafkaProducer, ProducerRecord } from 'to-kafka'
import type { MockCluster } from 'to-kafka/testing'
import { readBatches } from '../../lib/records/batch-reader.ts'
import { requestsOf } from '../support/scenario.ts'

export interface Numbered extends ProducerRecord<string, string> {
  readonly number: number
}

/** Records `from` to `to` (not included) of a partition, each its number. */
export function numbers(
  from: number,
  to: number,
  { topic = 't', partition = 0 }: { topic?: string; partition?: number } = {},
): Numbered[] {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index
    return { topic, partition, value: `${number}`, number }
  })
}

/** Their values. */
export const texts = (from: number, to: number) => numbers(from, to).map(({ value }) => value)

/** Sends records in one burst. */
export function sendAll(producer: KafkaProducer, records: readonly Numbered[]) {
  return Promise.all(records.map((record) => producer.send(record)))
}

/** Sends records one by one, each after the result of the one before. */
export async function sendEach(producer: KafkaProducer, records: readonly Numbered[]) {
  const results = []
  for (const record of records) results.push(await producer.send(record))
  return results
}

/**
 * The first record of each batch that was produced, with its numbering, in the order of requests.
 */
export function producedBatches(cluster: Pick<MockCluster, 'requests'>) {
  return requestsOf(cluster, 'Produce').flatMap(({ broker, body }) =>
    body.topicData.flatMap(({ partitionData }) =>
      partitionData.map(({ index, records }) => {
        const { header, records: list } = readBatches(records as unknown as Uint8Array)[0]!
        const { producerId, producerEpoch, baseSequence } = header
        const first = Buffer.from(list[0]!.value as Uint8Array).toString()
        return { broker, partition: index, first, producerId, producerEpoch, baseSequence }
      }),
    ),
  )
}
