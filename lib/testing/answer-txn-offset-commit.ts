// Answers TxnOffsetCommit: offsets of a group that count once the transaction's marker is written. The
// group's coordinator checks the membership and, like a partition's leader, that the group is in the
// transaction; under TV2 (v5) it adds it itself.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'

type CommitQuestion = Question<'TxnOffsetCommit'>

/** From this version on clients know TRANSACTION_ABORTABLE. */
const knowsAbortable = 4
/** From this version on the group is added to the transaction. */
const addsGroup = 5
/** From this version on, topics are identified by id, and groups have their own errors. */
const byId = 6

export function answerTxnOffsetCommit(question: CommitQuestion): Answer<'TxnOffsetCommit'> {
  const { state, request, forced } = question
  const refused = refusal(question)
  const topics = request.body.topics.map(({ name, topicId, partitions }) => {
    const topic = request.version >= byId ? state.topicById(topicId) : state.topic(name)
    return {
      name,
      topicId,
      partitions: partitions.map((asked) => {
        const { partitionIndex } = asked
        const script = forced(topic?.name ?? name, partitionIndex)
        const error =
          (script?.appended === false ? script.error : null) ??
          (topic?.partitions[partitionIndex] ? null : unknown(request.version)) ??
          refused
        if (error === null) hold(question, topic!.name, asked)
        return {
          partitionIndex,
          errorCode: errorCodes[error ?? script?.error ?? 'NONE'].code,
        }
      }),
    }
  })
  return { body: { topics } }
}

/** Why none of the offsets can be committed. */
function refusal(question: CommitQuestion): KafkaErrorName | null {
  const { coordinators, groups, broker, request } = question
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch } = request.body
  if (groupId === '') return 'INVALID_GROUP_ID'
  const elsewhere = coordinators.refusal('group', groupId, broker, question.now())
  if (elsewhere !== null) return elsewhere
  const outside = outsideOfTransaction(question)
  if (outside !== null) return outside
  const error = groups.refusal(groupId, {
    generation: generationIdOrMemberEpoch,
    memberId,
    instanceId: groupInstanceId,
  })
  const isNew = error === 'STALE_MEMBER_EPOCH' || error === 'GROUP_ID_NOT_FOUND'
  return isNew && request.version < byId ? 'ILLEGAL_GENERATION' : error
}

function outsideOfTransaction(question: CommitQuestion): KafkaErrorName | null {
  const { groups, transactions, coordinators, settings, request } = question
  const { transactionalId: id, groupId, producerId, producerEpoch: epoch } = request.body
  if (groups.isOpen(groupId, producerId, epoch)) return null
  if (!settings.release.verifiesTransactions) return null
  if (!coordinators.isReady('transaction', id, question.now())) return 'COORDINATOR_NOT_AVAILABLE'
  const who = { producerId, epoch }
  const place = { group: groupId }
  const error =
    request.version >= addsGroup
      ? transactions.add(id, who, [place])
      : transactions.verify(id, who, place)
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  const isUnknown = error === 'TRANSACTION_ABORTABLE' && request.version < knowsAbortable
  return isUnknown ? 'INVALID_TXN_STATE' : error
}

type AskedPartition = CommitQuestion['request']['body']['topics'][number]['partitions'][number]

function hold({ groups, request }: CommitQuestion, topic: string, asked: AskedPartition): void {
  const { groupId, producerId, producerEpoch } = request.body
  groups.hold(groupId, producerId, producerEpoch, {
    topic,
    partition: asked.partitionIndex,
    offset: Number(asked.committedOffset),
    leaderEpoch: asked.committedLeaderEpoch,
    metadata: asked.committedMetadata ?? '',
  })
}

function unknown(version: number): KafkaErrorName {
  return version >= byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
}
