// The partitioners of librdkafka, and of the clients built on it (Python, Go, .NET, node-rdkafka), for
// programs that move to this package and must keep their keys in the same partitions.

import { nodeZlib } from '../bytes/zlib.ts'
import type { ProducerRecord } from '../model.ts'
import { murmur2, toPartition } from './murmur2.ts'
import type { Partitioner } from './partitioner.ts'

/**
 * librdkafka's `consistent`: the CRC-32 of the key. Records with an empty key, and records without a key,
 * go to partition 0.
 */
export const consistent: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null ? 0 : checksum(key) % partitionCount

/**
 * librdkafka's default, `consistent_random`: the CRC-32 of the key. Records with an empty key, and
 * records without a key, use the built-in sticky partitioning, as in librdkafka.
 */
export const consistentRandom: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null || key.length === 0 ? null : checksum(key) % partitionCount

/**
 * librdkafka's `murmur2_random`: Java's partition for every key, also an empty one. Records without a key
 * use the built-in sticky partitioning. For records with a key, this is the default of this package.
 */
export const murmur2Random: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null ? null : toPartition(murmur2(key), partitionCount)

function checksum(key: string | Uint8Array): number {
  return nodeZlib().crc32(key)
}
