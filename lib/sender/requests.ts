import type { Batch } from '../accumulator/batch.ts'
import { BrokerError } from '../errors/broker-error.ts'
import type { ConnectionError } from '../errors/connection-error.ts'
import { errorCode, errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'
import type { Watched } from '../observer.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Answer, Dispatch, ProduceResponse } from './dispatch.ts'
import type { Outcomes } from './outcomes.ts'
import type { PartitionLine } from './partition-line.ts'
import {
  type Item,
  matchResponse,
  type PartitionResponse,
  produceBody,
  topicIdVersion,
} from './produce-request.ts'

// The requests in flight. Each ends in one of three ways: answered, lost with its connection, or (acks=0)
// written. This file turns that into a code and an error for each of its batches; outcomes.ts decides what
// they mean for a batch.
//
// Invariant: each batch of a request returns once, is judged, and then its line is resolved. Only when all
// are resolved may the producer fail as a whole. Called by sender.ts, with what composer.ts took.

export interface RequestRules {
  readonly acks: -1 | 0 | 1
  readonly requestTimeoutMs: number
}

/** What a transaction needs to know of its requests. */
export interface RequestsOfTransaction {
  readonly settings: { readonly transactionalId: string }
  readonly produceVersionMax: number
  departing(version: number): void
  landed(isAnswered: boolean): void
}

export interface RequestPorts {
  readonly dispatch: Pick<
    Dispatch,
    'topicIdOf' | 'produceVersion' | 'produce' | 'refresh' | 'learn'
  >
  readonly outcomes: Outcomes
  /** Something became known about a batch of the line. */
  readonly resolve: (line: PartitionLine) => void
  /** There may be something to drain or to report. */
  readonly wake: () => void
  /** This producer can deliver no batch any more. */
  readonly fatal: (error: KafkaError) => void
  /** Absent: batches belong to no transaction. */
  readonly transactions?: RequestsOfTransaction | undefined
  /** The observer of sent requests, if there is one. */
  readonly watched?: Watched | undefined
}

export class Requests {
  #rules: RequestRules
  #ports: RequestPorts
  #outcomes: Outcomes
  #count = 0
  #bytes = 0

  constructor(rules: RequestRules, ports: RequestPorts) {
    this.#rules = rules
    this.#ports = ports
    this.#outcomes = ports.outcomes
  }

  /** The number of requests without a result. */
  get count(): number {
    return this.#count
  }

  /** The bytes of their batches. */
  get bytes(): number {
    return this.#bytes
  }

  /** Hands the batches, which have their numbers, to a connection of the node. */
  send(node: number, items: readonly Item[]): void {
    const { dispatch, transactions } = this.#ports
    const { acks, requestTimeoutMs } = this.#rules
    const topicIdOf = (place: PartitionState) => dispatch.topicIdOf(place)
    const version = this.#versionFor(node, items)
    const transactionalId = transactions?.settings.transactionalId ?? null
    const facts = { transactionalId, acks, timeoutMs: requestTimeoutMs, topicIdOf }
    const body = produceBody(items, facts)
    const ids =
      version >= topicIdVersion
        ? new Map(items.map(({ line }) => [line.topic, topicIdOf(line.place)]))
        : null
    const answer: Answer<ProduceResponse> = {
      answered: (response) => this.#answered(node, items, response, ids),
      failed: (error) => this.#disconnected(items, error),
      ...(acks === 0 && { written: () => this.#written(items) }),
    }
    this.#count += 1
    for (const { batch } of items) this.#bytes += batch.size
    transactions?.departing(version)
    dispatch.produce(node, version, body, answer)
    this.#ports.watched?.observer?.sent(
      node,
      items.map(({ batch }) => batch),
    )
  }

  /** Topics are identified by id only if every topic of the request has one. */
  #versionFor(node: number, items: readonly Item[]): number {
    const { dispatch, transactions } = this.#ports
    const versionMax = transactions?.produceVersionMax ?? Number.POSITIVE_INFINITY
    const newest = Math.min(dispatch.produceVersion(node), versionMax)
    if (newest < topicIdVersion) return newest
    const named = items.every(({ line }) => dispatch.topicIdOf(line.place) !== zeroUuid)
    return named ? newest : topicIdVersion - 1
  }

  #answered(
    node: number,
    items: readonly Item[],
    response: ProduceResponse,
    ids: ReadonlyMap<string, string> | null,
  ): void {
    this.#count -= 1
    this.#ports.transactions?.landed(true)
    this.#ports.dispatch.learn(response)
    const idOf = ids === null ? null : (topic: string) => ids.get(topic)!
    matchResponse(items, response, idOf, (item, part) => {
      if (part === null) this.#lost(item, missing(item))
      else this.#judged(node, item, part)
    })
    this.#applied()
  }

  #disconnected(items: readonly Item[], error: KafkaError): void {
    this.#count -= 1
    this.#ports.transactions?.landed(false)
    for (const item of items) this.#lost(item, error)
    this.#ports.dispatch.refresh()
    this.#applied()
  }

  #written(items: readonly Item[]): void {
    this.#count -= 1
    for (const { line, batch } of items) {
      this.#landed(line, batch)
      if (!batch.settled) this.#outcomes.acknowledge(line, batch, -1, -1)
      this.#ports.resolve(line)
    }
    this.#ports.wake()
  }

  /** The whole answer is applied: only now may the producer fail as a whole. */
  #applied(): void {
    const doom = this.#outcomes.takeDoom()
    if (doom !== null) this.#ports.fatal(doom)
    this.#ports.wake()
  }

  /** The connection ended, or the answer leaves this batch out: its fate is unknown. */
  #lost(item: Item, error: KafkaError): void {
    const timedOut = (error as Partial<ConnectionError>).code === 'REQUEST_TIMEOUT'
    const code = timedOut ? errorCodes.REQUEST_TIMED_OUT : errorCodes.NETWORK_EXCEPTION
    this.#landed(item.line, item.batch)
    this.#outcomes.judge(item, code, error, null)
    this.#ports.resolve(item.line)
  }

  #judged(node: number, item: Item, part: PartitionResponse): void {
    const { line, batch } = item
    const error = part.errorCode === 0 ? null : refusalOf(node, line, part)
    this.#landed(line, batch)
    this.#outcomes.judge(item, errorCode(part.errorCode), error, part)
    this.#ports.resolve(line)
  }

  #landed(line: PartitionLine, batch: Batch): void {
    this.#bytes -= batch.size
    line.onWire -= 1
    batch.landed()
  }
}

function refusalOf(
  broker: number,
  line: PartitionLine,
  { errorCode, errorMessage }: PartitionResponse,
): KafkaError {
  const request = `Produce ${line.topic}-${line.partition}`
  return new BrokerError(errorCode, { request, detail: errorMessage, broker })
}

function missing({ line }: Item): KafkaError {
  return new ProtocolError(
    'INVALID_VALUE',
    `the answer does not mention ${line.topic}-${line.partition}`,
  )
}
