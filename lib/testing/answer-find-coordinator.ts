// Answers FindCoordinator: the coordinating broker of a transactional id or a group. If brokers have just
// started, the first request creates the internal topic, and finds none yet, as in Kafka.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import type { Answer, Question } from './answer.ts'
import type { CoordinatorKind } from './coordinators.ts'

type FindQuestion = Question<'FindCoordinator'>

/** By their numbers on the wire. Share groups (2) are not supported. */
const kinds: readonly CoordinatorKind[] = ['group', 'transaction']
/** How long creating the internal topic takes, and then loading its coordinators. */
const makingMs = 150
const firstLoadMs = 100

export function answerFindCoordinator(question: FindQuestion): Answer<'FindCoordinator'> {
  const { request, coordinators, settings } = question
  const { keyType, key, coordinatorKeys } = request.body
  const kind = kinds[keyType]
  const forced = question.forced()?.error ?? (kind === undefined ? 'INVALID_REQUEST' : undefined)
  const now = question.now()
  if (forced === undefined) {
    const isSlow = settings.justStarted
    coordinators.make(kind!, now + (isSlow ? makingMs : 0), isSlow ? firstLoadMs : 0)
  }
  const find = (wanted: string) => {
    if (forced !== undefined) return { ...nobody(forced), errorMessage: null }
    const broker = coordinators.isMade(kind!, now) ? coordinators.of(kind!, wanted) : -1
    if (broker === -1) return nobody('COORDINATOR_NOT_AVAILABLE')
    const { id, host, port } = question.state.broker(broker)
    return { errorCode: 0, nodeId: id, host, port, errorMessage: null }
  }
  if (request.version >= 4) {
    const found = coordinatorKeys.map((wanted) => {
      const one = find(wanted)
      return { key: wanted, ...one, errorMessage: one.errorMessage === null ? null : '' }
    })
    return { body: { coordinators: found } }
  }
  return { body: find(key) }
}

function nobody(error: KafkaErrorName) {
  const { code: errorCode } = errorCodes[error]
  const errorMessage: string | null = 'The coordinator is not available.'
  return { errorCode, nodeId: -1, host: '', port: -1, errorMessage }
}
