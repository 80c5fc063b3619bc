// Answers InitProducerId with an identity that nobody else has, and FindCoordinator with the news
// that there is none: the mock cluster has neither transactions nor consumer groups.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'

/**
 * A fresh producer id and epoch 0. As on a real broker that is so whatever identity the request
 * brings along: without a transactional id a client bumps its epoch by itself.
 */
export function answerInitProducerId(
  question: Question<'InitProducerId'>,
): Answer<'InitProducerId'> {
  const forced = question.forced()
  if (forced) return refused(forced.error)
  const { transactionalId, producerId, producerEpoch } = question.request.body
  if (transactionalId !== null) {
    question.violation(`InitProducerId: no transactions here, so none for ${transactionalId}`)
    return refused('INVALID_REQUEST')
  }
  if ((producerId === -1n) !== (producerEpoch === -1)) {
    question.violation(`InitProducerId: the producer ${producerId} with the epoch ${producerEpoch}`)
    return refused('INVALID_REQUEST')
  }
  if (mustLoadFirst(question)) return refused('COORDINATOR_LOAD_IN_PROGRESS')
  return {
    body: {
      throttleTimeMs: 0,
      errorCode: 0,
      producerId: question.nextProducerId(),
      producerEpoch: 0,
    },
  }
}

/** A broker asks for a block of ids when it is asked for the first one, and has none until then. */
function mustLoadFirst({ settings, state, broker }: Question<'InitProducerId'>): boolean {
  const asked = state.broker(broker)
  const hadNone = !asked.hasIdentities
  asked.hasIdentities = true
  return hadNone && settings.justStarted && settings.release.loadsIdentitiesLate
}

export function answerFindCoordinator(
  question: Question<'FindCoordinator'>,
): Answer<'FindCoordinator'> {
  const forced = question.forced()
  const { code: errorCode } = errorCodes[forced?.error ?? 'COORDINATOR_NOT_AVAILABLE']
  const nobody = { errorCode, nodeId: -1, host: '', port: -1 }
  const { request } = question
  if (request.version < 4) {
    return {
      body: { ...nobody, errorMessage: forced ? null : 'The coordinator is not available.' },
    }
  }
  const coordinators = request.body.coordinatorKeys.map((key) => {
    return { key, ...nobody, errorMessage: '' }
  })
  return { body: { coordinators } }
}

function refused(error: KafkaErrorName): Answer<'InitProducerId'> {
  const { code: errorCode } = errorCodes[error]
  return { body: { throttleTimeMs: 0, errorCode, producerId: -1n, producerEpoch: -1 } }
}
