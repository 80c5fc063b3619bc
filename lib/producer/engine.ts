import { Observable, type Subscription } from 'rxjs'
import { Cluster } from '../cluster/cluster.ts'
import { Fifo } from '../collections/fifo.ts'
import { Guard } from '../collections/guard.ts'
import { Turn } from '../collections/turn.ts'
import type { Settings } from '../config/settings.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Envelope, Feed, ProducerRecord, Receipt } from '../model.ts'
import type { Observer } from '../observer.ts'
import type { Runtime } from '../runtime.ts'
import { failed, RecordEnvelope } from '../stages/envelope.ts'
import { onward, operator, type Stage } from '../stages/operator.ts'
import { report } from '../stages/send.ts'
import { tellInterceptors } from './acknowledgements.ts'
import { ClusterDispatch } from './cluster-dispatch.ts'
import { clusterOptions } from './cluster-options.ts'
import { Cuts } from './cut.ts'
import type { EventSource } from './events.ts'
import { Gate } from './gate.ts'
import { gateBytes } from './gate-bytes.ts'
import { Herald } from './herald.ts'
import { type Asker, PartitionQuestions } from './partition-questions.ts'
import { type Actors, pipeline } from './pipeline.ts'
import { isAdaptive, Topics } from './topics.ts'
import { Turnstiles } from './turnstiles.ts'
import { Watchers } from './watchers.ts'

// The producer without its public face: the only place that connects one actor to another. Records
// of all feeds in, each feed's own receipts out.
//
// Invariants: `outstanding` is the number of records that entered and have no receipt yet; while it
// is 0 the cluster is inactive and no timer runs. A record that comes in while a turn runs, or while
// the user's code does inside one of the stages, waits at the entrance until the turn gets to it.
// Once there is an `ending`, everything that enters fails at once.

/** Why nothing can be sent any more. */
interface Ending {
  readonly code: DeliveryErrorCode
  readonly cause?: unknown
}

/** How many records share one look at the clock. */
const recordsPerTick = 64

export class Engine {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly gate: Gate
  readonly cluster: Cluster
  /** Bounds on what single feeds may have inside. */
  readonly turnstiles: Turnstiles
  #watchers = new Watchers()
  #herald: Herald
  #turn: Turn
  #topics: Topics
  #questions: PartitionQuestions
  #actors: Actors
  /** The first stage. No Subject: it would copy its list of one for each record. */
  #input!: Pick<Stage<Envelope>, 'next'>
  #subscription: Subscription
  #entrance = new Fifo<Envelope>()
  #outstanding = 0
  #ending: Ending | null = null
  /** What ended it for good: an error of a broker's, or a bug. */
  #fatality: { readonly error: unknown } | null = null
  #isBroken = false
  #idle: (() => void)[] = []
  #fatalWatchers = new Set<(error: unknown) => void>()
  #cuts = new Cuts()
  #isStopped = false
  /** All connections have ended after `stop`. */
  #isGone = false
  #gone: (() => void)[] = []
  #now = 0
  #timestamp = 0
  #ticks = 0
  /** How many bytes may wait in batches while the gate is open. */
  #gateBytes: number

