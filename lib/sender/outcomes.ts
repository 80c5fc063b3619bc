import type { Batch } from '../accumulator/batch.ts'
import { splitBatch } from '../accumulator/split.ts'
import { Fifo } from '../collections/fifo.ts'
import { errorCodes, type KafkaErrorCode } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { BatchFacts, Observer, Watched } from '../observer.ts'
import type { Clock, Random } from '../runtime.ts'
import { exactNumber } from './exact-number.ts'
import { type Failure, failureOf } from './failure.ts'
import type { PartitionLine } from './partition-line.ts'
import type { Item, PartitionResponse } from './produce-request.ts'
import { type Verdict, verdict } from './verdict.ts'

// The outcome of a batch: turns a verdict (verdict.ts) into transitions of the batch and its line. Only
// this file decides about retries. Results wait here until they are reported.
//
// Invariant: a batch is added to the settled ones once, when its result is known; an acknowledged batch
// only when no older batch of its partition is without a result.

export interface OutcomeRules {
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly transactional?: boolean
  readonly retries: number
  /** Milliseconds to wait after so many earlier failures. */
  readonly backoff: (failures: number, random: Random) => number
}

export interface OutcomePorts {
  readonly clock: Clock
  readonly random: Random
  /** The known leaders are out of date. */
  readonly refresh: () => void
  /** The observer of outcomes, if there is one. */
  readonly watched?: Watched | undefined
}

/** A batch and its outcome: acknowledged if `failure` is null. */
export interface Outcome {
  readonly batch: Batch
  readonly failure: Failure | null
}

/** An outcome that is not reported yet. */
export interface Settled extends Outcome {
  readonly line: PartitionLine
}

export class Outcomes {
  /** The settled batches, oldest first. Each is removed when all its records are reported. */
  readonly settled = new Fifo<Settled>()
  #rules: OutcomeRules
  #ports: OutcomePorts
  #halted: Failure | null = null
  #doom: KafkaError | null = null

  constructor(rules: OutcomeRules, ports: OutcomePorts) {
    this.#rules = rules
    this.#ports = ports
  }

  /** The failure of everything that is not in flight; null while attempts are made. */
  get halted(): Failure | null {
    return this.#halted
  }

  /** From now on there are no further attempts. */
  halt(failure: Failure): void {
    this.#halted ??= failure
  }

  /** Attempts are made again: everything that had to fail has failed. */
  resume(): void {
    this.#halted = null
  }

  /** The error after which this producer can deliver nothing, once; null without one. */
  takeDoom(): KafkaError | null {
    const doom = this.#doom
    this.#doom = null
    return doom
  }

