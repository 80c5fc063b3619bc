// The partitioners of librdkafka (and of every client built on it: Python, Go, .NET, node-rdkafka),
// for those who move to this client and want their keys to stay where they are.

import crc32 from 'crc-32'
import type { ProducerRecord } from '../model.ts'
import { murmur2, toPartition } from './murmur2.ts'
import type { Partitioner } from './partitioner.ts'

/**
 * librdkafka's `consistent`: CRC-32 of the key. Records with an empty key and records without one
 * all go to partition 0.
 */
export const consistent: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null ? 0 : checksum(key) % partitionCount

/**
 * librdkafka's `consistent_random`, its default: CRC-32 of the key. Records with an empty key and
 * records without one go to the built-in sticky choice (librdkafka, too, lets them stick).
 */
export const consistentRandom: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null || key.length === 0 ? null : checksum(key) % partitionCount

/**
 * librdkafka's `murmur2_random`: Java's placement of keys, the empty key included. Records without
 * a key go to the built-in sticky choice. The same as this client's default with keys.
 */
export const murmur2Random: Partitioner<ProducerRecord> = ({ key }, { partitionCount }) =>
  key === null ? null : toPartition(murmur2(key), partitionCount)

function checksum(key: string | Uint8Array): number {
  return crc32.buf(typeof key === 'string' ? Buffer.from(key, 'utf8') : key) >>> 0
}
