import type { KafkaError } from '../errors/kafka-error.ts'
import { kindOf } from '../errors/quoted.ts'
import type { MetricsReporter } from '../metrics/reporters.ts'
import type { Interceptor } from '../model.ts'
import type { BatchFacts, Observer, TransactionFacts, TransactionStep } from '../observer.ts'
import { channelOf, type DiagnosticsTrace } from './channels.ts'
import type { BatchSummary, EventSource, News, ProducerEvent } from './events.ts'

// Turns observations into events and messages of the diagnostics channels, for users.
//
// An actor reports in the middle of its work, and a listener may do anything: send, close, unsubscribe. So
// events are only collected then, with everything as it is at that moment, and emitted in the same turn,
// together with results (`report`). Invariant: nothing is collected without a listener. Owned by the
// engine; `wake` makes sure that a turn follows.

export interface HeraldPorts {
  readonly events: EventSource
  /** The interceptors of the configuration, in their order. */
  readonly interceptors: readonly Interceptor[]
  readonly reporters: readonly MetricsReporter[]
  readonly now: () => number
  /** There is something to report. */
  readonly wake: () => void
}

export class Herald implements Observer {
  #ports: HeraldPorts
  #gathered: News[] = []

  constructor(ports: HeraldPorts) {
    this.#ports = ports
  }

  /** Whether there is any listener. */
  get isListening(): boolean {
    return this.#ports.events.isListening
  }

  /** Emits what was collected; returns whether there was anything. */
  report(): boolean {
    if (this.#gathered.length === 0) return false
    const { events } = this.#ports
    const gathered = this.#gathered
    this.#gathered = []
    for (const news of gathered) {
      if (isTrace(news)) events.trace(news)
      else events.publish(news)
    }
    return true
  }

  interceptorFailed(error: unknown, interceptor: Interceptor): void {
    if (!this.#hears('interceptorFailed')) return
    const position = this.#ports.interceptors.indexOf(interceptor)
    // Never the object: an event may be printed, and a plug-in may hold secrets.
    this.#gather({
      type: 'interceptorFailed',
      error,
      interceptor: kindOf(interceptor),
      position,
    })
  }

  reporterFailed(error: unknown, reporter: MetricsReporter): void {
    if (!this.#hears('reporterFailed')) return
    const position = this.#ports.reporters.indexOf(reporter)
    this.#gather({ type: 'reporterFailed', error, reporter: kindOf(reporter), position })
  }

  connecting(node: number, address: string): void {
    if (traces('connecting')) this.#gather({ type: 'connecting', node, address })
  }

  connected(node: number, address: string): void {
    if (this.#hears('connected')) this.#gather({ type: 'connected', node, address })
  }

  /** As if another connection had begun, and then this one ended, so that each node has its own. */
  takenOver(from: number, node: number, address: string): void {
    this.connecting(node, address)
    this.connected(node, address)
    this.disconnected(from, address, null, true)
  }

  disconnected(node: number, address: string, cause: KafkaError | null, wasReady: boolean): void {
    if (!this.#hears('disconnected')) return
    this.#gather({ type: 'disconnected', node, address, cause, wasReady })
  }

  requested(node: number, api: string, bytes: number, correlationId: number): void {
    if (traces('start')) this.#gather({ type: 'start', node, api, correlationId, bytes })
  }

  answered(node: number, api: string, bytes: number, ms: number, correlationId: number): void {
    if (!traces('end')) return
    this.#gather({ type: 'end', node, api, correlationId, bytes, ms, error: null })
  }

  unanswered(
    node: number,
    api: string,
    ms: number,
    error: KafkaError | null,
    correlationId: number,
  ): void {
    if (!traces('end')) return
    this.#gather({ type: 'end', node, api, correlationId, bytes: 0, ms, error })
  }

  throttled(node: number, ms: number): void {
    if (this.#hears('throttled')) this.#gather({ type: 'throttled', node, ms })
  }

  leaderChanged(topic: string, partition: number, from: number, to: number): void {
    if (!this.#hears('leaderChanged')) return
    this.#gather({ type: 'leaderChanged', topic, partition, from, to })
  }

  sent(node: number, batches: readonly BatchFacts[]): void {
    if (!traces('sent')) return
    for (const batch of batches) this.#gather({ type: 'sent', node, ...this.#summary(batch) })
  }

  retried(batch: BatchFacts, cause: KafkaError | null): void {
    if (!this.#hears('retried')) return
    this.#gather({ type: 'retried', ...this.#summary(batch), cause })
  }

  split(batch: BatchFacts, parts: number): void {
    if (this.#hears('split')) this.#gather({ type: 'split', ...this.#summary(batch), parts })
  }

  acknowledged(batch: BatchFacts): void {
    if (traces('acknowledged')) this.#gather({ type: 'acknowledged', ...this.#summary(batch) })
  }

  failed(batch: BatchFacts, code: string, cause: unknown): void {
    if (traces('failed')) this.#gather({ type: 'failed', ...this.#summary(batch), code, cause })
  }

  identified(producerId: bigint, epoch: number, isNew: boolean): void {
    const type = isNew ? 'identified' : 'epochBumped'
    if (this.#hears(type)) this.#gather({ type, producerId: `${producerId}`, epoch })
  }

  transacted(
    step: TransactionStep,
    _ms: number,
    { ageMs: ms, ...facts }: TransactionFacts,
    cause: unknown = null,
  ): void {
    if (step === 'initialized' || step === 'offsetsSent' || !this.#hears('transaction')) return
    this.#gather({ type: 'transaction', state: step, ...facts, ms, cause })
  }

  bufferFull(isFull: boolean): void {
    const type = isFull ? 'bufferFull' : 'bufferFree'
    if (this.#hears(type)) this.#gather({ type })
  }

  // These are for metrics.
  refreshed(): void {}
  waitedForMemory(): void {}
  waitedForMetadata(): void {}
  flushed(): void {}

  #hears(type: ProducerEvent['type']): boolean {
    return this.#ports.events.hears(type)
  }

  #gather(news: News): void {
    this.#gathered.push(news)
    this.#ports.wake()
  }

  #summary(batch: BatchFacts): BatchSummary {
    const { topic, partition, count, size, rawSize, attempts, createdAt } = batch
    const ageMs = this.#ports.now() - createdAt
    return { topic, partition, count, size, rawSize, attempts, ageMs }
  }
}

const forChannels = {
  connecting: true,
  start: true,
  end: true,
  sent: true,
  acknowledged: true,
  failed: true,
} as const satisfies Record<DiagnosticsTrace['type'], true>

function isTrace(news: News): news is DiagnosticsTrace {
  return news.type in forChannels
}

/** Whether a message that is only for a channel has a listener. */
function traces(type: DiagnosticsTrace['type']): boolean {
  return channelOf[type].hasSubscribers
}
