// Answers DescribeTransactions: what the coordinator of each transactional id knows of it. Anybody may ask, as
// the mock cluster has no permissions.

import { errorCodes } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import type { TransactionEntry } from './transaction-states.ts'

export function answerDescribeTransactions(
  question: Question<'DescribeTransactions'>,
): Answer<'DescribeTransactions'> {
  const { request, transactions, coordinators, broker } = question
  const forced = question.forced()?.error
  const states = request.body.transactionalIds.map((id) => {
    const refused = forced ?? coordinators.refusal('transaction', id, broker, question.now())
    const entry = transactions.entry(id)
    if (refused === null && entry !== undefined) return known(entry)
    const { code: errorCode } = errorCodes[refused ?? 'TRANSACTIONAL_ID_NOT_FOUND']
    return { ...unknown, transactionalId: id, errorCode }
  })
  return { body: { throttleTimeMs: 0, transactionStates: states } }
}

function known(entry: TransactionEntry) {
  const places = [...entry.partitions.values()]
  const names = new Set(places.map(([topic]) => topic))
  const partitionsOf = (topic: string) =>
    places.filter(([name]) => name === topic).map(([, partition]) => partition)
  return {
    errorCode: errorCodes.NONE.code,
    transactionalId: entry.id,
    transactionState: entry.state,
    transactionTimeoutMs: entry.timeoutMs,
    transactionStartTimeMs: BigInt(entry.startedAt),
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    topics: [...names].map((topic) => ({ topic, partitions: partitionsOf(topic) })),
  }
}

const unknown = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0n,
  producerId: 0n,
  producerEpoch: 0,
  topics: [],
}
