import { Alarm } from '../collections/alarm.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Metric } from '../metrics/metric.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import { GetTelemetrySubscriptions } from '../protocol/messages/get-telemetry-subscriptions.ts'
import { PushTelemetry } from '../protocol/messages/push-telemetry.ts'
import { codecById } from '../records/compression.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Handler } from '../wire/in-flight.ts'
import { Ledger } from './ledger.ts'
import { metricsData } from './otlp.ts'
import { patientMs, type Subscription, subscriptionOf } from './subscription.ts'

// Pushes to brokers the metrics that they request (KIP-714), as Java's producer does: a subscription, then
// pushes at its interval, and a last one at the end.
// It opens no connection and keeps no process alive: it uses existing connections, and if there is none
// when a request is due, it waits for the next. A broker without a plug-in for metrics announces no such
// API, and then telemetry ends.
//
// Invariant: at most one request is in flight. Owned by the producer.

/**
 * `subscribe` and `push` wait for their time, `subscribing` and `pushing` for an answer; `leave` and
 * `leaving` are the last push.
 */
type State = 'subscribe' | 'subscribing' | 'push' | 'pushing' | 'leave' | 'leaving' | 'ended'

/** The outcome of a request: sent, no free connection now, or the API is unknown. */
export type Sent = 'sent' | 'later' | 'never'

export interface TelemetryOptions {
  readonly clock: Clock
  readonly random: Random
  /** Sends to a connected broker. */
  send<A extends Api>(api: A, body: RequestInput<A>, handler: Handler<ResponseOf<A>>): Sent
  metrics(): readonly Metric[]
  /** A caller waits for an answer, so brokers are connected to; no caller does any more. */
  retain(): void
  release(): void
  /** A further attribute of the producer: its rack. */
  readonly resource: Readonly<Record<string, string>>
}

/** The first push comes after half to one and a half intervals, so that clients do not push together. */
const jitter = { least: 0.5, width: 1 } as const

export class Telemetry {
  readonly #options: TelemetryOptions
  readonly #alarm: Alarm
  readonly #ledger: Ledger
  readonly #brokenCodecs = new Set<number>()
  #state: State = 'subscribe'
  /** When the awaited moment comes; if it has passed, no connection has been free. */
  #dueAt: number
  #instanceId = zeroUuid
  #subscription: Subscription | null = null
  #left: (() => void) | null = null
  #isClosing = false
  readonly #askers = new Set<(instanceId: string | null) => void>()

  constructor(options: TelemetryOptions) {
    const { clock } = options
    this.#options = options
    this.#ledger = new Ledger(clock.timestamp())
    this.#dueAt = clock.now()
    this.#alarm = new Alarm(clock, () => this.serve())
  }

  /** Sends what is due, if a connection is free. Called whenever one may have become free. */
  serve(): void {
    if (this.#isWaiting && this.#dueAt <= this.#options.clock.now()) this.#act()
  }

  /**
   * Calls `told` with the id that brokers have given this producer, once it is known; null: never. Returns
   * a function that withdraws the question.
   */
  identify(told: (instanceId: string | null) => void): () => void {
    if (this.#instanceId !== zeroUuid) told(this.#instanceId)
    else if (this.#state === 'ended' || this.#isClosing) told(null)
    else {
      this.#options.retain()
      this.#askers.add(told)
    }
    return () => {
      if (this.#askers.delete(told)) this.#options.release()
    }
  }

  /** No caller waits for the id any more, and none will: the producer is closing. */
  dismissAskers(): void {
    this.#isClosing = true
    this.#tellIdentity(null)
  }

  /** Pushes for the last time, if metrics were requested and a connection is free; then calls `left`. */
  leave(left: () => void): void {
    const wanted = this.#subscription?.wanted ?? []
    this.#left = left
    if (this.#state === 'ended' || wanted.length === 0) {
      this.end()
      return
    }
    this.#alarm.clear()
    const isFree = this.#isWaiting
    this.#state = 'leave'
    if (isFree) this.#act()
  }

  /** Nothing more is sent, and nothing is waited for. */
  end(): void {
    this.#state = 'ended'
    this.#alarm.clear()
    this.#tellIdentity(null)
    const left = this.#left
    this.#left = null
    left?.()
  }

  get #isWaiting(): boolean {
    return this.#state === 'subscribe' || this.#state === 'push'
  }

  #act(): void {
    const state = this.#state
    const sent = state === 'subscribe' ? this.#subscribe() : this.#push(state === 'leave')
    if (sent === 'never' || (sent === 'later' && state === 'leave')) this.end()
    if (sent !== 'sent') return
    this.#alarm.clear()
    this.#state = sending[state as keyof typeof sending]
  }

  #subscribe(): Sent {
    const body = { clientInstanceId: this.#instanceId }
    return this.#options.send(GetTelemetrySubscriptions, body, {
      answered: (answer) => this.#subscribed(answer),
      failed: (error) => this.#failed(error),
    })
  }

