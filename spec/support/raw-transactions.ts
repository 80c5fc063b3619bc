// A producer with a transactional id, as plain requests over a socket to one broker that does
// everything: for mock clusters and for a real Kafka. Answers are the names of errors, `NONE` for
// success.

import { setTimeout as pause } from 'node:timers/promises'
import { errorCode, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import { AddOffsetsToTxn } from '../../lib/protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../../lib/protocol/messages/add-partitions-to-txn.ts'
import { EndTxn } from '../../lib/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../lib/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { TxnOffsetCommit } from '../../lib/protocol/messages/txn-offset-commit.ts'
import { transactionalFlag } from '../../lib/records/batch-header.ts'
import { batch } from './batches.ts'
import type { RawClient } from './raw-client.ts'

export interface RawIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

const nameOf = (code: number): KafkaErrorName => errorCode(code).name
const passing: readonly KafkaErrorName[] = [
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]
const triesMax = 600

/** Repeats the request as long as the error is temporary; returns the last answer. */
export async function settled<T extends { readonly error: KafkaErrorName }>(
  ask: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask()
    if (tries === triesMax || !passing.includes(answer.error)) return answer
    await pause(20)
  }
}

export class RawTransactions {
  readonly #raw: RawClient
  readonly id: string

  constructor(raw: RawClient, id: string) {
    this.#raw = raw
    this.id = id
  }

  async find(kind: 'group' | 'transaction', key: string, version = 4) {
    const keyType = kind === 'group' ? 0 : 1
    const body = { keyType, coordinatorKeys: [key] }
    const { coordinators } = await this.#raw.ask(FindCoordinator, version, body)
    return { error: nameOf(coordinators[0]!.errorCode), nodeId: coordinators[0]!.nodeId }
  }

  async init(
    claimed: RawIdentity = { producerId: -1n, producerEpoch: -1 },
    { timeoutMs = 60_000, version = 4 } = {},
  ) {
    const body = { transactionalId: this.id, transactionTimeoutMs: timeoutMs }
    const answer = await this.#raw.ask(InitProducerId, version, {
      ...body,
      ...(version < 3 ? {} : claimed),
    })
    const { errorCode: code, producerId, producerEpoch } = answer
    return { error: nameOf(code), who: { producerId, producerEpoch } }
  }

  /** Finds the coordinator, and begins, however long either takes. */
  async begin(): Promise<RawIdentity> {
    await settled(() => this.find('transaction', this.id))
    const { error, who } = await settled(() => this.init())
    if (error !== 'NONE') throw new Error(`InitProducerId of ${this.id}: ${error}`)
    return who
  }

  async add(who: RawIdentity, topic: string, partitions: readonly number[], version = 3) {
    const answer = await this.#raw.ask(AddPartitionsToTxn, version, {
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: who.producerId,
      v3AndBelowProducerEpoch: who.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
    })
    const errors = answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
      resultsByPartition
        .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
        .map(({ partitionErrorCode }) => nameOf(partitionErrorCode)),
    )
    return { error: errors[0] ?? 'NONE', errors }
  }

  async addOffsets(who: RawIdentity, groupId: string, version = 3) {
    const body = { transactionalId: this.id, ...who, groupId }
    const answer = await this.#raw.ask(AddOffsetsToTxn, version, body)
    return { error: nameOf(answer.errorCode) }
  }

  async send(
    who: RawIdentity,
    topic: string,
    partition: number,
    { value = 'x', version = 12, baseSequence = 0, isTransactional = true } = {},
  ) {
    const attributes = isTransactional ? transactionalFlag : 0
    // The marker after it has the current time: an older batch would make Kafka begin another
    // segment.
    const records = [{ value, timestamp: Date.now() }]
    const bytes = batch({ records, ...who, baseSequence, attributes })
    const partitionData = [{ index: partition, records: [bytes] }]
    const topicData = [{ name: topic, partitionData }]
    const body = { transactionalId: this.id, acks: -1, timeoutMs: 5000, topicData }
    const { responses } = await this.#raw.ask(Produce, version, body)
    const { errorCode: code, baseOffset, errorMessage } = responses[0]!.partitionResponses[0]!
    return { error: nameOf(code), offset: Number(baseOffset), message: errorMessage }
  }

  async end(who: RawIdentity, committed: boolean, version = 5) {
    const body = { transactionalId: this.id, ...who, committed }
    const answer = await this.#raw.ask(EndTxn, version, body)
    const { errorCode: code, producerId, producerEpoch } = answer
    return { error: nameOf(code), who: { producerId, producerEpoch } }
  }

  async commitOffset(
    who: RawIdentity,
    groupId: string,
    topic: string,
    { version = 5, generation = -1, memberId = '', instanceId = null as string | null } = {},
  ) {
    const partitions = [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: null }]
    const member = {
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: instanceId,
    }
    const answer = await this.#raw.ask(TxnOffsetCommit, version, {
      transactionalId: this.id,
      groupId,
      ...who,
      ...(version < 3 ? {} : member),
      topics: [{ name: topic, partitions }],
    })
    return { error: nameOf(answer.topics[0]!.partitions[0]!.errorCode) }
  }
}
