// The release of Kafka that the mock clusters of the scenarios imitate: the newest, or the one that
// MOCK_KAFKA_VERSION names. A few scenarios are about features that old releases lack.

import type { KafkaVersion } from 'to-kafka/testing'

const named = process.env['MOCK_KAFKA_VERSION'] as KafkaVersion | undefined

/** An option of the clusters, to be spread before those of a spec. */
export const kafkaVersion: { readonly version?: KafkaVersion } =
  named === undefined ? {} : { version: named }

/** Whether they imitate the newest release. */
export const isNewest = named === undefined
