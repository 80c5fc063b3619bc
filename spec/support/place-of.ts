import type { PartitionState } from '../../lib/topics/topic-state.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'

/** A partition of a topic of its own. */
export function placeOf(partition = 0, topic = 't'): PartitionState {
  return new TopicTable({ now: () => 0 }).of(topic).at(partition)
}
