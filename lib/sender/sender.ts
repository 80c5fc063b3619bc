import type { Batch } from '../accumulator/batch.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import { splitBatch } from '../accumulator/split.ts'
import { Alarm } from '../collections/alarm.ts'
import { BrokerError } from '../errors/broker-error.ts'
import type { ConnectionError } from '../errors/connection-error.ts'
import { errorCode, errorCodes, type KafkaErrorCode } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Answer, Dispatch, ProduceResponse } from './dispatch.ts'
import { type Failure, failureOf } from './failure.ts'
import { IdentityKeeper } from './identity.ts'
import { PartitionLine } from './partition-line.ts'
import {
  type Item,
  matchResponse,
  type PartitionResponse,
  produceBody,
  topicIdVersion,
} from './produce-request.ts'
import { ReadyLines } from './ready-lines.ts'
import { type Verdict, verdict } from './verdict.ts'

// Due batches to their leaders, answers to results. Retries live here and nowhere else.
//
// A partition's line (partition-line.ts) says what may be sent next; a node with a free slot takes
// from all its lines, in turn, into one request. Answers become verdicts (verdict.ts), verdicts
// become transitions of a batch. Results wait in `settled` for whoever reports them.
//
// Invariant: a line that has something to send and may is listed with its leader, or waits for what
// keeps it: its backoff (`#waiting`), a leader (`#homeless`), an identity, an answer. Each of these,
// when it comes, has the line looked at again.

export interface SenderSettings {
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly maxInFlight: number
  readonly maxRequestSize: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly retries: number
  /** Milliseconds to wait after so many failures before this one. */
  readonly backoff: (failures: number, random: Random) => number
}

export interface SenderPorts {
  readonly dispatch: Dispatch
  readonly clock: Clock
  readonly random: Random
  /** There may be something to drain or to report. */
  readonly wake: () => void
  /** No batch of this producer can be delivered any more. */
  readonly fatal: (error: KafkaError) => void
}

/** A batch and what became of it: acknowledged where `failure` is null. */
export interface Settled {
  readonly batch: Batch
  readonly failure: Failure | null
}

export class Sender {
  #settings: SenderSettings
  #ports: SenderPorts
  #identity: IdentityKeeper
  #lines = new Map<string, PartitionLine[]>()
  #ready = new Map<number, ReadyLines>()
  #homeless = new Set<PartitionLine>()
  #waiting = new Set<PartitionLine>()
  #unidentified = new Set<PartitionLine>()
  #settled: Settled[] = []
  #retryAlarm: Alarm
  #identityAlarm: Alarm
  #identityFailures = 0
  #halted: Failure | null = null
  #inFlightBytes = 0
  #requests = 0

