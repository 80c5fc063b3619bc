import { Subject, type Subscription } from 'rxjs'
import { Cluster } from '../cluster/cluster.ts'
import { Fifo } from '../collections/fifo.ts'
import { Turn } from '../collections/turn.ts'
import type { Settings } from '../config/settings.ts'
import type { DeliveryError, DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Envelope, Feed, Interceptor, ProducerRecord, Receipt } from '../model.ts'
import type { Runtime } from '../runtime.ts'
import { failed, RecordEnvelope } from '../stages/envelope.ts'
import { ClusterDispatch } from './cluster-dispatch.ts'
import { clusterOptions } from './cluster-options.ts'
import { Cut } from './cut.ts'
import { Gate } from './gate.ts'
import { type Actors, pipeline } from './pipeline.ts'
import { Topics } from './topics.ts'

// The producer without its public face: the only place that connects one actor to another. Records
// of all feeds in, each feed's own receipts out.
//
// Invariants: `outstanding` is the number of records that entered and have no receipt yet; while it
// is 0 the cluster is inactive and no timer runs. A record that comes in while a turn runs waits at
// the entrance until the turn gets to it. Once `ended`, everything that enters fails at once.

/** Why nothing can be sent any more. */
interface Ending {
  readonly code: DeliveryErrorCode
  readonly cause?: unknown
}

/** What the engine tells its owner. */
export interface EngineEvents {
  /** An interceptor threw. */
  interceptorFailed(error: unknown, interceptor: Interceptor): void
}

/** How many records share one look at the clock. */
const recordsPerTick = 64

export class Engine {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly gate: Gate
  readonly cluster: Cluster
  #turn: Turn
  #topics: Topics
  #actors: Actors
  #input = new Subject<Envelope>()
  #subscription: Subscription
  #entrance = new Fifo<Envelope>()
  #events: EngineEvents
  #outstanding = 0
  #ending: Ending | null = null
  #idle: (() => void)[] = []
  #fatalWatchers = new Set<(error: KafkaError) => void>()
  #stopped: () => void = nothing
  #now = 0
  #timestamp = 0
  #ticks = 0
  /** What all brokers together can take in their next requests, in bytes. */
  #nextRequests: number

