// Answers InitProducerId with an identity that nobody else has, and FindCoordinator with the news
// that there is none: the mock cluster has neither transactions nor consumer groups.

import { errorCodes } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'

/**
 * A fresh producer id and epoch 0. As on a real broker that is so whatever identity the request
 * brings along: without a transactional id a client bumps its epoch by itself.
 */
export function answerInitProducerId(
  question: Question<'InitProducerId'>,
): Answer<'InitProducerId'> {
  const forced = question.forced()
  if (forced) return refused(errorCodes[forced.error].code)
  const { transactionalId } = question.request.body
  if (transactionalId !== null) {
    question.violation(`InitProducerId: no transactions here, so none for ${transactionalId}`)
    return refused(errorCodes.INVALID_REQUEST.code)
  }
  return {
    body: {
      throttleTimeMs: 0,
      errorCode: 0,
      producerId: question.nextProducerId(),
      producerEpoch: 0,
    },
  }
}

export function answerFindCoordinator(
  question: Question<'FindCoordinator'>,
): Answer<'FindCoordinator'> {
  const error = errorCodes[question.forced()?.error ?? 'COORDINATOR_NOT_AVAILABLE']
  const nobody = {
    errorCode: error.code,
    errorMessage: 'the mock cluster has neither groups nor transactions',
    nodeId: -1,
    host: '',
    port: -1,
  }
  const { request } = question
  if (request.version < 4) return { body: nobody }
  const coordinators = request.body.coordinatorKeys.map((key) => ({ key, ...nobody }))
  return { body: { coordinators } }
}

function refused(errorCode: number): Answer<'InitProducerId'> {
  return { body: { throttleTimeMs: 0, errorCode, producerId: -1n, producerEpoch: -1 } }
}
