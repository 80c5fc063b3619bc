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

// The requests on their way. Each ends in one of three ways: answered, lost with its connection, or
// (acks=0) written. Here that becomes a code and an error for each of its batches; what those mean for
// a batch is in outcomes.ts.
//
// Invariant: each batch of a request lands once, is judged, and then its line is resolved; only when
// all of them are may everything end. Called by sender.ts, with what composer.ts took.

export interface RequestRules {
  readonly acks: -1 | 0 | 1
  readonly requestTimeoutMs: number
}

/** What a transaction has to do with its requests. */
export interface RequestsOfTransaction {
  readonly settings: { readonly transactionalId: string }
  readonly produceVersionMax: number
  departing(version: number): void
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
  /** No batch of this producer can be delivered any more. */
  readonly fatal: (error: KafkaError) => void
  /** Absent: batches belong to no transaction. */
  readonly transactions?: RequestsOfTransaction | undefined
  /** Who is told of what is sent. Absent: nobody. */
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

  /** How many have no result yet. */
  get count(): number {
    return this.#count
  }

  /** Bytes of their batches. */
  get bytes(): number {
    return this.#bytes
  }

  /** Hands the batches to a connection of the node; they have departed. */
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

  /** Topics are named by id only where every topic of the request has one. */
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
