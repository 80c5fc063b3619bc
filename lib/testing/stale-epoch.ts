// Whether a reader's leader epoch of a partition is the broker's (KIP-320).

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { PartitionState } from './cluster-state.ts'

/** The error for a request to `broker` under the leader epoch `asked` (-1: any). */
export function epochMismatch(
  { leader, leaderEpoch }: PartitionState,
  broker: number,
  asked: number,
): KafkaErrorName | null {
  if (asked !== -1 && asked < leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (asked > leaderEpoch) return 'UNKNOWN_LEADER_EPOCH'
  return leader === broker ? null : 'NOT_LEADER_OR_FOLLOWER'
}
