import type { Batch } from '../accumulator/batch.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import { BrokerError } from '../errors/broker-error.ts'
import type { ConnectionError } from '../errors/connection-error.ts'
import { errorCode, errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { Watched } from '../observer.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Answer, Dispatch, ProduceResponse } from './dispatch.ts'
import type { Failure } from './failure.ts'
import { IdentityKeeper } from './identity.ts'
import { Lines } from './lines.ts'
import { NodeTimes } from './node-times.ts'
import { type OutcomeRules, Outcomes, type Settled } from './outcomes.ts'
import type { LineRules, PartitionLine } from './partition-line.ts'
import { Places } from './places.ts'
import {
  type Item,
  matchResponse,
  type PartitionResponse,
  produceBody,
  topicIdVersion,
} from './produce-request.ts'
import type { ReadyLines } from './ready-lines.ts'

// Due batches to their leaders, answers to results.
//
// A partition's line (partition-line.ts) says what may be sent next, places.ts keeps it with its
// leader or with what it waits for; a node with a free slot takes from all its lines, in turn, into
// one request. What an answer means for a batch, and the results, are in outcomes.ts.
//
// Invariant: after everything that may change what a line can do (a lease, an answer, an expiry) the
// line is looked at, so that no line that can send is ever forgotten. Called by stages/send.ts.

/** What the `send` stage is to do. */
export interface SenderSettings extends LineRules, OutcomeRules {
  readonly maxRequestSize: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** A broker that had something to take for so long and took nothing is slow; 0: none ever is. */
  readonly availabilityTimeoutMs: number
}

export interface SenderPorts {
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly random: Random
  /** There may be something to drain or to report. */
  readonly wake: () => void
  /** No batch of this producer can be delivered any more. */
  readonly fatal: (error: KafkaError) => void
  /** Who is told of batches and identities. Absent: nobody. */
  readonly watched?: Watched | undefined
}

export type { Settled }

export class Sender {
  #settings: SenderSettings
  #ports: SenderPorts
  #identity: IdentityKeeper
  #lines: Lines
  #places: Places
  #outcomes: Outcomes
  #times: NodeTimes | null = null
  /** The line whose leases are being failed: those that come meanwhile are, too. */
  #refusing: PartitionLine | null = null
  #inFlightBytes = 0
  #requests = 0

  constructor(settings: SenderSettings, ports: SenderPorts) {
    const { dispatch, clock, random, watched } = ports
    this.#settings = settings
    this.#ports = ports
    this.#lines = new Lines(settings)
    this.#identity = new IdentityKeeper(
      { dispatch, clock, random, watched, backoff: settings.backoff },
      { again: () => this.#places.identify(), refused: (error) => this.#unidentifiable(error) },
    )
    const { availabilityTimeoutMs } = settings
    if (availabilityTimeoutMs > 0) this.#times = new NodeTimes(availabilityTimeoutMs, clock)
    this.#places = new Places(ports, settings.idempotent ? this.#identity : null, this.#times)
    const refresh = () => dispatch.refresh()
    this.#outcomes = new Outcomes(settings, { clock, random, watched, refresh })
  }

  /** Bytes that connections have at the moment. */
  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  /** Requests that are not answered yet. */
  get requests(): number {
    return this.#requests
  }

  /** Nodes that take nothing although there is something for them; another object when they change. */
  get slowNodes(): ReadonlySet<number> {
    return this.#times === null ? none : this.#times.slow
  }

  /** Whether nothing is to be sent, is on its way, or waits to be reported. */
  get isIdle(): boolean {
    if (this.#outcomes.waiting > 0) return false
    for (const line of this.#lines) {
      if (line.lease !== null || line.batches.length > 0) return false
    }
    return true
  }

  /** The next batch of a partition is due. */
  lease(lease: Lease): void {
    const { halted } = this.#outcomes
    const line = this.#lines.of(lease)
    line.lease = lease
    if (halted !== null) this.#refuse(line, halted)
    else this.#places.look(line)
    this.#ports.wake()
  }

  /** The batch is older than delivery.timeout.ms, and in no queue any more. */
  expired(batch: Batch): void {
    const line = this.#lines.of(batch)
    const limitMs = this.#settings.deliveryTimeoutMs
    for (const part of unsettled(batch)) {
      this.#outcomes.fail(line, part, { code: 'DELIVERY_TIMEOUT', limitMs, cause: part.lastError })
    }
    // It may have been all that the lease was for.
    if (line.lease?.since === null) {
      line.lease.take(0)
      line.lease = null
    }
    this.#resolve(line)
    this.#ports.wake()
  }

  /** Leaders may have changed. */
  topologyChanged(): void {
    this.#places.topologyChanged()
  }

  /** Sends what can be sent now; whether that was anything. */
  drain(): boolean {
    let sent = false
    const { dispatch } = this.#ports
    for (const [node, lines] of this.#places.ready) {
      while (lines.length > 0 && dispatch.canSend(node)) {
        this.#times?.took(node)
        if (dispatch.produceVersion(node) < 0) return this.#unsupported(node)
        const items = this.#collect(node, lines)
        if (items.length === 0) break
        this.#send(node, items)
        sent = true
      }
    }
    return sent
  }

  /** What was settled since the last call. */
  takeSettled(): readonly Settled[] {
    return this.#outcomes.take()
  }

  /**
   * No further attempt is begun. What is on the way is awaited, everything else fails as `failure`
   * says, and so does what is still to be leased.
   */
  halt(failure: Failure): void {
    this.#outcomes.halt(failure)
    this.stop()
    for (const line of this.#lines) {
      for (const batch of [...line.batches]) {
        if (batch.state === 'closed') this.#outcomes.fail(line, batch, failure)
      }
      this.#refuse(line, failure)
    }
    this.#ports.wake()
  }

  /** Everything that has no result yet fails now, on the way or not. */
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

  /** What fits into one request, at most one batch of each line: they depart. */
  #collect(node: number, lines: ReadyLines): Item[] {
    const { dispatch, clock } = this.#ports
    const now = clock.now()
    const items: Item[] = []
    let room = this.#settings.maxRequestSize
    for (let left = lines.length; left > 0; left -= 1) {
      const line = lines.shift()!
      if (dispatch.leaderOf(line.topic, line.partition) !== node) {
        this.#places.look(line)
        continue
      }
      const batch = this.#next(line, now, items.length === 0 ? Number.POSITIVE_INFINITY : room)
      if (batch === 'tooLarge') {
        lines.unshift(line)
        break
      }
      if (batch !== null && batch.produceVersionMin > dispatch.produceVersion(node)) {
        this.#uncarried(line, batch, node)
      } else if (batch !== null) {
        room -= batch.size
        this.#depart(line, batch)
        items.push({ line, batch })
      }
      this.#places.look(line)
    }
    return items
  }

  /** The broker is too old for how the batch is compressed: no attempt would end otherwise. */
  #uncarried(line: PartitionLine, batch: Batch, node: number): void {
    const request = `Produce ${line.topic}-${line.partition}`
    const detail = `it takes Produce v${batch.produceVersionMin}, which the broker has not`
    const { code, name } = errorCodes.UNSUPPORTED_COMPRESSION_TYPE
    const cause = new BrokerError(code, { request, detail, broker: node })
    this.#outcomes.fail(line, batch, { code: name, cause })
    this.#resolve(line)
    this.#ports.wake()
  }

  /** The batch to send next of a line; null where there is none after all. */
  #next(line: PartitionLine, now: number, room: number): Batch | 'tooLarge' | null {
    const turn = line.turn(this.#identity.current)
    if (turn === null) return null
    if (turn !== 'new') {
      if (turn.notBefore > now) return null
      return turn.size > room ? 'tooLarge' : turn
    }
    const lease = line.lease!
    line.lease = null
    const batch = lease.take(room)
    if (batch !== null) return batch
    if (lease.since === null) return null
    line.lease = lease
    return 'tooLarge'
  }

  #depart(line: PartitionLine, batch: Batch): void {
    const stamp = line.stampFor(batch, this.#identity.current)
    batch.depart(stamp, this.#ports.dispatch.leaderEpochOf(line.topic, line.partition))
    line.departed(batch)
    this.#inFlightBytes += batch.size
  }

  #send(node: number, items: readonly Item[]): void {
    const { dispatch } = this.#ports
    const { acks, requestTimeoutMs } = this.#settings
    const topicIdOf = (topic: string) => dispatch.topicIdOf(topic)
    const version = this.#versionFor(node, items)
    const body = produceBody(items, { acks, timeoutMs: requestTimeoutMs, topicIdOf })
    const ids =
      version >= topicIdVersion
        ? new Map(items.map(({ line }) => [line.topic, topicIdOf(line.topic)]))
        : null
    const answer: Answer<ProduceResponse> = {
      answered: (response) => this.#answered(items, response, ids),
      failed: (error) => this.#disconnected(items, error),
      ...(acks === 0 && { written: () => this.#written(items) }),
    }
    this.#requests += 1
    dispatch.produce(node, version, body, answer)
    this.#ports.watched?.observer?.sent(
      node,
      items.map(({ batch }) => batch),
    )
  }

  /** Topics are named by id only where every topic of the request has one. */
  #versionFor(node: number, items: readonly Item[]): number {
    const { dispatch } = this.#ports
    const newest = dispatch.produceVersion(node)
    if (newest < topicIdVersion) return newest
    const named = items.every(({ line }) => dispatch.topicIdOf(line.topic) !== zeroUuid)
    return named ? newest : topicIdVersion - 1
  }

  #answered(
    items: readonly Item[],
    response: ProduceResponse,
    ids: ReadonlyMap<string, string> | null,
  ): void {
    this.#requests -= 1
    this.#ports.dispatch.learn(response)
    const idOf = ids === null ? null : (topic: string) => ids.get(topic)!
    matchResponse(items, response, idOf, (item, part) => {
      if (part === null) this.#lost(item, missing(item))
      else this.#judged(item, part)
    })
    this.#applied()
  }

  #disconnected(items: readonly Item[], error: KafkaError): void {
    this.#requests -= 1
    for (const item of items) this.#lost(item, error)
    this.#ports.dispatch.refresh()
    this.#applied()
  }

  #written(items: readonly Item[]): void {
    this.#requests -= 1
    for (const { line, batch } of items) {
      this.#landed(line, batch)
      if (!batch.settled) this.#outcomes.acknowledge(line, batch, -1, -1)
      this.#places.look(line)
    }
    this.#ports.wake()
  }

  /** The whole answer is applied: only now may the end of everything begin. */
  #applied(): void {
    const doom = this.#outcomes.takeDoom()
    if (doom !== null) this.#ports.fatal(doom)
    this.#ports.wake()
  }

  /** The connection ended, or the answer leaves this batch out: nobody says what became of it. */
  #lost(item: Item, error: KafkaError): void {
    const timedOut = (error as Partial<ConnectionError>).code === 'REQUEST_TIMEOUT'
    const code = timedOut ? errorCodes.REQUEST_TIMED_OUT : errorCodes.NETWORK_EXCEPTION
    this.#landed(item.line, item.batch)
    this.#outcomes.judge(item, code, error, null)
    this.#resolve(item.line)
  }

  #judged(item: Item, part: PartitionResponse): void {
    const { line, batch } = item
    const request = `Produce ${line.topic}-${line.partition}`
    const error =
      part.errorCode === 0
        ? null
        : new BrokerError(part.errorCode, { request, detail: part.errorMessage })
    this.#landed(line, batch)
    this.#outcomes.judge(item, errorCode(part.errorCode), error, part)
    this.#resolve(line)
  }

  #landed(line: PartitionLine, batch: Batch): void {
    this.#inFlightBytes -= batch.size
    line.onWire -= 1
    batch.landed()
  }

  /** Something became known about the line: its numbering may begin anew, and it may go on. */
  #resolve(line: PartitionLine): void {
    if (line.settleReset(this.#identity.current)) this.#identity.bump()
    this.#places.look(line)
  }

  /** Without a right to an identity what needs one fails; batches to come ask again. */
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

  /** Fails what the lease of a line holds, and those that come meanwhile, oldest first. */
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

/** The batch, or the unsettled ones that it was split into. */
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

function missing({ line }: Item): KafkaError {
  return new ProtocolError(
    'INVALID_VALUE',
    `the answer says nothing of ${line.topic}-${line.partition}`,
  )
}
