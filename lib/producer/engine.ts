import type { Cluster } from '../cluster/cluster.ts'
import type { Fifo } from '../collections/fifo.ts'
import { Guard } from '../collections/guard.ts'
import { inContext } from '../collections/in-context.ts'
import { Share } from '../collections/share.ts'
import type { Turn } from '../collections/turn.ts'
import type { Settings } from '../config/settings.ts'
import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { MetricsReporter } from '../metrics/reporters.ts'
import type { Envelope, Feed, ProducerRecord, Receipt } from '../model.ts'
import type { Observer } from '../observer.ts'
import type { Runtime } from '../runtime.ts'
import { failed, RecordEnvelope } from '../stages/envelope.ts'
import type { Stage } from '../stages/operator.ts'
import { contained } from '../stages/unhandled.ts'
import { tellFeed } from './acknowledgements.ts'
import { BurstClock } from './burst-clock.ts'
import type { Gate } from './gate.ts'
import type { Inflow } from './inflow.ts'
import type { Asker } from './partition-questions.ts'
import type { ReadyAsker } from './readiness.ts'
import { salvage } from './salvage.ts'
import type { TransactionQueue } from './transaction-queue.ts'
import type { Turnstiles } from './turnstiles.ts'
import { refusal } from './unbatched.ts'
import { type EngineParts, type Wired, wire } from './wiring.ts'

// The producer without its public interface: it takes records of all feeds, gives each feed its receipts,
// and controls how everything ends. wiring.ts connects its actors.
//
// Invariants: `outstanding` is the number of records that entered and have no receipt yet; while it is 0,
// the cluster is inactive and no timer runs. A record that comes in while a turn runs, or while user code
// runs inside a stage, waits at the entrance until the turn takes it. Once there is an `ending`, later
// records fail; records that already wait at the entrance count as earlier.

/** Why nothing can be sent any more. */
interface Ending {
  readonly code: DeliveryErrorCode
  readonly cause?: unknown
}

/** At most so many records at the entrance are taken in one turn (2 µs each). */
const enteringPerTurn = 4_096

export class Engine {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly gate: Gate
  /** Whether paced sources are about to bring more records. */
  readonly inflow: Inflow
  readonly cluster: Cluster
  /** The queue of transactions; null for a producer without a transactional id. */
  readonly transactions: TransactionQueue | null
  /** Limits on the records of single feeds inside. */
  readonly turnstiles: Turnstiles
  /** Makes what an operator holds back by before there are records; the operator closes it. */
  readonly backlog: Wired['backlog']
  /** All actors; those that are needed for each record are fields as well. */
  #actors: Wired
  #turn: Turn
  /** The first stage. */
  #input: Pick<Stage<Envelope>, 'next'>
  #entrance: Fifo<Envelope>
  #outstanding = 0
  /** Null while records can be sent. */
  #ending: Ending | null = null
  /** What ended it for good: a broker's error, or a bug. */
  #fatality: { readonly error: unknown } | null = null
  #isBroken = false
  /** A record has its result: from then on, no warning is needed. */
  #hasTold = false
  #idle: (() => void)[] = []
  #fatalWatchers = new Set<(error: unknown) => void>()
  /**
   * The record that came in just now, so that its interceptor or serializer may flush; null if it waited.
   */
  #inHand: Envelope | null = null
  #isStopped = false
  /** All connections have ended after `stop`. */
  #isGone = false
  #gone: (() => void)[] = []
  #time: BurstClock
  #entering: Share