  #subscribed(answer: ResponseOf<typeof GetTelemetrySubscriptions>): void {
    const { clientInstanceId, errorCode } = answer
    if (this.#state !== 'subscribing') this.#lastChance()
    else if (errorCode !== errorCodes.NONE.code) this.#refused(errorCode)
    else if (clientInstanceId === zeroUuid && this.#instanceId === zeroUuid) this.end()
    else this.#obey(answer)
  }

  #obey(answer: ResponseOf<typeof GetTelemetrySubscriptions>): void {
    const { clientInstanceId } = answer
    if (clientInstanceId !== zeroUuid) this.#instanceId = clientInstanceId
    this.#subscription = subscriptionOf(answer)
    const { intervalMs, wanted } = this.#subscription
    this.#tellIdentity(this.#instanceId)
    if (wanted.length === 0) this.#wait('subscribe', intervalMs)
    else this.#wait('push', intervalMs * (jitter.least + jitter.width * this.#options.random()))
  }

  #push(terminating: boolean): Sent {
    const { id: subscriptionId, codecs, wanted, isDelta } = this.#subscription!
    const time = this.#options.clock.timestamp()
    const points = this.#ledger.points(this.#options.metrics(), wanted, isDelta, time)
    const { codec: compressionType, bytes: metrics } = this.#compressed(
      metricsData(this.#options.resource, points),
      codecs,
    )
    const clientInstanceId = this.#instanceId
    const body = { clientInstanceId, subscriptionId, terminating, compressionType, metrics }
    return this.#options.send(PushTelemetry, body, {
      answered: ({ errorCode }) => this.#pushed(errorCode),
      failed: (error) => this.#failed(error),
    })
  }

  #pushed(code: number): void {
    if (code === errorCodes.NONE.code) this.#ledger.accepted()
    if (this.#state !== 'pushing') this.#lastChance()
    else if (code === errorCodes.NONE.code) this.#wait('push', this.#subscription!.intervalMs)
    else this.#refused(code)
  }

  /** An answer came while it is ending: it ends now, unless that was the last push. */
  #lastChance(): void {
    if (this.#state === 'leave') this.#act()
    else this.end()
  }

  #refused(code: number): void {
    const intervalMs = this.#subscription?.intervalMs ?? patientMs
    if (atOnce.has(code)) this.#wait('subscribe', 0)
    else if (afterwards.has(code)) this.#wait('subscribe', intervalMs)
    else this.end()
  }

  #failed(error: KafkaError): void {
    const isPatient = this.#state === 'subscribing' || this.#state === 'pushing'
    if (isPatient && error.code !== 'UNSUPPORTED_VERSION') this.#wait('subscribe', patientMs)
    else this.end()
  }

  #wait(state: 'subscribe' | 'push', ms: number): void {
    this.#state = state
    this.#dueAt = this.#options.clock.now() + ms
    this.#alarm.set(this.#dueAt, true)
  }

  /** With the first codec that the broker accepts and this process has. */
  #compressed(bytes: Uint8Array, codecs: readonly number[]) {
    for (const id of codecs) {
      const codec = codecById(id)
      if (codec === undefined || codec.compressNeeds() !== null || this.#brokenCodecs.has(id))
        continue
      try {
        return { codec: id, bytes: codec.compress(bytes) }
      } catch {
        this.#brokenCodecs.add(id) // once is enough
      }
    }
    return { codec: 0, bytes }
  }

  #tellIdentity(instanceId: string | null): void {
    for (const told of [...this.#askers]) {
      this.#askers.delete(told)
      told(instanceId)
      this.#options.release()
    }
  }
}

const sending = { subscribe: 'subscribing', push: 'pushing', leave: 'leaving' } as const

/** Errors after which it subscribes again: at once, or after an interval. All others end it. */
const atOnce = new Set<number>([
  errorCodes.UNKNOWN_SUBSCRIPTION_ID.code,
  errorCodes.UNSUPPORTED_COMPRESSION_TYPE.code,
])
const afterwards = new Set<number>([
  errorCodes.TELEMETRY_TOO_LARGE.code,
  errorCodes.THROTTLING_QUOTA_EXCEEDED.code,
])
