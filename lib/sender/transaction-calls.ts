import { errorCode, errorCodes } from '../errors/error-codes.ts'
import type { ResponseOf } from '../protocol/message.ts'
import { AddOffsetsToTxn } from '../protocol/messages/add-offsets-to-txn.ts'
import {
  AddPartitionsToTxn,
  newestAddPartitionsOfClients,
} from '../protocol/messages/add-partitions-to-txn.ts'
import { DescribeTransactions } from '../protocol/messages/describe-transactions.ts'
import { EndTxn } from '../protocol/messages/end-txn.ts'
import { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import { TxnOffsetCommit } from '../protocol/messages/txn-offset-commit.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Call } from './coordinator-call.ts'
import { type Identity, nobody } from './identity.ts'
import { reactionTo } from './transaction-errors.ts'

// The requests of a transaction, each as a call to its coordinator: the versions for each protocol, the
// content, and the decisive code of the answer. TV1 and TV2 are `transaction.version` 0 or 1, and 2
// (KIP-890). Pure. Used by transactions.ts.

/** A source partition of a consumer, and the offset at which its group continues. */
export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  /** The offset of the next record to be read. */
  readonly offset: number
  /** -1 if it is unknown. */
  readonly leaderEpoch: number
  readonly metadata: string | null
}

/** The membership of a consumer in its group, at the moment of the commit. */
export interface GroupMembership {
  readonly groupId: string
  /** -1 for none: then a member that has left the group is not fenced. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** The callbacks for a call's outcome. */
export type Ends<Response> = Pick<Call, 'failed'> & { done(response: Response): void }

/**
 * KIP-360, Kafka 2.5: InitProducerId gives an identity another epoch, so a transaction may end with an
 * abort.
 */
const initProducerIdMin = 3

export function initProducerId(
  facts: { readonly transactionalId: string; readonly timeoutMs: number; readonly bump?: Identity },
  ends: Ends<ResponseOf<typeof InitProducerId>>,
): Call<typeof InitProducerId> {
  const { transactionalId, timeoutMs, bump = nobody } = facts
  return {
    name: 'InitProducerId',
    api: InitProducerId,
    versionMin: initProducerIdMin,
    body: () => ({ transactionalId, transactionTimeoutMs: timeoutMs, ...bump }),
    codeOf: ({ errorCode: code }) => code,
    ...ends,
  }
}

/** The identity in all requests of an open transaction. */
export interface Asker {
  readonly transactionalId: string
  readonly identity: Identity
  readonly isTv2: boolean
}

/**
 * If the previous transaction is still being completed, the next attempts come after 2, 4, 8 and 16 ms, and then
 * every 20 ms, as Java's. Each attempt also makes a coordinator with replicas go on that gets no other requests.
 */
function soonAgain(): (code: number) => number | undefined {
  let ms = 1
  return (code) => {
    if (code !== errorCodes.CONCURRENT_TRANSACTIONS.code) return undefined
    ms = Math.min(ms * 2, 20)
    return ms
  }
}

/** TV1. `isFirst`: the transaction has no partition yet. */
export function addPartitions(
  { transactionalId, identity }: Asker,
  places: readonly PartitionState[],
  isFirst: boolean,
  ends: Ends<ResponseOf<typeof AddPartitionsToTxn>>,
): Call<typeof AddPartitionsToTxn> {
  const topics = grouped(places, ({ partition }) => partition)
  return {
    name: 'AddPartitionsToTxn',
    api: AddPartitionsToTxn,
    versionMax: newestAddPartitionsOfClients,
    body: () => ({
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: topics.map(([name, partitions]) => ({ name, partitions })),
    }),
    codeOf: ({ resultsByTopicV3AndBelow: results }) =>
      decisive(
        'AddPartitionsToTxn',
        results.flatMap(({ resultsByPartition }) =>
          resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
        ),
      ),
    ...(isFirst && { backoffMs: soonAgain() }),
    ...ends,
  }
}

/** TV1. */
export function addOffsets(
  { transactionalId, identity }: Asker,
  groupId: string,
  ends: Ends<ResponseOf<typeof AddOffsetsToTxn>>,
): Call<typeof AddOffsetsToTxn> {
  return {
    name: 'AddOffsetsToTxn',
    api: AddOffsetsToTxn,
    body: () => ({ transactionalId, ...identity, groupId }),
    codeOf: ({ errorCode: code }) => code,
    backoffMs: soonAgain(),
    ...ends,
  }
}

export function txnOffsetCommit(
  { transactionalId, identity, isTv2 }: Asker,
  group: GroupMembership,
  offsets: readonly OffsetToCommit[],
  ends: Ends<ResponseOf<typeof TxnOffsetCommit>>,
): Call<typeof TxnOffsetCommit> {
  const { groupId, generationId, memberId, groupInstanceId } = group
  const topics = grouped(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: leaderEpoch,
    committedMetadata: metadata,
  }))
  return {
    name: 'TxnOffsetCommit',
    api: TxnOffsetCommit,
    versionMin: 3, // earlier ones have no membership, so a member that has left is not fenced
    versionMax: isTv2 ? 5 : 4,
    body: () => ({
      transactionalId,
      groupId,
      ...identity,
      generationIdOrMemberEpoch: generationId,
      memberId,
      groupInstanceId,
      topics: topics.map(([name, partitions]) => ({ name, partitions })),
    }),
    codeOf: (response) =>
      decisive(
        'TxnOffsetCommit',
        response.topics.flatMap(({ partitions }) => partitions.map(({ errorCode: code }) => code)),
      ),
    backoffMs: soonAgain(),
    ...ends,
  }
}

