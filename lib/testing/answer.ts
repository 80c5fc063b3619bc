// The inputs and the result of every answer. An answer is a plain function of a request: it reads and
// changes the cluster's state, and knows nothing of sockets, and of time only `now`.

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

/** A scripted error, which replaces the broker's result. */
export interface ForcedError {
  readonly error: KafkaErrorName
  /** Whether the batch is appended nevertheless, as with REQUEST_TIMED_OUT on a real broker. */
  readonly appended: boolean
}

/** The limits and options of the brokers. */
export interface BrokerSettings {
  /** `message.max.bytes`. */
  readonly messageMaxBytes: number
  /** `auto.create.topics.enable`. */
  readonly autoCreateTopics: boolean
  /** `num.partitions`, for topics created in this way. */
  readonly defaultPartitions: number
  readonly versions: Readonly<Record<ApiName, VersionRange>>
  /** Whether they have just started, and have no producer ids when first asked. */
  readonly justStarted: boolean
  /** The metrics that they request from clients; null if they collect none. */
  readonly telemetry: MockTelemetry | null
  /** The Kafka release that they imitate. */
  readonly release: Release
}

/** Features that a test may change while the cluster runs. */
export interface FeatureLevels {
  /** The finalised level of `transaction.version`: 2 is TV2 (KIP-890), less is TV1. */
  transactionVersion: number
  /** Increases with every change. */
  epoch: number
}

/** A request and everything that its answer may use. */
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
  /** The client of the connection. */
  readonly session: SaslSession
  /** Returns the next unused producer id. */
  nextProducerId(): bigint
  /** Notes that the client violated the protocol. */
  violation(sentence: string): void
  /** The scripted error for this place; without a place, for the request as a whole. */
  forced(topic?: string, partition?: number): ForcedError | undefined
}

/** An answer to send. */
export interface Answer<A extends ApiName = ApiName> {
  readonly body: AnswerBody<A>
  /** The version to encode it in, if it is not the request's. */
  readonly version?: number
  /** There is not enough to return yet: ask again when something is appended, for so long. */
  readonly waitMs?: number
  /** It is a refusal: the answer is sent after so long, and then the connection is closed. */
  readonly closesAfterMs?: number
  /** Milliseconds by which the broker delays it. */
  readonly delayMs?: number
}

/** How a broker reacts to a request: it answers, says nothing (`acks=0`), or closes the connection. */
export type Outcome<A extends ApiName = ApiName> = Answer<A> | 'none' | 'close'
