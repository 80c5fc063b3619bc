// A partitioner chooses the partition of one serialized record, before the record is added to a batch.
// Types only. The `partition` stage calls it, except for records that name their partition.

import type { Bytes, Header, ProducerRecord } from '../model.ts'

/** The record that a {@link Partitioner} gets. */
export interface PartitionerRecord<R = ProducerRecord> {
  readonly topic: string
  /** The serialized key; null without a key. A string stands for its UTF-8 bytes. */
  readonly key: Bytes
  /** The serialized value; null for a tombstone. A string stands for its UTF-8 bytes. */
  readonly value: Bytes
  /** The headers, in order; null if there are none. */
  readonly headers: readonly Header[] | null
  /** The object that was passed in. */
  readonly record: R
}

/** What is known about the topic when the partition is chosen. */
export interface TopicInfo {
  readonly name: string
  /** How many partitions the topic has, with or without a leader; at least 1. */
  readonly partitionCount: number
  /** The partitions that have a leader, in ascending order; may be empty. */
  readonly availablePartitions: readonly number[]
}

/**
 * Chooses the partition of a record that does not name one. Returns an integer from 0 to `partitionCount
 * - 1`, or null for the built-in sticky partitioning, which fills batches with records without a key.
 *
 * If it throws or returns anything else, that record fails with `PARTITIONER_FAILED`. It is called once
 * per record, in order. A record keeps its partition when it is sent again.
 */
export type Partitioner<R = ProducerRecord> = (
  record: PartitionerRecord<R>,
  topic: TopicInfo,
) => number | null
