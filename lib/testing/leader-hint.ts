// The current leader of a partition, as in Produce v10 and Fetch v12 (KIP-951): the leader's id and epoch
// with the error, and once per response the addresses of those leaders.

import type { Question } from './answer.ts'
import type { PartitionState } from './cluster-state.ts'

/** The field `currentLeader`. */
export function leaderOf({ leader, leaderEpoch }: PartitionState) {
  return { leaderId: leader, leaderEpoch }
}

/** The field `nodeEndpoints`: the leaders of these partitions, each once. */
export function leaderEndpoints({ state }: Question, partitions: readonly PartitionState[]) {
  const leaders = new Set(partitions.map(({ leader }) => leader))
  return state.brokers
    .filter(({ id }) => leaders.has(id))
    .map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack }))
}
