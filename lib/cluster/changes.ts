import type { PartitionState, TopicState } from '../topics/topic-state.ts'

// What an answer or a leader hint changed in the known cluster, so that the listeners need not look at
// anything else. Filled by topology.ts, read by all that act on it.

/** A partition that has another leader than before, according to a broker. */
export interface LeaderChange {
  readonly partition: PartitionState
  /** The previous leader; -1 if there was none. */
  readonly from: number
}

export interface Changes {
  /** Whether anything differs from before. */
  readonly hasNews: boolean
  /** Whether another refresh is needed: a topic has a passing error, or a partition has no leader. */
  readonly isStale: boolean
  /** Whether the set of brokers, or one of their addresses, has changed. */
  readonly brokers: boolean
  /** The topics in the answer. */
  readonly topics: readonly TopicState[]
  /** Those of them that were deleted and created again. */
  readonly remade: readonly TopicState[]
  /** Partitions whose records go to another node now, or to a newer leader on the same node. */
  readonly moved: readonly PartitionState[]
  readonly led: readonly LeaderChange[]
}

export class ChangeList implements Changes {
  hasNews = false
  isStale = false
  brokers = false
  readonly topics: TopicState[] = []
  readonly remade: TopicState[] = []
  readonly moved: PartitionState[] = []
  readonly led: LeaderChange[] = []
}
