// Java's RoundRobinPartitioner as a value: one count a topic, whatever the keys.

import type { ProducerRecord } from '../model.ts'
import type { Partitioner } from './partitioner.ts'

/**
 * A partitioner that deals a topic's records out in turn, over the partitions that have a leader,
 * or over all where none has. Keys are ignored. Each call makes a new count from 0; producers that
 * are given the same partitioner share it.
 *
 * Batches fill more slowly than with the built-in choice: use it where evenness by record matters
 * more than throughput.
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