export function endTxn(
  { transactionalId, identity, isTv2 }: Asker,
  committed: boolean,
  ends: Ends<ResponseOf<typeof EndTxn>>,
): Call<typeof EndTxn> {
  return {
    name: 'EndTxn',
    api: EndTxn,
    versionMax: isTv2 ? 5 : 4,
    isAbort: !committed,
    body: () => ({ transactionalId, ...identity, committed }),
    codeOf: ({ errorCode: code }) => code,
    ...ends,
  }
}

/** KIP-664: what the coordinator knows of the transactional id. Whoever may write with it may ask. */
export function describeTransaction(
  transactionalId: string,
  ends: Ends<ResponseOf<typeof DescribeTransactions>>,
): Call {
  const call: Call<typeof DescribeTransactions> = {
    name: 'DescribeTransactions',
    api: DescribeTransactions,
    body: () => ({ transactionalIds: [transactionalId] }),
    codeOf: ({ transactionStates: [first] }) =>
      first?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR.code,
    ...ends,
  }
  return call as unknown as Call
}

/** By topic, in the order in which they came. */
function grouped<T extends { readonly topic: string }, P>(
  items: readonly T[],
  part: (item: T) => P,
): (readonly [topic: string, parts: P[]])[] {
  const topics = new Map<string, P[]>()
  for (const item of items) {
    const parts = topics.get(item.topic)
    if (parts === undefined) topics.set(item.topic, [part(item)])
    else parts.push(part(item))
  }
  return [...topics]
}

/**
 * Of the codes of many partitions, the first one that ends the call; otherwise one that asks for another
 * attempt.
 */
function decisive(
  call: 'AddPartitionsToTxn' | 'TxnOffsetCommit',
  codes: readonly number[],
): number {
  const failed = codes.filter((code) => code !== errorCodes.NONE.code)
  const names = (code: number) => errorCode(code) === errorCodes.OPERATION_NOT_ATTEMPTED
  const final = failed.filter((code) => !passes(reactionTo(call, code)))
  // "Not attempted" is the code of the partitions that are not at fault.
  return final.find((code) => !names(code)) ?? final[0] ?? lookupFirst(call, failed)
}

function lookupFirst(
  call: 'AddPartitionsToTxn' | 'TxnOffsetCommit',
  codes: readonly number[],
): number {
  return codes.find((code) => reactionTo(call, code) === 'lookup') ?? codes[0] ?? 0
}

function passes(reaction: string): boolean {
  return reaction === 'retry' || reaction === 'lookup'
}
