// Which release of Kafka the mock clusters of the scenarios are like: the newest, or the one that
// MOCK_KAFKA_VERSION names. A few are about what old releases have not.

import type { KafkaVersion } from 'to-kafka/testing'

const named = process.env['MOCK_KAFKA_VERSION'] as KafkaVersion | undefined

/** An option of the clusters, to be spread before those of a spec. */
export const kafkaVersion: { readonly version?: KafkaVersion } =
  named === undefined ? {} : { version: named }

/** Whether they are like the newest. */
export const isNewest = named === undefined
