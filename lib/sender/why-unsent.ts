import { BrokerError } from '../errors/broker-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Busy, Dispatch } from './dispatch.ts'

// Why a batch was never sent, determined when it expires: what its partition was waiting for. It becomes
// the cause of DELIVERY_TIMEOUT. That is the only place where a user can read it, because nothing is
// logged. Pure. Called by sender.ts.

export interface WhyUnsentPorts {
  readonly dispatch: Pick<Dispatch, 'leaderOf' | 'failureOf' | 'busyOf'>
  /** Why the last request for a producer id failed; null if none is needed, or there is one. */
  readonly identityError: KafkaError | null
}

/** The reason; undefined if nothing is known to be wrong. */
export function whyUnsent(
  place: PartitionState,
  { dispatch, identityError }: WhyUnsentPorts,
): KafkaError | undefined {
  const node = dispatch.leaderOf(place)
  if (node < 0) return leaderless(place)
  const failure = dispatch.failureOf?.(node) ?? null
  if (failure !== null) return unreachable(place, node, failure)
  return identityError ?? busy(place, node, dispatch.busyOf?.(node) ?? null)
}

function leaderless({ topic, partition, of }: PartitionState): KafkaError {
  const error = of.error ?? errorCodes.NONE.code
  if (error !== errorCodes.NONE.code)
    return new BrokerError(error, { request: `Metadata ${topic}` })
  const isThere = partition < of.partitions.length
  const { code } = isThere ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  const detail = isThere ? 'no known broker leads it' : 'the topic has fewer partitions now'
  return new BrokerError(code, { request: `Metadata ${topic}-${partition}`, detail })
}

function unreachable({ topic, partition }: PartitionState, node: number, failure: KafkaError) {
  const { address } = failure as Partial<ConnectionError>
  const sentence = `the leader of ${topic}-${partition}, broker ${node}, cannot be reached: ${failure.message}; this is the address that the broker advertises (advertised.listeners)`
  return new ConnectionError('CONNECT_FAILED', sentence, {
    cause: failure,
    ...(address !== undefined && { address }),
  })
}

function busy(
  { topic, partition }: PartitionState,
  node: number,
  why: Busy | null,
): KafkaError | undefined {
  if (why === null) return undefined
  if (why.throttledMs > 0) {
    const detail = `the broker throttles this client (a quota) for ${Math.ceil(why.throttledMs)} more ms`
    const { code } = errorCodes.THROTTLING_QUOTA_EXCEEDED
    return new BrokerError(code, { request: `Produce ${topic}-${partition}`, detail, broker: node })
  }
  const requests = why.unanswered === 1 ? '1 request' : `${why.unanswered} requests`
  const sentence = `the leader of ${topic}-${partition}, broker ${node}, has not answered ${requests}, and gets no more until it answers (max.in.flight.requests.per.connection)`
  return new ConnectionError('REQUEST_TIMEOUT', sentence)
}