  constructor(
    settings: Settings,
    clientId: string,
    maxWaiting: number,
    runtime: Runtime,
    events: EngineEvents,
  ) {
    this.settings = settings
    this.runtime = runtime
    this.#events = events
    this.#nextRequests = Math.min(settings.maxRequestSize, settings.batchSize)
    this.#turn = new Turn(runtime.clock)
    this.#turn.on('enter', () => this.#enterWaiting())
    this.cluster = new Cluster(clusterOptions(settings, clientId), runtime, {
      changed: (topics) => this.#changed(topics),
      slot: () => this.#turn.soon(),
      fatal: (error) => this.#fatal(error),
      closed: () => this.#stopped(),
      turn: (work) => this.#turn.run(work),
    })
    this.#topics = new Topics(this.cluster, {
      batchSize: settings.batchSize,
      random: runtime.random,
    })
    const { receipts, actors } = pipeline(this.#input, {
      settings,
      runtime,
      maxWaiting,
      turn: this.#turn,
      topics: this.#topics,
      dispatch: new ClusterDispatch(this.cluster, settings.acks),
      fatal: (error) => this.#fatal(error),
      interceptorFailed: (error, interceptor) => events.interceptorFailed(error, interceptor),
    })
    this.#actors = actors
    this.#subscription = receipts.subscribe({
      next: (receipt) => this.#settle(receipt),
      error: (bug) => this.#broken(bug),
    })
    this.gate = new Gate(
      () => this.#isGateOpen(),
      () => this.#actors.accumulator.press(),
    )
    this.#turn.on('drain', () => this.gate.check())
  }

  /** Records that entered and have no receipt yet. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Bytes that lie in batches and are not on their way. */
  get queuedBytes(): number {
    return this.#actors.accumulator.queuedBytes
  }

  /** Why nothing can be sent any more; null while it can. */
  get ending(): Ending | null {
    return this.#ending
  }

  /** Takes a record in. Its one receipt goes to `feed`, with `ticket`. */
  enter(feed: Feed, ticket: unknown, record: ProducerRecord): void {
    if (this.#ticks === 0) this.#tick()
    this.#ticks -= 1
    const envelope = new RecordEnvelope(feed, ticket, record, this.#now, this.#timestamp)
    if (this.#outstanding === 0) this.cluster.setActive(true)
    this.#outstanding += 1
    if (this.#turn.running || this.#entrance.length > 0) {
      this.#entrance.push(envelope)
      this.#turn.soon()
      return
    }
    this.#turn.begin()
    try {
      this.#next(envelope)
    } finally {
      this.#turn.end()
    }
  }

  /** Takes out what waits and is in no batch yet; it gets no receipt. */
  withdraw(feed: Feed | null): Envelope[] {
    const waiting = this.#takeWaiting(feed)
    this.#outstanding -= waiting.length
    this.#checkIdle()
    return waiting
  }

  /** From now on nothing lingers. */
  hurry(): void {
    this.#actors.accumulator.hurry()
    this.#turn.soon()
  }

  /** Takes no more records: they fail with `code`. What was taken goes out without lingering. */
  refuse(code: DeliveryErrorCode): void {
    this.#ending ??= { code }
    this.hurry()
  }

  /** Calls `done` once everything that has entered has its receipt; it goes out without lingering. */
  flush(done: () => void): void {
    const cut = new Cut(done)
    cut.hold()
    this.#actors.holdings.hold(cut)
    for (const envelope of this.#entrance) {
      envelope.token = cut
      cut.hold()
    }
    this.#actors.accumulator.cut(cut)
    this.#turn.soon()
    cut.release()
  }

  /**
   * No further attempt is begun: what waits or lies in a batch fails with `code`, what is on its way
   * is awaited.
   */
  halt(code: DeliveryErrorCode, cause?: unknown): void {
    this.#ending ??= { code, cause }
    this.#turn.run(() => {
      this.#failWaiting(code, cause)
      this.#actors.accumulator.hurry()
      this.#actors.sender.halt({ code, cause })
    })
  }

  /** Everything that has no receipt yet fails with `code`. */
  abort(code: DeliveryErrorCode, cause?: unknown): void {
    this.halt(code, cause)
    this.#turn.run(() => this.#actors.sender.abort({ code, cause }))
  }

  /** Calls `idle` once nothing is outstanding, at once where that is so. */
  whenIdle(idle: () => void): void {
    if (this.#outstanding === 0) idle()
    else this.#idle.push(idle)
  }

  /**
   * Calls `fatal` when no record can be delivered any more, and all that were given have their
   * result; gives the way to take that back.
   */
  watchFatal(fatal: (error: KafkaError) => void): () => void {
    this.#fatalWatchers.add(fatal)
    return () => this.#fatalWatchers.delete(fatal)
  }

  /** Lets go of everything, timers and connections; `stopped` is called when the last is closed. */
  stop(stopped: () => void = nothing): void {
    this.#ending ??= { code: 'CLOSED' }
    this.#stopped = stopped
    this.#subscription.unsubscribe()
    this.cluster.close()
  }

  #next(envelope: Envelope): void {
    if (this.#ending !== null) failed(envelope, this.#ending.code, { cause: this.#ending.cause })
    this.#input.next(envelope)
  }

  #enterWaiting(): boolean {
    this.#ticks = 0
    this.#topics.burstEnded()
    if (this.#entrance.length === 0) return false
    for (
      let envelope = this.#entrance.shift();
      envelope !== undefined;
      envelope = this.#entrance.shift()
    ) {
      this.#next(envelope)
    }
    return true
  }

  #tick(): void {
    const { clock } = this.runtime
    this.#now = clock.now()
    this.#timestamp = clock.timestamp()
    this.#ticks = recordsPerTick
  }

  #settle(receipt: Receipt): void {
    this.#outstanding -= 1
    if (this.settings.interceptors.length > 0) this.#tellInterceptors(receipt)
    receipt.feed.settle(receipt)
    this.#checkIdle()
  }

  #takeWaiting(feed: Feed | null): Envelope[] {
    const waiting: Envelope[] = this.#actors.holdings.withdraw(feed)
    const entrance = new Fifo<Envelope>()
    for (const envelope of this.#entrance) {
      if (feed === null || envelope.feed === feed) waiting.push(envelope)
      else entrance.push(envelope)
    }
    this.#entrance = entrance
    for (const envelope of waiting) envelope.token?.release()
    return waiting
  }

  #checkIdle(): void {
    if (this.#outstanding > 0) return
    this.cluster.setActive(false)
    const idle = this.#idle
    if (idle.length === 0) return
    this.#idle = []
    for (const go of idle) go()
  }

  #tellInterceptors({ metadata, error }: Receipt): void {
    const told = metadata ?? placeholder(error!)
    for (const interceptor of this.settings.interceptors) {
      try {
        interceptor.onAcknowledgement?.(told, error)
      } catch (thrown) {
        this.#events.interceptorFailed(thrown, interceptor)
      }
    }
  }

  #failWaiting(code: DeliveryErrorCode, cause: unknown): void {
    for (const envelope of this.#takeWaiting(null)) {
      const { feed, ticket, failure } = failed(envelope, code, { cause })
      this.#settle({ feed, ticket, metadata: null, error: failure })
    }
  }

  #changed(topics: ReadonlySet<string>): void {
    this.#topics.changed(topics)
    this.#actors.sender.topologyChanged()
    this.#nextRequests = this.#measureNextRequests()
  }

  /** One request for each broker: a batch for each partition it leads, up to max.request.size. */
  #measureNextRequests(): number {
    const { maxRequestSize, batchSize } = this.settings
    const led = new Map<number, number>()
    for (const name of this.#topics.names) {
      for (const { leader } of this.cluster.topicOf(name)?.partitions ?? []) {
        if (leader >= 0) led.set(leader, (led.get(leader) ?? 0) + 1)
      }
    }
    let bytes = 0
    for (const partitions of led.values()) bytes += Math.min(maxRequestSize, partitions * batchSize)
    return Math.max(bytes, Math.min(maxRequestSize, batchSize))
  }

  #isGateOpen(): boolean {
    const { accumulator, holdings } = this.#actors
    return (
      accumulator.queuedBytes < this.#nextRequests &&
      !holdings.isHolding &&
      this.#entrance.length === 0
    )
  }

  #fatal(error: KafkaError): void {
    if (this.#ending !== null) return
    const code = error.name === 'AuthenticationError' ? 'AUTHENTICATION_FAILED' : codeOf(error)
    this.#ending = { code, cause: error }
    this.abort(code, error)
    this.#turn.run(() => {})
    for (const fatal of [...this.#fatalWatchers]) fatal(error)
  }

  /** A stage threw: a bug of ours. Nothing may be left waiting for ever because of it. */
  #broken(bug: unknown): void {
    this.#ending ??= { code: 'CLOSED', cause: bug }
    this.cluster.close()
    for (const fatal of [...this.#fatalWatchers]) fatal(bug as KafkaError)
  }
}

function nothing(): void {}

function codeOf(error: KafkaError): DeliveryErrorCode {
  return error.code as DeliveryErrorCode
}

/** What an interceptor is told of a record that failed. */
function placeholder(error: DeliveryError) {
  const { topic = '', partition, record } = error
  return {
    topic,
    partition,
    offset: -1,
    timestamp: -1,
    serializedKeySize: -1,
    serializedValueSize: -1,
    record: record as ProducerRecord,
  }
}
