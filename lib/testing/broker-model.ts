// The broker model: decides how each broker of a cluster answers each request. Purely synchronous, without
// sockets, timers, randomness or a clock except the given one, so that the mock cluster can run it over TCP
// and a simulation in virtual time. Invariant: every change of a log or of a leader happens inside a call
// to the model.

import type { DecodedRequest } from '../protocol/headers.ts'
import type { BrokerSettings, FeatureLevels, ForcedError, Outcome, Question } from './answer.ts'
import { answerApiVersions } from './answer-api-versions.ts'
import { answerDescribeTransactions } from './answer-describe-transactions.ts'
import { answerFetch } from './answer-fetch.ts'
import { answerFindCoordinator } from './answer-find-coordinator.ts'
import { answerInitProducerId } from './answer-identity.ts'
import { answerListOffsets } from './answer-list-offsets.ts'
import { answerMetadata } from './answer-metadata.ts'
import { answerProduce } from './answer-produce.ts'
import { answerPushTelemetry, answerTelemetrySubscriptions } from './answer-telemetry.ts'
import { answerAddOffsets, answerAddPartitions, answerEndTxn } from './answer-transactions.ts'
import { answerTxnOffsetCommit } from './answer-txn-offset-commit.ts'
import { ClusterState } from './cluster-state.ts'
import { type CoordinatorKind, Coordinators } from './coordinators.ts'
import { GroupOffsets } from './group-offsets.ts'
import { newestRelease, releases } from './releases.ts'
import { type MockListeners, SaslAccess } from './sasl-access.ts'
import { type CameAfter, SaslSession } from './sasl-session.ts'
import type { ApiName } from './served-apis.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'
import { Violations } from './violations.ts'

/** How a cluster is set up. Everything left out is as in the newest Kafka. */
export interface ModelOptions extends Given<BrokerSettings> {
  readonly brokers?: number | undefined
  readonly clusterId?: string | undefined
  readonly racks?: readonly (string | null)[] | undefined
  readonly listeners?: MockListeners | undefined
  readonly transactionVersion?: number | undefined
  readonly completionMs?: number | undefined
  readonly fencingMs?: number | undefined
  /** Milliseconds since 1970, for topics with log append time and for records in the future. */
  readonly now: () => number
}

/** All may be absent, or undefined, which is the same. */
type Given<O> = { readonly [N in keyof O]?: O[N] | undefined }

/** The scripted error for a partition, or for the whole request. */
export type Force = (topic?: string, partition?: number) => ForcedError | undefined

/** The APIs that may append to a log. */
const appending: readonly ApiName[] = ['Produce', 'EndTxn', 'InitProducerId']

type Answers = { readonly [A in ApiName]: (question: Question<A>) => Outcome<A> }

const answers: Answers = {
  Produce: answerProduce,
  Fetch: answerFetch,
  ListOffsets: answerListOffsets,
  Metadata: answerMetadata,
  FindCoordinator: answerFindCoordinator,
  ApiVersions: answerApiVersions,
  InitProducerId: answerInitProducerId,
  GetTelemetrySubscriptions: answerTelemetrySubscriptions,
  PushTelemetry: answerPushTelemetry,
  SaslHandshake: (question) => question.session.handshake(question),
  SaslAuthenticate: (question) => question.session.authenticate(question),
  AddPartitionsToTxn: answerAddPartitions,
  AddOffsetsToTxn: answerAddOffsets,
  EndTxn: answerEndTxn,
  TxnOffsetCommit: answerTxnOffsetCommit,
  DescribeTransactions: answerDescribeTransactions,
}

export class BrokerModel {
  readonly state: ClusterState
  readonly settings: BrokerSettings
  readonly coordinators: Coordinators
  readonly groups = new GroupOffsets()
  readonly transactions: TransactionCoordinator
  readonly features: FeatureLevels
  /** Milliseconds from the end of a transaction to its markers. */
  completionMs: number
  /** Milliseconds from another producer's InitProducerId to the abort of the open transaction. */
  fencingMs: number
  /** Called after handling a request that may have appended something. */
  readonly appended = new Set<() => void>()
  /** Which clients may log in. */
  readonly access: SaslAccess
  readonly #violations = new Violations()
  readonly #now: () => number
  #producerIds = 0n

