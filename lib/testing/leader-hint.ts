// Who leads a partition instead, as Produce v10 and Fetch v12 tell it (KIP-951): the leader's id and
// epoch beside the error, and once per response where those leaders are to be found.

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
