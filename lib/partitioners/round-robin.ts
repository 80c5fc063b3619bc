// Java's RoundRobinPartitioner as a value: one count per topic, regardless of keys. Java keeps the count of
// every topic forever. Here the counts are in two maps, and the older one is dropped when the newer one is
// full, so topics that come and go leave nothing behind.

import type { ProducerRecord } from '../model.ts'
import type { Partitioner } from './partitioner.ts'

/** So many topics, those used last, are always remembered; at most twice as many. */
const topicsKept = 50_000

/**
 * Returns a partitioner that distributes the records of a topic in turn over the partitions that have a
 * leader, or over all partitions if none has one. Keys are ignored. Each call of `roundRobin()` creates
 * its own counter, starting at 0; producers with the same partitioner share it. It remembers the 50,000 topics
 * that were used last; another one starts at 0 again.
 *
 * Batches fill more slowly than with the default. Use it if an equal number of records per partition
 * matters more than throughput.
 */
export function roundRobin(): Partitioner<ProducerRecord> {
  let turns = new Map<string, number>()
  let earlier = turns
  return (_record, { name, partitionCount, availablePartitions }) => {
    const turn = turns.get(name) ?? earlier.get(name) ?? 0
    if (turns.size >= topicsKept && !turns.has(name)) {
      earlier = turns
      turns = new Map()
    }
    turns.set(name, (turn + 1) & 0x7fffffff)
    const available = availablePartitions.length
    return available === 0 ? turn % partitionCount : availablePartitions[turn % available]!
  }
}
