import type { Batch } from '../accumulator/batch.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import type { Fifo } from '../collections/fifo.ts'
import type { Share } from '../collections/share.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Clock, Random } from '../runtime.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import { Composer, type ComposerRules } from './composer.ts'
import type { Dispatch } from './dispatch.ts'
import { type Failure, overtaken } from './failure.ts'
import { type Identities, IdentityKeeper } from './identity.ts'
import { Lines, lineOf } from './lines.ts'
import { NodeTimes } from './node-times.ts'
import { type Outcome, type OutcomeRules, Outcomes, type Settled } from './outcomes.ts'
import type { LineRules, PartitionLine } from './partition-line.ts'
import { Places } from './places.ts'
import { Rations } from './rations.ts'
import { type RequestRules, Requests } from './requests.ts'
import type { Transactions } from './transactions.ts'
import { whyUnsent } from './why-unsent.ts'

// Sends due batches to their leaders, and turns answers into results.
//
// A partition's line (partition-line.ts) decides what may be sent next, and places.ts keeps it with its
// leader or with what it waits for. For a node with a free slot, composer.ts takes batches from all its
// lines into one request, which requests.ts sends and awaits. outcomes.ts decides what an answer means for
// a batch, and keeps the results. This file connects them, and implements how everything ends: halt and
// abort.
//
// Invariant: after everything that may change what a line can do (a lease, an answer, an expiry), the line
// is looked at, so no line that can send is ever forgotten. Called by stages/send.ts.

/** The configuration of the `send` stage. */
export interface SenderSettings extends LineRules, ComposerRules, RequestRules, OutcomeRules {
  readonly deliveryTimeoutMs: number
  /** A broker that had something to take for so long and took nothing is slow; 0: none is. */
  readonly availabilityTimeoutMs: number
}

export interface SenderPorts {
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly random: Random
  /** There may be something to drain or to report. */
  readonly wake: () => void
  /** The number of the last burst of records, if another one is expected; otherwise null. Absent: none. */
  readonly burst?: (() => number | null) | undefined
  /** This producer can deliver no batch any more. */
  readonly fatal: (error: KafkaError) => void
  /** All batches belong to these transactions. Absent: to none. */
  readonly transactions?: Transactions | undefined
  /** The observer of batches and identities, if there is one. */
  readonly watched?: Watched | undefined
}

export type { Outcome }

export class Sender {
  #settings: SenderSettings
  #ports: SenderPorts
  #identity: Identities
  #transactions: Transactions | null
  #lines: Lines
  #places: Places
  #outcomes: Outcomes
  #composer: Composer
  #requests: Requests
  #times: NodeTimes | null = null
  #rations: Rations
  /** The line whose leases are being failed; leases that come meanwhile fail, too. */
  #refusing: PartitionLine | null = null

