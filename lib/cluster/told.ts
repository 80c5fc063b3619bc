import type { Address } from '../runtime.ts'

// What brokers tell of the cluster, versions smoothed out: the words that topology.ts merges. Types only.

export interface Broker extends Address {
  readonly id: number
  /** Absent where it has none, or told none. */
  readonly rack?: string
}

/** A partition, as an answer describes it. */
export interface Partition {
  /** Node id; -1 where there is none at the moment. */
  readonly leader: number
  /** -1 where the broker told none that can be trusted. */
  readonly leaderEpoch: number
}

/** A topic, as an answer describes it. */
export interface Topic {
  readonly name: string
  /** As Kafka prints it; the zero uuid where the broker knows no topic ids. */
  readonly id: string
  /** Kafka's error code for the whole topic; 0 when it can be used. Then there are partitions. */
  readonly error: number
  readonly partitions: readonly Partition[]
}

/** What one Metadata answer says, versions smoothed out. */
export interface Description {
  readonly brokers: readonly Broker[]
  /** Null where the broker told none. */
  readonly clusterId?: string | null
  readonly topics: Iterable<Topic>
}

/** A broker's word, beside an error, on who leads a partition now (KIP-951). */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
}