  /** Applies an answer about a batch in flight: `part` is null if none came. */
  judge(
    { line, batch }: Item,
    code: KafkaErrorCode,
    error: KafkaError | null,
    part: PartitionResponse | null,
  ): void {
    if (batch.settled) {
      // It expired in flight. Its number is used up if the log has it, and only then.
      if (isInLog(code)) line.acknowledged(batch)
      return
    }
    batch.lastError = error
    const { acks, idempotent, transactional = false, retries } = this.#rules
    const decision = verdict(code, {
      idempotent,
      transactional,
      awaitsReplicas: acks === -1,
      splittable: batch.count > 1 && this.#halted === null,
      first: line.batches[0] === batch,
      canRetry: this.#halted === null && batch.attempts <= retries,
      logStartOffset: part?.logStartOffset ?? -1n,
    })
    if (decision.refresh) this.#ports.refresh()
    this.#apply(decision, line, batch, part)
    if (decision.reset && this.#rules.idempotent) line.resetting = true
  }

  acknowledge(line: PartitionLine, batch: Batch, baseOffset: number, logAppendTime: number): void {
    line.acknowledged(batch)
    this.#observer()?.acknowledged(batch)
    batch.acknowledge(baseOffset, logAppendTime)
    this.#release(line)
  }

  /** The batch fails for good, wherever it is. */
  fail(line: PartitionLine, batch: Batch, failure: Failure): void {
    if (batch.onWire) batch.doubt = true
    line.remove(batch)
    this.#observer()?.failed(batch, failure.code, failure.cause)
    batch.fail()
    this.settled.push({ line, batch, failure })
    line.untold += 1
    // Its number is not used again, and the following batches cannot continue from it.
    if (batch.stamp !== null && this.#rules.idempotent) line.resetting = true
    this.#release(line)
  }

  /** All records of the oldest one are reported; returns its line if it had failed. */
  told(): PartitionLine | null {
    const { line, failure } = this.settled.shift()!
    if (failure === null) return null
    line.untold -= 1
    return line
  }

  #apply(
    decision: Verdict,
    line: PartitionLine,
    batch: Batch,
    part: PartitionResponse | null,
  ): void {
    switch (decision.action) {
      case 'acknowledge':
        this.#place(line, batch, part!.baseOffset, part!.logAppendTimeMs)
        return
      case 'acknowledgeUnplaced':
        this.#place(line, batch, -1n, part!.logAppendTimeMs)
        return
      case 'split':
        this.#split(line, batch)
        return
      case 'retry':
        batch.doubt ||= decision.doubt
        batch.undecided = !decision.absent && (batch.undecided || decision.doubt)
        this.#retry(line, batch)
        return
      default:
        batch.doubt ||= decision.doubt
        this.fail(line, batch, failureOf(batch, part))
        if (decision.action === 'failAll') this.#doom ??= batch.lastError
    }
  }

  /** It is in the log. An offset that a number cannot represent exactly is not reported. */
  #place(line: PartitionLine, batch: Batch, baseOffset: bigint, logAppendTimeMs: bigint): void {
    const first = exactNumber(baseOffset)
    const appendedAt = exactNumber(logAppendTimeMs)
    if (first !== null && Number.isSafeInteger(first + batch.count) && appendedAt !== null) {
      this.acknowledge(line, batch, first, appendedAt)
      return
    }
    const sentence = `the broker returned offset ${baseOffset} and time ${logAppendTimeMs}, which a JavaScript number cannot represent exactly`
    line.acknowledged(batch)
    batch.doubt = true
    const cause = new ProtocolError('INVALID_VALUE', sentence)
    this.fail(line, batch, { code: 'OFFSET_OUT_OF_RANGE', cause })
  }

  #retry(line: PartitionLine, batch: Batch): void {
    const { clock, random } = this.#ports
    batch.retry(clock.now() + this.#rules.backoff(batch.attempts - 1, random))
    line.refused()
    this.#observer()?.retried(batch, batch.lastError)
  }

  /** Without memory for the parts, it is refused again after a backoff; there may be some then. */
  #split(line: PartitionLine, batch: Batch): void {
    const observer = this.#observer()
    const facts = observer === null ? null : factsOf(batch) // its bytes will belong to the parts
    const parts = splitBatch(batch)
    if (parts === null) {
      this.#retry(line, batch)
      return
    }
    line.replace(batch, parts)
    if (facts !== null) observer?.split(facts, parts.length)
  }

  #observer(): Observer | null {
    return this.#ports.watched?.observer ?? null
  }

  /** Acknowledged batches are reported once no older batch of their partition is unsettled. */
  #release(line: PartitionLine): void {
    for (let batch = line.release(); batch !== null; batch = line.release()) {
      this.settled.push({ line, batch, failure: null })
    }
  }
}

/** The facts that are reported about a batch, as it is now. */
function factsOf(batch: Batch): BatchFacts {
  const { topic, partition, count, size, rawSize, largestRecord, attempts, createdAt } = batch
  return { topic, partition, count, size, rawSize, largestRecord, attempts, createdAt }
}

function isInLog(code: KafkaErrorCode): boolean {
  return code === errorCodes.NONE || code === errorCodes.DUPLICATE_SEQUENCE_NUMBER
}
