import type { PartitionState, TopicState } from '../topics/topic-state.ts'

// What an answer, or a hint, changed in the picture of the cluster: what makes it possible to look at
// nothing else. Filled by topology.ts, read by all who act on it.

/** A partition that has another leader than before, as brokers tell it. */
export interface LeaderChange {
  readonly partition: PartitionState
  /** The leader before; -1 where there was none. */
  readonly from: number
}

export interface Changes {
  /** Whether anything differs from what was known. */
  readonly hasNews: boolean
  /** Whether it calls for another refresh: an error that passes, or a partition that nobody leads. */
  readonly isStale: boolean
  /** Whether other brokers are known, or one of them is at another address. */
  readonly brokers: boolean
  /** The topics that the answer spoke of. */
  readonly topics: readonly TopicState[]
  /** Those among them that were deleted and made again. */
  readonly remade: readonly TopicState[]
  /** Partitions that are to be sent to another node, or to a newer leader on the same one. */
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