  constructor(options: ModelOptions) {
    const { brokers = 1, clusterId, racks, now, listeners = {}, ...others } = options
    const { transactionVersion, completionMs, fencingMs, ...settings } = others
    this.access = new SaslAccess(listeners, now)
    this.state = new ClusterState(brokers, racks, clusterId)
    this.#now = now
    const release = settings.release ?? releases[newestRelease]
    this.settings = {
      release,
      messageMaxBytes: settings.messageMaxBytes ?? release.messageMaxBytes,
      autoCreateTopics: settings.autoCreateTopics ?? false,
      justStarted: settings.justStarted ?? false,
      defaultPartitions: settings.defaultPartitions ?? 1,
      telemetry: settings.telemetry ?? null,
      versions: settings.versions ?? release.versions,
    }
    const newest = release.features['transaction.version'] ?? 0
    this.features = { transactionVersion: transactionVersion ?? newest, epoch: 1 }
    this.completionMs = completionMs ?? 0
    this.fencingMs = fencingMs ?? 0
    this.coordinators = new Coordinators(this.state)
    this.transactions = new TransactionCoordinator({
      state: this.state,
      coordinators: this.coordinators,
      groups: this.groups,
      nextProducerId: () => this.#producerIds++,
      now,
      transactionVersion: () => this.features.transactionVersion,
      completionMs: () => this.completionMs,
      fencingMs: () => this.fencingMs,
    })
  }

  /** How clients violated the protocol, in one sentence each. */
  get violations(): readonly string[] {
    return this.#violations.sentences
  }

  /** How `broker` reacts to a request of a supported API and version. */
  handle(
    broker: number,
    request: DecodedRequest,
    forced: Force = () => undefined,
    session = this.session(),
    cameAfter: CameAfter = () => true,
  ): Outcome {
    const wrote = this.transactions.advance()
    const name = request.api.name as ApiName
    const refusal = session.refusal(name, cameAfter)
    if (refusal !== null) {
      if (refusal.isFault) this.violate(broker, refusal.sentence)
      return 'close'
    }
    const question = {
      request,
      broker,
      state: this.state,
      session,
      settings: this.settings,
      coordinators: this.coordinators,
      transactions: this.transactions,
      groups: this.groups,
      features: this.features,
      now: this.#now,
      nextProducerId: () => this.#producerIds++,
      violation: (sentence: string) => this.violate(broker, sentence),
      forced,
    }
    const outcome = (answers[name] as (question: unknown) => Outcome)(question)
    if (wrote || appending.includes(name)) for (const listener of [...this.appended]) listener()
    return outcome
  }

  /** A client has connected. */
  session(): SaslSession {
    return new SaslSession(this.access, this.#now)
  }

  /** Does what has fallen due: timeouts of transactions, and their markers. */
  settle(): void {
    if (this.transactions.advance()) for (const listener of [...this.appended]) listener()
  }

  /** Stops a broker, as {@link ClusterState.stopBroker} describes. Its coordinators move as well. */
  stopBroker(id: number, failover: boolean): void {
    this.state.stopBroker(id, failover)
    this.coordinators.stopBroker(id, failover, this.#now())
  }

  /** Starts it again. */
  startBroker(id: number): void {
    this.state.startBroker(id)
    this.coordinators.startBroker(id, this.#now())
  }

  /** Gives a transactional id or a group another coordinator, which loads for so long first. */
  moveCoordinator(kind: CoordinatorKind, key: string, to: number, loadMs: number): void {
    this.coordinators.move(kind, key, to, this.#now() + loadMs)
  }

  /** Notes that a client violated the protocol with `broker`. */
  violate(broker: number, sentence: string): void {
    this.#violations.add(`broker ${broker}: ${sentence}`)
  }
}
