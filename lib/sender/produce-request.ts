import type { Batch } from '../accumulator/batch.ts'
import type { RequestInput } from '../protocol/message.ts'
import type { Produce } from '../protocol/messages/produce.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import type { ProduceBody, ProduceResponse } from './dispatch.ts'
import type { PartitionLine } from './partition-line.ts'

// One Produce request: its batches, its body, and which part of the answer belongs to which batch.
//
// Invariant: each batch of a request is answered for exactly once: by its part of the response, or as
// missing from it.

/** A batch in flight, and its partition. */
export interface Item {
  readonly line: PartitionLine
  readonly batch: Batch
}

/** One partition's part of a Produce response. */
export type PartitionResponse = ProduceResponse['responses'][number]['partitionResponses'][number]

/** The first version that identifies topics by id (KIP-516). */
export const topicIdVersion = 13

type TopicData = RequestInput<typeof Produce>['topicData'][number]

export function produceBody(
  items: readonly Item[],
  facts: {
    readonly transactionalId: string | null
    readonly acks: number
    readonly timeoutMs: number
    readonly topicIdOf: (place: PartitionState) => string
  },
): ProduceBody {
  const topics = new Map<
    string,
    TopicData & { partitionData: { index: number; records: readonly Uint8Array[] }[] }
  >()
  for (const { line, batch } of items) {
    let topic = topics.get(line.topic)
    if (topic === undefined) {
      topic = { name: line.topic, topicId: facts.topicIdOf(line.place), partitionData: [] }
      topics.set(line.topic, topic)
    }
    topic.partitionData.push({ index: line.partition, records: batch.chunks })
  }
  const { transactionalId, acks, timeoutMs } = facts
  return { transactionalId, acks, timeoutMs, topicData: [...topics.values()] }
}

/**
 * Calls `each` with every item and its part of the response; null if it has none. Each part is found by its
 * partition's line, since a table of some hundred partitions for each answer costs more than everything else here.
 */
export function matchResponse(
  items: readonly Item[],
  response: ProduceResponse,
  topicIdOf: ((topic: string) => string) | null,
  each: (item: Item, part: PartitionResponse | null) => void,
): void {
  const topics = new Map<string, TopicState>()
  let latest: TopicState | null = null
  for (let index = 0; index < items.length; index += 1) {
    const { line } = items[index]!
    line.slot = index
    if (line.place.of === latest) continue
    latest = line.place.of
    topics.set(topicIdOf === null ? line.topic : topicIdOf(line.topic), latest)
  }
  const parts: (PartitionResponse | null)[] = items.map(() => null)
  for (const topic of response.responses) {
    const state = topics.get(topicIdOf === null ? topic.name : topic.topicId)
    for (const part of topic.partitionResponses) {
      const line = state?.all[part.index]?.line as PartitionLine | null | undefined
      if (line && items[line.slot]?.line === line) parts[line.slot] = part
    }
  }
  for (let index = 0; index < items.length; index += 1) each(items[index]!, parts[index]!)
}