  constructor(
    settings: Settings,
    clientId: string,
    maxWaiting: number,
    runtime: Runtime,
    events: EventSource,
  ) {
    this.settings = settings
    this.runtime = runtime
    this.#turn = new Turn(runtime.clock, (bug) => this.#broken(bug))
    this.#turn.on('enter', () => this.#enterWaiting())
    this.#herald = new Herald({
      events,
      now: () => runtime.clock.now(),
      wake: () => this.#turn.soon(),
    })
    this.#turn.on('report', () => this.#herald.report())
    this.observe(this.#herald, () => this.#herald.isListening)
    const watched = this.#watchers
    this.cluster = new Cluster({ ...clusterOptions(settings, clientId), watched }, runtime, {
      changed: (topics) => this.#changed(topics),
      slot: () => this.#turn.soon(),
      fatal: (error) => this.#fatal(error),
      closed: () => this.#ended(),
      turn: (work) => this.#turn.run(work),
    })
    this.#topics = new Topics(this.cluster, {
      batchSize: settings.batchSize,
      random: runtime.random,
      adaptive: isAdaptive(settings),
      placed: () => this.#measureGate(),
    })
    this.#gateBytes = gateBytes(settings, this.cluster, this.#topics.names)
    this.#questions = new PartitionQuestions({
      cluster: this.cluster,
      topics: this.#topics,
      clock: runtime.clock,
      maxBlockMs: settings.maxBlockMs,
      retain: () => this.#retain(),
      release: () => this.#release(),
    })
    this.#turn.on('report', () => this.#questions.serve())
    const input = new Observable<Envelope>((entry) => {
      this.#input = onward(entry)
    })
    const { receipts, actors } = pipeline(input, {
      settings,
      runtime,
      maxWaiting,
      turn: this.#turn,
      topics: this.#topics,
      adaptive: isAdaptive(settings) ? this.#topics : null,
      dispatch: new ClusterDispatch(this.cluster, settings.acks),
      fatal: (error) => this.#fatal(error),
      watched,
      interceptorFailed: (error, interceptor) => this.#herald.interceptorFailed(error, interceptor),
    })
    this.#actors = actors
    const settled = receipts.pipe(
      operator<Receipt, never>((out) => ({
        next: (receipt) => this.#settle(receipt),
        fail: (bug) => out.error(bug),
        complete: () => out.complete(),
        close() {},
      })),
    )
    this.#subscription = settled.subscribe({ error: (bug) => this.#broken(bug) })
    this.gate = new Gate(
      () => this.#isGateOpen(),
      () => this.#actors.accumulator.press(),
    )
    this.turnstiles = new Turnstiles({
      maxWaiting,
      now: () => runtime.clock.now(),
      admit: (envelope) => this.#input.next(envelope),
      held: () => actors.holdings.begun(),
      wanted: () => this.#turn.soon(),
    })
    actors.holdings.add(this.turnstiles)
    this.#turn.on('serve', () => this.turnstiles.serve())
    this.#turn.on('drain', () => this.gate.check())
  }

  /** Records that entered and have no receipt yet. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Bytes of buffer.memory that batches hold. */
  get heldBytes(): number {
    return this.#actors.memory.held
  }

  /** Records that wait for buffer.memory. */
  get waitingForMemory(): number {
    return this.#actors.room.length
  }

  /** Bytes that lie in batches and are not on their way. */
  get queuedBytes(): number {
    return this.#actors.accumulator.queuedBytes
  }

  /** Batches that wait to be sent, or to be sent again. */
  get waitingBatches(): number {
    return this.#actors.accumulator.waitingBatches
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
    this.#retain()
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

  /**
   * Drops what waits of a feed and is in no batch yet: nobody is told but the interceptors. Gives the
   * number of records.
   */
  withdraw(feed: Feed): number {
    const waiting = this.#takeWaiting(feed)
    if (this.settings.interceptors.length > 0) {
      for (const envelope of waiting) this.#tellInterceptors(refusal(envelope, 'DISCARDED'))
    }
    this.#outstanding -= waiting.length
    this.#checkIdle()
    return waiting.length
  }

  /** What waits and is in no batch yet fails with `code`: of one feed, or of all with null. */
  failWaiting(feed: Feed | null, code: DeliveryErrorCode, cause?: unknown): void {
    for (const envelope of this.#takeWaiting(feed)) this.#settle(refusal(envelope, code, cause))
  }

  /** From now on nothing lingers. */
  hurry(): void {
    if (this.#isStopped) return
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
    const { clock } = this.runtime
    const begunAt = clock.now()
    const cut = this.#cuts.begin(() => {
      this.#watchers.observer?.flushed(clock.now() - begunAt)
      done()
    })
    if (!this.#isStopped) {
      this.#actors.holdings.hold(cut)
      for (const envelope of this.#entrance) {
        if (envelope.token !== null) continue
        envelope.token = cut
        cut.hold()
      }
      this.#actors.accumulator.cut(cut)
      this.#turn.soon()
    }
    cut.release()
  }

  /**
   * No further attempt is begun: what waits or lies in a batch fails with `code`, what is on its way
   * is awaited.
   */
  halt(code: DeliveryErrorCode, cause?: unknown): void {
    this.#ending ??= { code, cause }
    if (this.#isStopped) return
    this.#turn.run(() => {
      this.failWaiting(null, code, cause)
      this.#actors.accumulator.abandon()
      this.#actors.sender.halt({ code, cause })
      this.#turn.soon()
    })
  }

  /** Everything that has no receipt yet fails with `code`. */
  abort(code: DeliveryErrorCode, cause?: unknown): void {
    this.#turn.run(() => {
      this.halt(code, cause)
      if (!this.#isStopped) this.#actors.sender.abort({ code, cause })
      this.#questions.abort(code, cause)
    })
  }

  /** Has `observer` told from now on what the actors do; nothing while `isListening` says no. */
  observe(observer: Observer, isListening?: () => boolean): void {
    this.#watchers.add(observer, isListening)
  }

  /** Answers which partitions a topic has. */
  partitionsFor(topic: string, asker: Asker): void {
    this.#questions.ask(topic, asker, this.#ending)
  }

  /** Calls `idle` once nothing is outstanding, at once where that is so. */
  whenIdle(idle: () => void): void {
    if (this.#outstanding === 0) idle()
    else this.#idle.push(idle)
  }

  /**
   * Calls `fatal` when no record can be delivered any more, at once where that is so: everything that
   * is outstanding is about to get its result, but for what a bug has lost. Gives the way to take
   * that back.
   */
  watchFatal(fatal: (error: unknown) => void): () => void {
    if (this.#fatality !== null) fatal(this.#fatality.error)
    this.#fatalWatchers.add(fatal)
    return () => this.#fatalWatchers.delete(fatal)
  }

  /** Whether a bug has ended it: then not every record gets its result. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Lets go of everything, timers and connections; `gone` is called when the last is closed. */
  stop(gone: () => void = nothing): void {
    this.#ending ??= { code: 'CLOSED' }
    this.#isStopped = true
    if (this.#isGone) gone()
    else this.#gone.push(gone)
    this.#subscription.unsubscribe()
    this.#actors.memory.end()
    this.cluster.close()
  }

  #ended(): void {
    this.#isGone = true
    this.#herald.report()
    for (const gone of this.#gone.splice(0)) gone()
  }

  #next(envelope: Envelope): void {
    if (this.#ending !== null && !this.#isWanted(envelope, this.#ending)) return
    try {
      if (this.turnstiles.isOpen) this.#input.next(envelope)
      else this.turnstiles.enter(envelope)
    } catch (bug) {
      this.#broken(bug)
    }
    // Where a stage has thrown, this record may be in none of them.
    if (this.#isBroken) this.#tell(refusal(envelope, 'CLOSED', this.#fatality!.error))
  }

  /** Whether a record that comes after the end has anywhere to go: to fail there in its turn. */
  #isWanted(envelope: Envelope, { code, cause }: Ending): boolean {
    if (this.#isStopped) this.#settle(refusal(envelope, code, cause))
    else failed(envelope, code, { cause })
    return !this.#isStopped
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

  /** The record counts as outstanding until its feed has taken the receipt, whatever that does. */
  #settle(receipt: Receipt): void {
    this.#tell(receipt)
    this.#release()
  }

  /** One thing more is outstanding. */
  #retain(): void {
    if (this.#outstanding === 0) this.cluster.setActive(true)
    this.#outstanding += 1
  }

  #release(): void {
    this.#outstanding -= 1
    this.#checkIdle()
  }

  #tell(receipt: Receipt): void {
    if (this.settings.interceptors.length > 0) this.#tellInterceptors(receipt)
    receipt.feed.settle(receipt)
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
    // Others may have waited behind them: a paced source at the gate.
    if (waiting.length > 0) this.#turn.soon()
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

  #tellInterceptors(receipt: Receipt): void {
    tellInterceptors(this.settings.interceptors, receipt, (error, interceptor) =>
      this.#herald.interceptorFailed(error, interceptor),
    )
  }

  #changed(topics: ReadonlySet<string>): void {
    this.#topics.changed(topics)
    this.#actors.sender.topologyChanged()
    this.#measureGate()
  }

  #measureGate(): void {
    this.#gateBytes = gateBytes(this.settings, this.cluster, this.#topics.names)
  }

  #isGateOpen(): boolean {
    const { accumulator, holdings } = this.#actors
    return (
      accumulator.queuedBytes < this.#gateBytes &&
      !holdings.isHolding &&
      this.#entrance.length === 0
    )
  }

  /** No request of this producer can succeed any more, whatever else is ending it. */
  #fatal(error: KafkaError): void {
    if (this.#fatality !== null || this.#isStopped) return
    const isRefused = error.name === 'AuthenticationError'
    const code = isRefused ? 'AUTHENTICATION_FAILED' : (error.code as DeliveryErrorCode)
    this.#fatality = { error }
    this.#ending = { code, cause: error }
    this.#turn.run(() => {
      for (const fatal of [...this.#fatalWatchers]) fatal(error)
      this.abort(code, error)
    })
  }

  /**
   * Something of ours threw. Nothing may wait for ever because of it: what can still be found gets
   * its result, in whatever state the actors are, and every feed is told.
   */
  #broken(bug: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#fatality = { error: bug }
    this.#ending = { code: 'CLOSED', cause: bug }
    this.#isStopped = true
    const guard = new Guard() // never released: what else is thrown now comes of the same bug
    this.#tellAll(bug, guard)
    guard.run(() => this.stop())
    for (const fatal of [...this.#fatalWatchers]) guard.run(() => fatal(bug))
    this.#cuts.abandon()
    this.#outstanding = 0
    guard.run(() => this.#checkIdle())
  }

  #tellAll(cause: unknown, guard: Guard): void {
    const { holdings, accumulator, sender } = this.#actors
    const now = this.runtime.clock.now()
    const reason = { code: 'CLOSED', cause } as const
    const taker = { next: (receipt: Receipt) => guard.run(() => this.#tell(receipt)) }
    guard.run(() => {
      const { inHand } = holdings
      const unbatched = [...this.#takeWaiting(null), ...holdings.held(), inHand]
      for (const envelope of unbatched) if (envelope) taker.next(refusal(envelope, 'CLOSED', cause))
    })
    guard.run(() => this.#questions.abort('CLOSED', cause))
    guard.run(() => sender.abort(reason))
    for (const settled of sender.takeSettled()) guard.run(() => report(settled, now, taker))
    for (const batch of accumulator.unreported) {
      if (batch.settled) continue
      guard.run(() => batch.fail())
      guard.run(() => report({ batch, failure: reason }, now, taker))
    }
  }
}

function nothing(): void {}

/** The receipt of a record that is in no batch; what it has failed with before stays. */
function refusal(envelope: Envelope, code: DeliveryErrorCode, cause?: unknown): Receipt {
  const { feed, ticket, failure } = envelope
  const error = failure ?? failed(envelope, code, { cause }).failure
  return { feed, ticket, metadata: null, error }
}
