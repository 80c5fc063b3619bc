// A producer with a transactional id, as plain requests to mock brokers without a socket: each goes
// to the right broker. `answers` are the names of errors, `NONE` for success.

import { errorCode, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import { AddOffsetsToTxn } from '../../lib/protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../../lib/protocol/messages/add-partitions-to-txn.ts'
import { DescribeTransactions } from '../../lib/protocol/messages/describe-transactions.ts'
import { EndTxn } from '../../lib/protocol/messages/end-txn.ts'
import { Fetch } from '../../lib/protocol/messages/fetch.ts'
import { InitProducerId } from '../../lib/protocol/messages/init-producer-id.ts'
import { Produce } from '../../lib/protocol/messages/produce.ts'
import { TxnOffsetCommit } from '../../lib/protocol/messages/txn-offset-commit.ts'
import { transactionalFlag } from '../../lib/records/batch-header.ts'
import type { ModelOptions } from '../../lib/testing/broker-model.ts'
import { batch } from './batches.ts'
import { answerIn, brokers } from './mock-brokers.ts'

export interface Who {
  producerId: bigint
  producerEpoch: number
}

/** Brokers with the time of `clock.now`, and the requests of a transactional client to them. */
export function transactional(options: Partial<ModelOptions> = {}) {
  const clock = { now: 1_000_000 }
  const mock = brokers({ ...options, now: () => clock.now })
  const { model } = mock
  const name = (code: number): KafkaErrorName => errorCode(code).name
  const coordinator = (id: string) => model.coordinators.of('transaction', id)

  /** InitProducerId: the error, and the identity after it. */
  function begin(id: string, how: Partial<Who> & { timeoutMs?: number; version?: number } = {}) {
    const { producerId = -1n, producerEpoch = -1, timeoutMs = 60_000, version = 5 } = how
    const body = {
      transactionalId: id,
      transactionTimeoutMs: timeoutMs,
      ...(version < 3 ? {} : { producerId, producerEpoch }),
    }
    const answer = mock.ask(coordinator(id), InitProducerId, version, body)
    const who: Who = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    return { error: name(answer.errorCode), who }
  }

  function add(id: string, who: Who, partitions: readonly number[], version = 3) {
    const answer = mock.ask(coordinator(id), AddPartitionsToTxn, version, {
      v3AndBelowTransactionalId: id,
      v3AndBelowProducerId: who.producerId,
      v3AndBelowProducerEpoch: who.producerEpoch,
      v3AndBelowTopics: [{ name: 't', partitions }],
    })
    return answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => name(partitionErrorCode)),
    )
  }

  function addOffsets(id: string, who: Who, groupId: string, version = 4) {
    const body = { transactionalId: id, ...who, groupId }
    return name(mock.ask(coordinator(id), AddOffsetsToTxn, version, body).errorCode)
  }

  /** DescribeTransactions, of the coordinator or of the broker so many places after it. */
  function describe(id: string, placesAfter = 0) {
    const { brokers: all } = model.state
    const at = all.findIndex((broker) => broker.id === coordinator(id)) + placesAfter
    const body = { transactionalIds: [id] }
    const answer = mock.ask(all[at % all.length]!.id, DescribeTransactions, 0, body)
    const state = answer.transactionStates[0]!
    return { ...state, error: name(state.errorCode) }
  }

  interface Sending {
    readonly partition?: number
    readonly version?: number
    readonly sequence?: number
    readonly isTransactional?: boolean
  }

  /**
   * One record to `t`, and the answer of its leader; `heldMs` is how long the leader holds the
   * answer.
   */
  function send(id: string, who: Who, value: string, how: Sending = {}) {
    const { partition = 0, version = 13, sequence = 0, isTransactional = true } = how
    const { leader } = model.state.partition('t', partition)
    const bytes = batch({
      records: [{ value }],
      ...who,
      baseSequence: sequence,
      attributes: isTransactional ? transactionalFlag : 0,
    })
    const topicId = model.state.topic('t')!.id
    const partitionData = [{ index: partition, records: [bytes] }]
    const topicData = [{ name: 't', topicId, partitionData }]
    const body = { transactionalId: id, acks: -1, timeoutMs: 1000, topicData }
    const reaction = mock.react(leader, Produce, version, body)
    const [topic] = answerIn(Produce, version, reaction).responses
    const { errorCode: code, baseOffset } = topic!.partitionResponses[0]!
    return { error: name(code), offset: Number(baseOffset), heldMs: reaction.delayMs }
  }

  function end(id: string, who: Who, committed: boolean, version = 5) {
    const body = { transactionalId: id, ...who, committed }
    const answer = mock.ask(coordinator(id), EndTxn, version, body)
    const next: Who = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    return { error: name(answer.errorCode), who: next }
  }

  interface Committing {
    readonly version?: number
    readonly generation?: number
    readonly memberId?: string
    readonly instanceId?: string | null
    readonly topic?: string
    readonly broker?: number
  }

  /** Commits the offset of `t-0`, for a group, in a transaction. */
  function offset(id: string, who: Who, groupId: string, at: number, how: Committing = {}) {
    const { version = 6, generation = -1, memberId = '', instanceId = null, topic = 't' } = how
    const partitions = [
      { partitionIndex: 0, committedOffset: BigInt(at), committedMetadata: `at ${at}` },
    ]
    const topicId = model.state.topic(topic)?.id
    const broker = how.broker ?? model.coordinators.of('group', groupId)
    const answer = mock.ask(broker, TxnOffsetCommit, version, {
      transactionalId: id,
      groupId,
      ...who,
      ...(version < 3
        ? {}
        : { generationIdOrMemberEpoch: generation, memberId, groupInstanceId: instanceId }),
      topics: [{ name: topic, topicId, partitions }],
    })
    return name(answer.topics[0]!.partitions[0]!.errorCode)
  }

  /** What a reader of `t` gets from an offset on. */
  function fetch(isolationLevel: 0 | 1, from = 0, partition = 0) {
    const asked = { partition, fetchOffset: BigInt(from), partitionMaxBytes: 1e6 }
    const topics = [{ topic: 't', topicId: undefined, partitions: [asked] }]
    const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 1e6, isolationLevel }
    const { leader } = model.state.partition('t', partition)
    const body = { ...limits, topics, forgottenTopicsData: [] }
    const [topic] = mock.ask(leader, Fetch, 12, body).responses
    const { highWatermark, lastStableOffset, abortedTransactions, records } = topic!.partitions[0]!
    const bytes = records ?? new Uint8Array(0)
    return { end: highWatermark, stable: lastStableOffset, aborted: abortedTransactions, bytes }
  }

  /** The values that a reader of committed records gets. */
  function committed(partition = 0): string[] {
    model.settle()
    const { log } = model.state.partition('t', partition)
    return [...log.committed()].map(({ value }) => Buffer.from(value!).toString())
  }

  const more = { describe, offset, fetch, committed }
  return { ...mock, clock, begin, add, addOffsets, send, end, ...more }
}
