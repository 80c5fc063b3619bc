// Answers InitProducerId: with a new identity, or, for a transactional id, with one that fences the
// previous producer.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import { lacksIdentities } from './just-started.ts'
import type { Identity } from './transaction-states.ts'

type InitQuestion = Question<'InitProducerId'>

/** Older clients do not know PRODUCER_FENCED. */
const knowsFenced = 4

export function answerInitProducerId(question: InitQuestion): Answer<'InitProducerId'> {
  const forced = question.forced()
  if (forced && !forced.appended) return refused(forced.error)
  const identity = identityFor(question)
  if (forced) return refused(forced.error)
  if (typeof identity !== 'string') {
    const { producerId, epoch: producerEpoch } = identity
    return { body: { throttleTimeMs: 0, errorCode: 0, producerId, producerEpoch } }
  }
  const isFenced = identity === 'PRODUCER_FENCED' && question.request.version < knowsFenced
  return refused(isFenced ? 'INVALID_PRODUCER_EPOCH' : identity)
}

/**
 * Without a transactional id: a new producer id and epoch 0. As with a real broker, an identity in the
 * request is ignored: such a client increases its epoch itself.
 */
function identityFor(question: InitQuestion): Identity | KafkaErrorName {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = question.request.body
  if ((producerId === -1n) !== (producerEpoch === -1)) {
    question.violation(`InitProducerId: the producer ${producerId} with the epoch ${producerEpoch}`)
    return 'INVALID_REQUEST'
  }
  if (transactionalId === null) {
    if (lacksIdentities(question)) return 'COORDINATOR_LOAD_IN_PROGRESS'
    return { producerId: question.nextProducerId(), epoch: 0 }
  }
  if (transactionalId === '') question.violation('InitProducerId: the transactional id is empty')
  const { coordinators, transactions, broker } = question
  const elsewhere = coordinators.refusal('transaction', transactionalId, broker, question.now())
  if (elsewhere !== null) return elsewhere
  if (lacksIdentities(question)) return 'COORDINATOR_LOAD_IN_PROGRESS'
  const claimed = producerId === -1n ? null : { producerId, epoch: producerEpoch }
  return transactions.begin(transactionalId, transactionTimeoutMs, claimed)
}

function refused(error: KafkaErrorName): Answer<'InitProducerId'> {
  const { code: errorCode } = errorCodes[error]
  return { body: { throttleTimeMs: 0, errorCode, producerId: -1n, producerEpoch: -1 } }
}
