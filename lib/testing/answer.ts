// What every answer is made from and of. An answer is a plain function of a question: it reads and
// changes the cluster's state, and knows neither sockets nor time but by `now`.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { DecodedRequest } from '../protocol/headers.ts'
import type { MockTelemetry } from './answer-telemetry.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Coordinators } from './coordinators.ts'
import type { GroupOffsets } from './group-offsets.ts'
import type { Release } from './releases.ts'
import type { SaslSession } from './sasl-session.ts'
import type { AnswerBody, ApiName, ServedApis, VersionRange } from './served-apis.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

/** An error that a script wants, whatever the broker would say. */
export interface ForcedError {
  readonly error: KafkaErrorName
  /** Whether the batch is appended nevertheless, as with REQUEST_TIMED_OUT on a real broker. */
  readonly appended: boolean
}

/** The limits and habits of the brokers. */
export interface BrokerSettings {
  /** `message.max.bytes`. */
  readonly messageMaxBytes: number
  /** `auto.create.topics.enable`. */
  readonly autoCreateTopics: boolean
  /** `num.partitions`, of topics that are created so. */
  readonly defaultPartitions: number
  readonly versions: Readonly<Record<ApiName, VersionRange>>
  /** Whether they have just started, and have no producer ids when they are asked for the first time. */
  readonly justStarted: boolean
  /** What they ask of clients' metrics; null where they take none. */
  readonly telemetry: MockTelemetry | null
  /** The release of Kafka that they are like. */
  readonly release: Release
}

/** Features that a test may change while the cluster runs. */
export interface FeatureLevels {
  /** The finalised level of `transaction.version`: 2 is TV2 (KIP-890), less is TV1. */
  transactionVersion: number
  /** Rises with every change. */
  epoch: number
}

/** A request and all that its answer may look at. */
export interface Question<A extends ApiName = ApiName> {
  readonly request: DecodedRequest<ServedApis[A]>
  /** The broker that was asked. */
  readonly broker: number
  readonly state: ClusterState
  readonly settings: BrokerSettings
  readonly coordinators: Coordinators
  readonly transactions: TransactionCoordinator
  readonly groups: GroupOffsets
  readonly features: FeatureLevels
  /** Milliseconds since 1970. */
  now(): number
  /** Who is at the other end of the connection. */
  readonly session: SaslSession
  /** The next id that no producer has. */
  nextProducerId(): bigint
  /** Notes that the client broke the protocol. */
  violation(sentence: string): void
  /** The error that a script wants for this place; without a place, for the request as a whole. */
  forced(topic?: string, partition?: number): ForcedError | undefined
}

/** An answer to send. */
export interface Answer<A extends ApiName = ApiName> {
  readonly body: AnswerBody<A>
  /** The version to encode it in, where that is not the request's. */
  readonly version?: number
  /** There is little to tell yet: better ask again, when something is appended, for so long. */
  readonly waitMs?: number
  /** It is a refusal: the answer leaves after so long, and the connection is closed behind it. */
  readonly closesAfterMs?: number
  /** Milliseconds that the broker holds it back. */
  readonly delayMs?: number
}

/** What a broker does with a request: it answers, says nothing (`acks=0`), or hangs up. */
export type Outcome<A extends ApiName = ApiName> = Answer<A> | 'none' | 'close'