  constructor(settings: SenderSettings, ports: SenderPorts) {
    const { dispatch, clock, random, watched, transactions } = ports
    this.#settings = settings
    this.#ports =
      transactions === undefined ? ports : { ...ports, fatal: (error) => transactions.fail(error) }
    this.#lines = new Lines(settings)
    this.#rations = new Rations(ports.burst ?? noBurst)
    this.#transactions = transactions ?? null
    this.#identity =
      transactions ??
      new IdentityKeeper(
        { dispatch, clock, random, watched, backoff: settings.backoff },
        { again: () => this.#places.identify(), refused: (error) => this.#unidentifiable(error) },
      )
    const { availabilityTimeoutMs } = settings
    if (availabilityTimeoutMs > 0) this.#times = new NodeTimes(availabilityTimeoutMs, clock)
    const looked = (line: PartitionLine) => this.#lines.looked(line)
    this.#places = new Places(
      {
        dispatch,
        clock,
        wake: ports.wake,
        looked,
        admits: transactions && ((place) => transactions.admits(place)),
      },
      settings.idempotent ? this.#identity : null,
      this.#times,
    )
    const refresh = () => dispatch.refresh()
    this.#outcomes = new Outcomes(settings, { clock, random, watched, refresh })
    const resolve = (line: PartitionLine) => this.#resolve(line)
    const shared = { ...this.#ports, outcomes: this.#outcomes, resolve }
    this.#requests = new Requests(settings, shared)
    const [places, identity] = [this.#places, this.#identity]
    this.#composer = new Composer(settings, { ...shared, places, identity })
    transactions?.connect({
      sender: {
        identified: () => places.identify(),
        admitted: (admitted) => places.moved(admitted),
        isQuiet: () => this.requests === 0,
      },
    })
  }

  /** The bytes that connections currently have. */
  get inFlightBytes(): number {
    return this.#requests.bytes
  }

  /** The number of unanswered requests. */
  get requests(): number {
    return this.#requests.count
  }

  /** Nodes that take nothing although something waits for them; another object when they change. */
  get slowNodes(): ReadonlySet<number> {
    return this.#times === null ? none : this.#times.slow
  }

  /** Whether nothing is to be sent, is in flight, or waits to be reported. */
  get isIdle(): boolean {
    return this.settled.length === 0 && this.#lines.areIdle
  }

  /**
   * Whether batches can be numbered, or need no number; if not, an identity is requested. Transactions
   * request theirs themselves.
   */
  get isIdentified(): boolean {
    if (!this.#settings.idempotent || this.#transactions !== null) return true
    this.#identity.acquire()
    return this.#identity.current !== null
  }

  /** Why the last request for an identity failed; null if there is one, or none is needed. */
  get identityError(): KafkaError | null {
    return this.#settings.idempotent ? this.#identity.lastError : null
  }

  /** The next batch of a partition is due. */
  lease(lease: Lease): void {
    const { halted } = this.#outcomes
    if (this.#lines.isForgetful && lineOf(lease.place) === null) {
      this.#lines.isForgetful = false
      this.#identity.bump()
    }
    const line = this.#lines.of(lease.place)
    line.lease = lease
    this.#lines.begun(line)
    if (halted !== null) this.#refuse(line, halted)
    else this.#places.look(line)
    this.#ports.wake()
  }

  /** The batch is older than delivery.timeout.ms, and in no queue any more. */
  expired(batch: Batch): void {
    const line = this.#lines.of(batch.place)
    const limitMs = this.#settings.deliveryTimeoutMs
    const { dispatch } = this.#ports
    const { identityError } = this
    for (const part of unsettled(batch)) {
      const cause = part.lastError ?? whyUnsent(batch.place, { dispatch, identityError })
      this.#outcomes.fail(line, part, { code: 'DELIVERY_TIMEOUT', limitMs, cause })
    }
    // The lease may have been for this batch only.
    if (line.lease?.since === null) {
      line.lease.take(0)
      line.lease = null
    }
    this.#resolve(line)
    this.#ports.wake()
  }

  /** An answer came: these partitions have another node, or a newer leader. */
  moved(places: Iterable<PartitionState>): void {
    this.#places.moved(places)
  }

  /**
   * These topics are forgotten, with the numbering of their partitions. If one comes back, its next batch
   * would get number 0 again under the same identity: the broker would take it for a repeat, and
   * acknowledge it without writing it. So the next new line begins under another epoch.
   */
  forgotten(topics: Iterable<TopicState>): void {
    const { current } = this.#identity
    for (const { all } of topics) {
      this.#lines.isForgetful ||= all.some((place) => lineOf(place)?.isNumberedBy(current))
    }
    // An open transaction holds its topics. So none is open, and the next one begins under another epoch.
    if (this.#transactions === null || !this.#lines.isForgetful) return
    this.#lines.isForgetful = false
    this.#transactions.bump()
  }

  /** Sends what can be sent now, in this turn; returns whether that was anything. */
  drain(share: Share): boolean {
    let sent = this.#transactions?.drain() ?? false
    const { dispatch } = this.#ports
    for (const [node, lines] of this.#places.ready) {
      while (lines.length > 0 && dispatch.canSend(node)) {
        if (share.left <= 0) {
          share.later()
          return sent
        }
        this.#times?.took(node)
        if (dispatch.produceVersion(node) < 0) return this.#unsupported(node)
        const ration = this.#rations.of(node, lines.length)
        if (ration <= 0) {
          share.later()
          break
        }
        const items = this.#composer.compose(node, lines, ration)
        this.#rations.took(node, items.length)
        if (items.length === 0) break
        share.spend(items.length)
        this.#requests.send(node, items)
        sent = true
      }
    }
    return sent
  }

  /** The settled batches, oldest first. */
  get settled(): Fifo<Settled> {
    return this.#outcomes.settled
  }

  /** All records of the oldest one are reported. If it had failed, its partition may continue. */
  told(): void {
    const line = this.#outcomes.told()
    if (line !== null) this.#places.look(line)
  }

  /** Batches that were never sent fail, and attempts go on for those that were sent and for new ones. */
  refuse(failure: Failure): void {
    for (const line of [...this.#lines]) {
      this.#refuse(line, failure)
      this.#places.look(line)
    }
    this.#ports.wake()
  }

  /**
   * No further attempt is begun. Requests in flight are awaited; everything else, including later leases,
   * fails as `failure` says.
   */
  halt(failure: Failure): void {
    this.#outcomes.halt(failure)
    this.stop()
    for (const line of this.#lines) {
      for (const batch of [...line.batches]) {
        if (batch.state === 'closed') this.#outcomes.fail(line, batch, failure)
      }
      this.#refuse(line, failure)
      // A failed batch may have left a gap, and if nothing is in flight, no answer will end it later.
      if (this.#transactions !== null) this.#resolve(line)
    }
    this.#ports.wake()
  }

  /** After `halt`, once nothing is in flight: attempts are made again. */
  resume(): void {
    this.#outcomes.resume()
    this.#places.open()
  }

  /** Everything without a result fails now, in flight or not. */
  abort(failure: Failure): void {
    this.halt(failure)
    for (const line of this.#lines) {
      for (const batch of [...line.batches]) {
        if (!batch.settled) this.#outcomes.fail(line, batch, failure)
      }
    }
  }

  /** Nothing is sent any more; no timer is left. */
  stop(): void {
    this.#places.close()
    this.#identity.stop()
  }

  #unsupported(node: number): boolean {
    const code = errorCodes.UNSUPPORTED_VERSION.code
    this.#ports.fatal(new BrokerError(code, { request: 'Produce', broker: node }))
    return false
  }

  /** Something became known about the line: its numbering may begin anew, and it may continue. */
  #resolve(line: PartitionLine): void {
    for (const batch of line.overtaken()) this.#outcomes.fail(line, batch, overtaken(batch))
    if (line.settleReset(this.#identity.current)) this.#identity.bump()
    this.#places.look(line)
  }

  /**
   * Without permission for an identity, everything that needs one fails; later batches request it again.
   */
  #unidentifiable(error: KafkaError): void {
    if (!(error instanceof BrokerError && isUnauthorized(error))) {
      this.#ports.fatal(error)
      return
    }
    const failure = { code: error.code, cause: error }
    for (const line of this.#places.unidentified) {
      for (const batch of line.batches.filter(({ stamp }) => stamp === null)) {
        this.#outcomes.fail(line, batch, failure)
      }
      this.#refuse(line, failure)
      this.#places.look(line)
    }
    this.#ports.wake()
  }

  /** Fails what the lease of a line holds, and later leases, oldest first. */
  #refuse(line: PartitionLine, failure: Failure): void {
    if (this.#refusing === line) return
    this.#refusing = line
    for (let { lease } = line; lease !== null; lease = line.lease) {
      line.lease = null
      const batch = lease.discard()
      if (batch !== null) this.#outcomes.fail(line, batch, failure)
    }
    this.#refusing = null
  }
}

const none: ReadonlySet<number> = new Set()

function noBurst(): null {
  return null
}

/** The batch, or the unsettled parts that it was split into. */
function unsettled(batch: Batch): readonly Batch[] {
  if (batch.parts !== null) return batch.parts.flatMap(unsettled)
  return batch.settled ? [] : [batch]
}

function isUnauthorized({ errorCode: code }: BrokerError): boolean {
  return (
    code === errorCodes.CLUSTER_AUTHORIZATION_FAILED.code ||
    code === errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code
  )
}
