import { ConnectionError } from '../../lib/errors/connection-error.ts'
import { errorCodes, type KafkaErrorName } from '../../lib/errors/error-codes.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../../lib/protocol/message.ts'
import type { Answer } from '../../lib/sender/dispatch.ts'
import type { TransactionDispatch } from '../../lib/sender/transaction-dispatch.ts'

// Coordinators under the control of a spec: no request is answered until the spec says so.

export interface Asked {
  readonly node: number
  readonly api: string
  readonly version: number
  readonly body: Record<string, unknown>
  readonly answer: Answer<never>
}

export class ScriptedCoordinators implements TransactionDispatch {
  /** The unanswered requests, oldest first. */
  readonly open: Asked[] = []
  /** All requests: `EndTxn v5`. */
  readonly asked: string[] = []
  readonly closed = new Set<number>()
  readonly failures = new Map<number, KafkaError>()
  readonly versions = new Map<string, number>()
  readonly learned: number[] = []
  readonly unknown = new Set<number>()
  transactionVersion = 2

  askAny<A extends Api>(
    api: A,
    body: (version: number) => RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void {
    const version = this.versionOf(-1, api)
    this.#push({ node: -1, api: api.name, version, body: body(version) as never, answer })
  }

  ask<A extends Api>(
    node: number,
    api: A,
    version: number,
    body: RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void {
    this.#push({ node, api: api.name, version, body: body as never, answer })
  }

  canSend(node: number): boolean {
    return !this.closed.has(node)
  }

  versionOf(_node: number, api: Api): number {
    return this.versions.get(api.name) ?? api.versions[1]
  }

  knows(node: number): boolean {
    return !this.unknown.has(node)
  }

  failureOf(node: number): KafkaError | null {
    return this.failures.get(node) ?? null
  }

  learnBroker({ id }: { id: number }): void {
    this.learned.push(id)
  }

  featureLevel(): number {
    return this.transactionVersion
  }

  /** The oldest unanswered request. */
  get first(): Asked {
    const asked = this.open[0]
    if (asked === undefined) throw new Error('nothing is asked')
    return asked
  }

  /** Answers the oldest request, with the usual answer and `facts`. */
  answer(facts: object = {}): void {
    const { api, body, answer } = this.#shift()
    answer.answered({ ...usual(api, body), ...facts } as never)
  }

  /** Refuses the oldest request. */
  refuse(name: KafkaErrorName): void {
    const { api, body, answer } = this.#shift()
    answer.answered(refusal(api, body, errorCodes[name].code) as never)
  }

  lose(error: KafkaError = new ConnectionError('DISCONNECTED', 'gone')): void {
    this.#shift().answer.failed(error)
  }

  #push(asked: { node: number; api: string; version: number; body: never; answer: unknown }): void {
    this.asked.push(`${asked.api} v${asked.version}`)
    this.open.push(asked as Asked)
  }

  #shift(): Asked {
    const { first } = this
    this.open.shift()
    return first
  }
}

function usual(api: string, body: Record<string, unknown>): object {
  if (api === 'InitProducerId') return { errorCode: 0, producerId: 7n, producerEpoch: 0 }
  if (api === 'EndTxn') {
    const { producerId, producerEpoch } = body as { producerId: bigint; producerEpoch: number }
    return { errorCode: 0, producerId, producerEpoch: producerEpoch + 1 }
  }
  return refusal(api, body, 0)
}

function refusal(api: string, body: Record<string, unknown>, errorCode: number): object {
  switch (api) {
    case 'FindCoordinator':
      return {
        coordinators: [{ nodeId: 3, host: 'h', port: 1, errorCode, errorMessage: null }],
      }
    case 'AddPartitionsToTxn':
      return {
        resultsByTopicV3AndBelow: parts(body.v3AndBelowTopics).map(({ name, partitions }) => ({
          name,
          resultsByPartition: partitions.map((partitionIndex) => ({
            partitionIndex,
            partitionErrorCode: errorCode,
          })),
        })),
      }
    case 'TxnOffsetCommit':
      return {
        topics: parts(body.topics).map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(() => ({ partitionIndex: 0, errorCode })),
        })),
      }
    default:
      return { errorCode, producerId: -1n, producerEpoch: -1 }
  }
}

function parts(topics: unknown): { name: string; partitions: unknown[] }[] {
  return topics as { name: string; partitions: unknown[] }[]
}
