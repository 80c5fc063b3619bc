import type { Address } from '../runtime.ts'

// What brokers say about the cluster, independent of the version, for topology.ts to merge. Types only.

export interface Broker extends Address {
  readonly id: number
  /** Absent if the broker has none, or sent none. */
  readonly rack?: string
}

/** A partition, as an answer describes it. */
export interface Partition {
  /** Node id; -1 if there is none at the moment. */
  readonly leaderId: number
  /** -1 if the broker sent none that can be trusted. */
  readonly leaderEpoch: number
}

/** A topic, as an answer describes it. */
export interface Topic {
  readonly name: string
  /** As Kafka prints it; the zero uuid if the broker knows no topic ids. */
  readonly id: string
  /** Kafka's error code for the whole topic. 0: it can be used, and has partitions. */
  readonly error: number
  readonly partitions: readonly Partition[]
}

/** What one Metadata answer says, independent of its version. */
export interface Description {
  readonly brokers: readonly Broker[]
  /** Null if the broker sent none. */
  readonly clusterId?: string | null
  readonly topics: Iterable<Topic>
}

/** A broker's hint, sent with an error, about a partition's current leader (KIP-951). */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
}
