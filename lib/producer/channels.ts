import diagnostics, { type Channel } from 'node:diagnostics_channel'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { BatchSummary, ProducerEvent } from './events.ts'

// The diagnostics channels, for code that does not have the producer at hand: tracing, or metrics of a
// whole process. Each event of `events$` is published on one of them, and also each connection, request
// and batch. A message is created only if its channel has a subscriber.

/**
 * Messages that are published on diagnostics channels, but not on `events$`, because there are too many.
 */
export type DiagnosticsTrace =
  | { readonly type: 'connecting'; readonly node: number; readonly address: string }
  | {
      readonly type: 'start'
      readonly node: number
      /** Kafka's name of the request: `Produce`, `Metadata`, … */
      readonly api: string
      /** The request's number on its connection. Its `end` has the same. */
      readonly correlationId: number
      /** Bytes of the request. */
      readonly bytes: number
    }
  | {
      readonly type: 'end'
      readonly node: number
      readonly api: string
      readonly correlationId: number
      /** Bytes of the answer; 0 if there was none. */
      readonly bytes: number
      /** Milliseconds since its start. */
      readonly ms: number
      /** Why there was no answer; null if there was one, or if none was requested (`acks=0`). */
      readonly error: KafkaError | null
    }
  | ({ readonly type: 'sent'; readonly node: number } & BatchSummary)
  | ({ readonly type: 'acknowledged' } & BatchSummary)
  | ({ readonly type: 'failed'; readonly code: string; readonly cause: unknown } & BatchSummary)

/**
 * The message of a type on a diagnostics channel: the event or the trace, and the `client.id` of the
 * producer.
 */
export type DiagnosticsMessage<Type extends (ProducerEvent | DiagnosticsTrace)['type']> = Extract<
  ProducerEvent | DiagnosticsTrace,
  { readonly type: Type }
> & {
  /** The `client.id` of the producer. */
  readonly clientId: string
}

/**
 * The messages on this package's diagnostics channels, by channel. All producers of a process publish
 * there; `clientId` tells them apart.
 *
 * A subscriber is called synchronously when results are emitted, so keep it quick. If it throws, that is
 * an uncaught exception of the process, as on any diagnostics channel, and does not affect the producer.
 *
 * @example
 * ```ts
 * import diagnostics from 'node:diagnostics_channel'
 *
 * diagnostics.subscribe('to-kafka:request', (message) => {
 *   const request = message as DiagnosticsMessages['to-kafka:request']
 *   if (request.type === 'end') histogram.record(request.ms, { api: request.api })
 * })
 * ```
 *
 */
export interface DiagnosticsMessages {
  /** A connection, from the attempt to its end. */
  'to-kafka:connection': DiagnosticsMessage<
    'connecting' | 'connected' | 'disconnected' | 'throttled'
  >
  /** A request: its `start` and its `end`. */
  'to-kafka:request': DiagnosticsMessage<'start' | 'end'>
  /** A record batch: each time that it is sent, and its outcome. */
  'to-kafka:batch': DiagnosticsMessage<'sent' | 'retried' | 'split' | 'acknowledged' | 'failed'>
  /** Changes of the producer as a whole. */
  'to-kafka:producer': DiagnosticsMessage<
    'leaderChanged' | 'identified' | 'epochBumped' | 'bufferFull' | 'bufferFree'
  >
  /** A transaction: its beginning and its end. */
  'to-kafka:transaction': DiagnosticsMessage<'transaction'>
  /** A record was not delivered after its stream had been unsubscribed. */
  'to-kafka:undelivered': DiagnosticsMessage<'undelivered'>
  /** An interceptor threw; it was skipped. */
  'to-kafka:interceptor-failed': DiagnosticsMessage<'interceptorFailed'>
  /** A reporter of metrics threw. */
  'to-kafka:reporter-failed': DiagnosticsMessage<'reporterFailed'>
}

const connection = open('to-kafka:connection')
const request = open('to-kafka:request')
const batch = open('to-kafka:batch')
const producer = open('to-kafka:producer')
const transaction = open('to-kafka:transaction')
const undelivered = open('to-kafka:undelivered')
const interceptorFailed = open('to-kafka:interceptor-failed')
const reporterFailed = open('to-kafka:reporter-failed')

/** All channels. */
export const channels: readonly Channel[] = [
  connection,
  request,
  batch,
  producer,
  transaction,
  undelivered,
  interceptorFailed,
  reporterFailed,
]

/** The channel of each kind of message. */
export const channelOf = {
  connecting: connection,
  connected: connection,
  disconnected: connection,
  throttled: connection,
  start: request,
  end: request,
  sent: batch,
  retried: batch,
  split: batch,
  acknowledged: batch,
  failed: batch,
  leaderChanged: producer,
  identified: producer,
  epochBumped: producer,
  bufferFull: producer,
  bufferFree: producer,
  transaction,
  undelivered,
  interceptorFailed,
  reporterFailed,
} as const satisfies Record<(ProducerEvent | DiagnosticsTrace)['type'], Channel>

function open(name: keyof DiagnosticsMessages): Channel {
  return diagnostics.channel(name)
}