  constructor(parts: EngineParts) {
    this.settings = parts.settings
    this.runtime = parts.runtime
    this.#time = new BurstClock(parts.runtime.clock)
    this.#actors = wire(parts, {
      enter: () => this.#enterWaiting(),
      settle: (receipt) => this.#settle(receipt),
      drop: (receipt) => this.#drop(receipt),
      retain: () => this.#retain(),
      release: () => this.#release(),
      give: (feed, ticket, record) => this.enter(feed, ticket, record),
      withdraw: (feed) => this.withdraw(feed),
      fatal: (error) => this.#fatal(error),
      refused: (error) => this.#refused(error),
      broken: (bug) => this.#broken(bug),
      gone: () => this.#ended(),
    })
    const { cluster, gate, inflow, turnstiles, queue, turn, input, unbatched, backlog } =
      this.#actors
    this.cluster = cluster
    this.gate = gate
    this.inflow = inflow
    this.turnstiles = turnstiles
    this.transactions = queue
    this.backlog = backlog
    this.#turn = turn
    this.#entering = new Share(turn, enteringPerTurn)
    this.#input = input
    this.#entrance = unbatched.entrance
  }

  /** The number of records that entered and have no receipt yet. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** The bytes of buffer.memory that batches hold. */
  get heldBytes(): number {
    return this.#actors.memory.held
  }

  /** The number of records that wait for buffer.memory. */
  get waitingForMemory(): number {
    return this.#actors.room.length
  }

  /** The bytes of batches that are not in flight. */
  get queuedBytes(): number {
    return this.#actors.accumulator.queuedBytes
  }

  /** The number of batches that wait to be sent, or to be sent again. */
  get waitingBatches(): number {
    return this.#actors.accumulator.waitingBatches
  }

  /**
   * Takes a record in. Its one receipt goes to `feed`, with `ticket`. The returned object identifies it for
   * `recall`. `isAwaited`: a caller may wait for this very record, whichever source is emitting at the
   * moment.
   */
  enter(feed: Feed, ticket: unknown, record: ProducerRecord, isAwaited = false): Envelope {
    const { emitting } = this.gate
    if (emitting !== null) emitting.entered(feed)
    const time = this.#time
    time.look()
    const envelope = new RecordEnvelope(
      feed,
      ticket,
      record,
      time.now,
      time.timestamp,
      emitting !== null && !isAwaited,
    )
    this.#retain()
    if (this.#ending !== null) failed(envelope, this.#ending.code, { cause: this.#ending.cause })
    if (this.#turn.running || this.#entrance.length > 0) {
      this.#actors.unbatched.enter(envelope)
      this.#turn.soon()
      return envelope
    }
    this.#turn.begin()
    this.#inHand = envelope
    try {
      this.#next(envelope)
    } finally {
      this.#inHand = null
      this.#turn.end()
    }
    return envelope
  }

  /**
   * Withdraws one record, if it is in no batch yet: then `recalled` is called instead of its feed. If user
   * code calls this inside a turn, it happens after the turn.
   */
  recall(envelope: Envelope, recalled: () => void): void {
    if (this.#turn.running) this.runtime.clock.soon(() => this.recall(envelope, recalled))
    else if (!this.#isStopped) this.#turn.run(() => this.#recall(envelope, recalled))
  }

  /**
   * Drops a feed's waiting records that are in no batch yet: only interceptors are told. Returns the number
   * of records.
   */
  withdraw(feed: Feed): number {
    const { unbatched, refusals } = this.#actors
    refusals.leave(feed)
    const isTold = this.settings.interceptors.length > 0
    const waiting = isTold ? unbatched.takeHolding(feed) : unbatched.take(feed)
    const { length } = waiting
    if (isTold && length > 0) refusals.discard(waiting)
    if (isTold) return length
    this.#outstanding -= length
    this.#checkIdle()
    return length
  }

  /** Fails waiting records that are in no batch yet with `code`: of one feed, or of all with null. */
  failWaiting(feed: Feed | null, code: DeliveryErrorCode, cause?: unknown): void {
    const waiting = this.#actors.unbatched.takeHolding(feed)
    if (waiting.length > 0) this.#actors.refusals.add(waiting, code, cause)
  }

  /** From now on no batch lingers. */
  hurry(): void {
    if (this.#isStopped) return
    this.#actors.accumulator.hurry()
    this.#turn.soon()
  }

  /** Whether new records are refused. */
  get isEnding(): boolean {
    return this.#ending !== null
  }

  /** Takes no more records: they fail with `code`. Accepted records are sent without lingering. */
  refuse(code: DeliveryErrorCode, cause?: unknown): void {
    this.#ending ??= { code, cause }
    this.hurry()
  }

  /** From now on, records do not wait for topics and partitions that no answer has brought. */
  endWaiting(): void {
    this.#actors.topics.end()
    this.#turn.soon()
  }

  /** Calls `done` once every earlier record has its receipt; they are sent without lingering. */
  flush(done: () => void): void {
    const { clock } = this.runtime
    const begunAt = clock.now()
    if (this.#inHand !== null) this.#actors.holdings.wait(this.#inHand)
    const cut = this.#actors.cuts.begin(() => {
      this.#actors.watchers.observer?.flushed(clock.now() - begunAt)
      done()
    })
    if (!this.#isStopped) {
      this.#actors.accumulator.cut(cut)
      this.#turn.soon()
    }
    cut.release()
  }

  /**
   * No further attempt is begun: records that wait or are in an unsent batch fail with `code`, requests in
   * flight are awaited.
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

  /** Everything without a receipt fails with `code`. */
  abort(code: DeliveryErrorCode, cause?: unknown): void {
    this.#turn.run(() => {
      this.halt(code, cause)
      this.transactions?.abandon(cause)
      if (!this.#isStopped) this.#actors.sender.abort({ code, cause })
      this.#actors.questions?.abort(code, cause)
      this.#actors.readiness?.abort(cause)
    })
  }

  /** From now on, reports the actors' events to `observer`, except while `isListening` returns false. */
  observe(observer: Observer, isListening?: () => boolean): void {
    this.#actors.watchers.add(observer, isListening)
  }

  /** A reporter of metrics threw. */
  reporterFailed(error: unknown, reporter: MetricsReporter): void {
    this.#actors.herald.reporterFailed(error, reporter)
  }

  /** Answers which partitions a topic has. Only for an engine that was made with `asking`. */
  partitionsFor(topic: string, asker: Asker): void {
    this.#actors.questions!.ask(topic, asker, this.#ending)
  }

  /** Reports when records for these topics could be sent. Only for an engine that was made with `asking`. */
  ready(topics: readonly string[], asker: ReadyAsker): (reason: unknown) => void {
    return this.#actors.readiness!.ask(topics, asker, this.#ending)
  }

  /** Calls `idle` once nothing is outstanding, immediately if that is so. */
  whenIdle(idle: () => void): void {
    if (this.#outstanding === 0) idle()
    else this.#idle.push(idle)
  }

  /**
   * Calls `fatal` when no record can be delivered any more, immediately if that is so. Every outstanding
   * record is about to get its result, except those that a bug has lost. Returns a function that
   * unregisters it.
   */
  watchFatal(fatal: (error: unknown) => void): () => void {
    if (this.#fatality !== null) fatal(this.#fatality.error)
    this.#fatalWatchers.add(fatal)
    return () => this.#fatalWatchers.delete(fatal)
  }

  /** Whether a bug has ended it: then some records may get no result. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Telemetry for brokers; null if it is disabled. */
  get telemetry() {
    return this.#actors.telemetry
  }

  /** Releases everything, timers and connections; `gone` is called when the last connection has ended. */
  stop(gone: () => void = nothing): void {
    this.#ending ??= { code: 'CLOSED' }
    this.#isStopped = true
    if (this.#isGone) gone()
    else this.#gone.push(gone)
    this.#actors.subscription.unsubscribe()
    this.#actors.memory.end()
    this.#actors.telemetry?.end()
    this.cluster.close()
  }

  #recall(envelope: Envelope, recalled: () => void): void {
    if (!this.#actors.unbatched.recall(envelope)) return
    if (this.settings.interceptors.length > 0) {
      this.#tellInterceptors(refusal(envelope, 'DISCARDED'))
    }
    recalled()
    envelope.token?.release()
    this.#release()
  }

  #ended(): void {
    this.#isGone = true
    this.#actors.herald.report()
    for (const gone of this.#gone.splice(0)) gone()
  }

  #next(envelope: Envelope): void {
    if (this.#isStopped) {
      this.#settle(refusal(envelope, 'CLOSED'))
      envelope.token?.release()
      return
    }
    try {
      if (this.turnstiles.isOpen) this.#input.next(envelope)
      else this.turnstiles.enter(envelope)
    } catch (bug) {
      this.#broken(bug)
    }
    // If a stage has thrown, this record may be in none of them.
    if (this.#isBroken) this.#tell(refusal(envelope, 'CLOSED', this.#fatality!.error))
  }

  #enterWaiting(): boolean {
    this.#time.ended()
    this.#actors.topics.burstEnded()
    if (this.#entrance.length === 0) return false
    const share = this.#entering
    const before = share.left
    for (let { left } = share; left > 0; left -= 1) {
      const envelope = this.#entrance.shift()
      if (envelope === undefined) break
      share.spend()
      inContext(envelope.context, this.#next, this, envelope)
    }
    if (this.#entrance.length > 0) share.later()
    return share.left < before
  }

  /** The record counts as outstanding until its feed has taken the receipt, whatever the feed does. */
  #settle(receipt: Receipt): void {
    this.#tell(receipt)
    this.#release()
  }

  /** Its stream was unsubscribed: only the interceptors are told. */
  #drop(receipt: Receipt): void {
    this.#tellInterceptors(receipt)
    this.#release()
  }

  /** One more thing is outstanding. */
  #retain(): void {
    if (this.#outstanding === 0) {
      this.cluster.setActive(true)
      if (!this.#hasTold) this.#actors.silence?.begin()
    }
    this.#outstanding += 1
  }

  #release(): void {
    this.#outstanding -= 1
    this.#checkIdle()
  }

  #tell(receipt: Receipt): void {
    if (!this.#hasTold) {
      this.#hasTold = true
      this.#actors.silence?.end()
    }
    if (this.settings.interceptors.length > 0) this.#tellInterceptors(receipt)
    tellFeed(receipt)
  }

  #checkIdle(): void {
    if (this.#outstanding > 0) return
    this.cluster.setActive(false)
    this.#actors.memory.rest()
    if (!this.#hasTold) this.#actors.silence?.rest()
    const idle = this.#idle
    if (idle.length === 0) return
    this.#idle = []
    for (const go of idle) go()
  }

  #tellInterceptors(receipt: Receipt): void {
    this.#actors.tellInterceptors(receipt)
  }

  /**
   * No broker accepts the login. Unsent records fail now, because waiting would not help them. Records that
   * were sent, and may be in a log, are retried: the next login may succeed, as it may for later records.
   */
  #refused(error: KafkaError): void {
    if (this.#ending !== null) return
    const code = 'AUTHENTICATION_FAILED'
    this.#turn.run(() => {
      this.failWaiting(null, code, error)
      this.#actors.accumulator.press()
      this.#actors.sender.refuse({ code, cause: error })
      this.#actors.questions?.abort(code, error)
      this.#actors.readiness?.abort(error)
      this.transactions?.refuse(error)
      this.#turn.soon()
    })
  }

  /** No request of this producer can succeed any more, whatever else is ending it. */
  #fatal(error: KafkaError): void {
    if (this.#fatality !== null || this.#isStopped) return
    const code = error.code as DeliveryErrorCode
    this.#fatality = { error }
    this.#ending = { code, cause: error }
    this.#turn.run(() => {
      for (const fatal of [...this.#fatalWatchers]) contained(() => fatal(error))
      this.abort(code, error)
    })
  }

  /**
   * Our own code has thrown. Nothing may wait forever because of it: everything that can still be found
   * gets its result, in whatever state the actors are, and every feed is told.
   */
  #broken(bug: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#fatality = { error: bug }
    this.#ending = { code: 'CLOSED', cause: bug }
    this.#isStopped = true
    const guard = new Guard() // never released: later exceptions come from the same bug
    const tell = (receipt: Receipt) => guard.run(() => this.#tell(receipt))
    salvage(this.#actors, { bug, guard, now: this.runtime.clock.now(), tell })
    guard.run(() => this.#actors.readiness?.abort(bug))
    guard.run(() => this.transactions?.abandon(bug))
    guard.run(() => this.stop())
    for (const fatal of [...this.#fatalWatchers]) guard.run(() => fatal(bug))
    this.#actors.cuts.abandon()
    this.#outstanding = 0
    guard.run(() => this.#checkIdle())
  }
}

function nothing(): void {}
