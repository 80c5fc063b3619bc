// Java's RoundRobinPartitioner as a value: one count a topic, whatever the keys.

import type { ProducerRecord } from '../model.ts'
import type { Partitioner } from './partitioner.ts'

/**
 * Returns a partitioner that distributes the records of a topic in turn over the partitions that have a
 * leader, or over all partitions if none has one. Keys are ignored. Each call of `roundRobin()` creates
 * its own counter, starting at 0; producers with the same partitioner share it.
 *
 * Batches fill more slowly than with the default. Use it if an equal number of records per partition
 * matters more than throughput.
 */
export function roundRobin(): Partitioner<ProducerRecord> {
  const turns = new Map<string, number>()
  return (_record, { name, partitionCount, availablePartitions }) => {
    const turn = turns.get(name) ?? 0
    turns.set(name, (turn + 1) & 0x7fffffff)
    const available = availablePartitions.length
    return available === 0 ? turn % partitionCount : availablePartitions[turn % available]!
  }
}