  constructor(settings: SenderSettings, ports: SenderPorts) {
    this.#settings = settings
    this.#ports = ports
    this.#retryAlarm = new Alarm(ports.clock, () => this.#backedOff())
    this.#identityAlarm = new Alarm(ports.clock, () => this.#identity.acquire())
    this.#identity = new IdentityKeeper(ports.dispatch, {
      acquired: () => this.#identified(),
      refused: (error) => this.#unidentifiable(error),
    })
  }

  /** Bytes that connections have at the moment. */
  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  /** Requests that are not answered yet. */
  get requests(): number {
    return this.#requests
  }

  /** The next batch of a partition is due. */
  lease(lease: Lease): void {
    const line = this.#lineOf(lease.topic, lease.partition)
    line.lease = lease
    if (this.#halted !== null) this.#refuse(line, this.#halted)
    else this.#look(line)
    this.#ports.wake()
  }

  /** The batch is older than delivery.timeout.ms, and in no queue any more. */
  expired(batch: Batch): void {
    const line = this.#lineOf(batch.topic, batch.partition)
    for (const part of partsOf(batch)) {
      const limitMs = this.#settings.deliveryTimeoutMs
      this.#fail(line, part, { code: 'DELIVERY_TIMEOUT', limitMs, cause: part.lastError })
    }
    this.#resolve(line)
    this.#ports.wake()
  }

  /** Leaders may have changed. */
  topologyChanged(): void {
    const now = this.#ports.clock.now()
    for (const line of this.#waiting) this.#hasten(line, now)
    const lines = [...this.#waiting, ...this.#homeless]
    for (const ready of this.#ready.values()) {
      for (let line = ready.shift(); line !== undefined; line = ready.shift()) lines.push(line)
    }
    this.#ready.clear()
    for (const line of lines) this.#look(line)
    this.#ports.wake()
  }

  /** Sends what can be sent now; whether that was anything. */
  drain(): boolean {
    let sent = false
    const { dispatch } = this.#ports
    for (const [node, lines] of this.#ready) {
      while (lines.length > 0 && dispatch.canSend(node)) {
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
    if (this.#settled.length === 0) return nothing
    const settled = this.#settled
    this.#settled = []
    return settled
  }

  /**
   * No further attempt is begun. What is on the way is awaited, everything else fails as `failure`
   * says, and so does what is still to be leased.
   */
  halt(failure: Failure): void {
    this.#halted ??= failure
    this.#retryAlarm.clear()
    this.#identityAlarm.clear()
    for (const line of this.#allLines()) {
      for (const batch of [...line.batches]) {
        if (batch.state === 'closed') this.#fail(line, batch, failure)
      }
      this.#refuse(line, failure)
    }
    this.#ports.wake()
  }

  /** Everything that has no result yet fails now, on the way or not. */
  abort(failure: Failure): void {
    this.halt(failure)
    for (const line of this.#allLines()) {
      for (const batch of [...line.batches]) {
        if (!batch.settled) this.#fail(line, batch, failure)
      }
    }
  }

  /** No timer is left. */
  stop(): void {
    this.#retryAlarm.clear()
    this.#identityAlarm.clear()
  }

  #unsupported(node: number): boolean {
    const code = errorCodes.UNSUPPORTED_VERSION.code
    this.#ports.fatal(new BrokerError(code, { request: 'Produce', broker: node }))
    return false
  }

  #collect(node: number, lines: ReadyLines): Item[] {
    const { dispatch, clock } = this.#ports
    const now = clock.now()
    const items: Item[] = []
    let room = this.#settings.maxRequestSize
    for (let left = lines.length; left > 0; left -= 1) {
      const line = lines.shift()!
      if (dispatch.leaderOf(line.topic, line.partition) !== node) {
        this.#look(line)
        continue
      }
      const batch = this.#next(line, now, items.length === 0 ? Number.POSITIVE_INFINITY : room)
      if (batch === 'tooLarge') {
        lines.unshift(line)
        break
      }
      if (batch !== null) {
        room -= batch.size
        this.#depart(line, batch)
        items.push({ line, batch })
      }
      this.#look(line)
    }
    return items
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
    this.#ports.wake()
  }

  #disconnected(items: readonly Item[], error: KafkaError): void {
    this.#requests -= 1
    for (const item of items) this.#lost(item, error)
    this.#ports.dispatch.refresh()
    this.#ports.wake()
  }

  #written(items: readonly Item[]): void {
    this.#requests -= 1
    for (const { line, batch } of items) {
      this.#landed(line, batch)
      if (!batch.settled) this.#acknowledge(line, batch, -1, -1)
      this.#look(line)
    }
    this.#ports.wake()
  }

  /** The connection ended, or the answer leaves this batch out: nobody says what became of it. */
  #lost(item: Item, error: KafkaError): void {
    const timedOut = (error as Partial<ConnectionError>).code === 'REQUEST_TIMEOUT'
    const code = timedOut ? errorCodes.REQUEST_TIMED_OUT : errorCodes.NETWORK_EXCEPTION
    this.#decide(item, code, error, null)
  }

  #judged(item: Item, part: PartitionResponse): void {
    const { line } = item
    const code = errorCode(part.errorCode)
    const request = `Produce ${line.topic}-${line.partition}`
    const error =
      part.errorCode === 0
        ? null
        : new BrokerError(part.errorCode, { request, detail: part.errorMessage })
    this.#decide(item, code, error, part)
  }

  #decide(
    { line, batch }: Item,
    code: KafkaErrorCode,
    error: KafkaError | null,
    part: PartitionResponse | null,
  ): void {
    this.#landed(line, batch)
    if (batch.settled) {
      // It expired on the way. Its number is taken if the log has it, and only then.
      if (code === errorCodes.NONE) line.acknowledged(batch)
      this.#resolve(line)
      return
    }
    batch.lastError = error
    const decision = verdict(code, {
      idempotent: this.#settings.idempotent,
      splittable: batch.count > 1 && this.#halted === null,
      first: line.batches[0] === batch,
      canRetry: this.#canRetry(batch),
      logStartOffset: part?.logStartOffset ?? -1n,
    })
    this.#apply(decision, line, batch, part)
    this.#resolve(line)
  }

  #canRetry(batch: Batch): boolean {
    const { acks, retries } = this.#settings
    return acks !== 0 && this.#halted === null && batch.attempts <= retries
  }

  #apply(
    decision: Verdict,
    line: PartitionLine,
    batch: Batch,
    part: PartitionResponse | null,
  ): void {
    const { clock, random, dispatch } = this.#ports
    if (decision.refresh) dispatch.refresh()
    switch (decision.action) {
      case 'acknowledge':
        this.#acknowledge(line, batch, Number(part!.baseOffset), Number(part!.logAppendTimeMs))
        return
      case 'acknowledgeUnplaced':
        this.#acknowledge(line, batch, -1, Number(part!.logAppendTimeMs))
        return
      case 'split':
        line.replace(batch, splitBatch(batch))
        return
      case 'retry':
        // Out of order under the same number: no attempt before this one was written either.
        batch.doubt = !decision.absent && (batch.doubt || decision.doubt)
        batch.retry(clock.now() + this.#settings.backoff(batch.attempts - 1, random))
        if (decision.reset) line.resetting = true
        return
      default:
        batch.doubt ||= decision.doubt
        this.#fail(line, batch, failureOf(batch, part))
        if (decision.reset) line.resetting = true
        if (decision.action === 'failAll') this.#ports.fatal(batch.lastError!)
    }
  }

  #acknowledge(line: PartitionLine, batch: Batch, baseOffset: number, logAppendTime: number): void {
    line.acknowledged(batch)
    batch.acknowledge(baseOffset, logAppendTime)
    this.#release(line)
  }

  #fail(line: PartitionLine, batch: Batch, failure: Failure): void {
    if (batch.onWire) batch.doubt = true
    const numbered = batch.stamp !== null && this.#settings.idempotent
    line.remove(batch)
    batch.fail()
    this.#settled.push({ batch, failure })
    if (numbered) line.resetting = true
    this.#release(line)
  }

  /** Acknowledged batches are reported once nothing older of their partition is unsettled. */
  #release(line: PartitionLine): void {
    for (const batch of line.released()) this.#settled.push({ batch, failure: null })
  }

  #landed(line: PartitionLine, batch: Batch): void {
    this.#inFlightBytes -= batch.size
    line.onWire -= 1
    batch.landed()
  }

  #resolve(line: PartitionLine): void {
    if (line.settleReset(this.#identity.current)) {
      this.#identity.bump()
      if (this.#identity.current === null) this.#identity.acquire()
    }
    this.#look(line)
  }

  /** Lists the line where it belongs: with its leader, or with what it waits for. */
  #look(line: PartitionLine): void {
    this.#homeless.delete(line)
    this.#waiting.delete(line)
    if (this.#halted !== null) return
    const turn = line.turn(this.#identity.current)
    if (turn === null) {
      this.#lookForIdentity(line)
      return
    }
    if (turn !== 'new' && turn.notBefore > this.#ports.clock.now()) {
      this.#wait(line, turn.notBefore)
      return
    }
    const node = this.#ports.dispatch.leaderOf(line.topic, line.partition)
    if (node < 0) {
      this.#homeless.add(line)
      this.#ports.dispatch.refresh()
      return
    }
    this.#readyOn(node).add(line)
  }

  #lookForIdentity(line: PartitionLine): void {
    if (!this.#settings.idempotent || this.#identity.current !== null) return
    if (line.lease === null && line.batches.length === 0) return
    this.#unidentified.add(line)
    if (this.#identityAlarm.at === null) this.#identity.acquire()
  }

  #identified(): void {
    this.#identityFailures = 0
    const lines = [...this.#unidentified]
    this.#unidentified.clear()
    for (const line of lines) this.#look(line)
    this.#ports.wake()
  }

  #unidentifiable(error: KafkaError): void {
    if (this.#halted !== null) return
    if (!error.retriable) {
      this.#ports.fatal(error)
      return
    }
    const { clock, random } = this.#ports
    this.#identityAlarm.set(clock.now() + this.#settings.backoff(this.#identityFailures, random))
    this.#identityFailures += 1
  }

  #wait(line: PartitionLine, until: number): void {
    this.#waiting.add(line)
    const { at } = this.#retryAlarm
    if (at === null || until < at) this.#retryAlarm.set(until)
  }

  #backedOff(): void {
    for (const line of [...this.#waiting]) this.#look(line)
    this.#ports.wake()
  }

  /** A new leader is asked at once: the backoff was for the old one. */
  #hasten(line: PartitionLine, now: number): void {
    const epoch = this.#ports.dispatch.leaderEpochOf(line.topic, line.partition)
    for (const batch of line.batches) {
      if (batch.leaderEpoch >= 0 && epoch > batch.leaderEpoch) batch.notBefore = now
    }
  }

  /** Fails what the lease of a line holds. */
  #refuse(line: PartitionLine, failure: Failure): void {
    for (let { lease } = line; lease !== null; lease = line.lease) {
      line.lease = null
      const batch = lease.take(Number.POSITIVE_INFINITY)
      if (batch !== null) this.#fail(line, batch, failure)
    }
  }

  #readyOn(node: number): ReadyLines {
    let lines = this.#ready.get(node)
    if (lines === undefined) {
      lines = new ReadyLines()
      this.#ready.set(node, lines)
    }
    return lines
  }

  #lineOf(topic: string, partition: number): PartitionLine {
    let lines = this.#lines.get(topic)
    if (lines === undefined) {
      lines = []
      this.#lines.set(topic, lines)
    }
    let line = lines[partition]
    if (line === undefined) {
      line = new PartitionLine(topic, partition, this.#settings)
      lines[partition] = line
    }
    return line
  }

  *#allLines(): IterableIterator<PartitionLine> {
    for (const lines of this.#lines.values()) {
      for (const line of lines) if (line !== undefined) yield line
    }
  }
}

const nothing: readonly Settled[] = []

/** The batch, or the unsettled ones that it was split into. */
function partsOf(batch: Batch): readonly Batch[] {
  if (batch.parts !== null) return batch.parts.flatMap(partsOf)
  return batch.settled ? [] : [batch]
}

function missing({ line }: Item): KafkaError {
  return new ProtocolError(
    'INVALID_VALUE',
    `the answer says nothing of ${line.topic}-${line.partition}`,
  )
}
