// What a partitioner is: a question about one serialized record, asked before the record joins a
// batch. Types only. The `partition` stage asks; an explicit `partition` of a record is never asked.

import type { Bytes, Header, ProducerRecord } from '../model.ts'

/** What a {@link Partitioner} may know of one record. */
export interface PartitionerRecord<R = ProducerRecord> {
  readonly topic: string
  /** The serialized key; null without a key. A string stands for its UTF-8 bytes. */
  readonly key: Bytes
  /** The serialized value; null for a tombstone. A string stands for its UTF-8 bytes. */
  readonly value: Bytes
  /** The headers, in order; null without any. */
  readonly headers: readonly Header[] | null
  /** The very object that came in. */
  readonly record: R
}

/** What is known of a topic when a partition is chosen. */
export interface TopicInfo {
  readonly name: string
  /** How many partitions the topic has, with or without a leader; at least 1. */
  readonly partitionCount: number
  /** The partitions that have a leader, ascending; may be empty. */
  readonly availablePartitions: readonly number[]
}

/**
 * Chooses the partition of a record that names none: an integer from 0 to `partitionCount - 1`, or
 * null to leave it to the built-in sticky choice (for records without a key that wish for full
 * batches).
 *
 * Anything else, or a throw, fails that record with `PARTITIONER_FAILED`. It is called once for
 * each record, in order, and a record keeps its partition for all its retries.
 */
export type Partitioner<R = ProducerRecord> = (
  record: PartitionerRecord<R>,
  topic: TopicInfo,
) => number | null
