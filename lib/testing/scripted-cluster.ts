// How a test controls and observes a cluster, in real and in virtual time: its topics, its faults, its
// leaders, and the requests of clients. The model owns the state; the clusters on top of this
// (mock-cluster.ts, simulated-cluster.ts) own the network and the time.

import type { BrokerModel } from './broker-model.ts'
import type { ClusterParts } from './cluster-parts.ts'
import type { TopicSettings } from './cluster-state.ts'
import type { CoordinatorKind } from './coordinators.ts'
import type { Fault, FaultFilter, FaultScript } from './fault-script.ts'
import type { CommittedOffset, GroupSettings } from './group-offsets.ts'
import { clientSettings, type MockClientSettings } from './listener-tls.ts'
import type { MockClusterOptions } from './mock-cluster.ts'
import { MockRecord } from './mock-record.ts'
import type { RequestLog } from './request-log.ts'
import type { MockListeners, TokenCheck } from './sasl-access.ts'
import type { ApiName, MockRequest } from './served-apis.ts'
import { described, type TransactionDescription } from './transaction-states.ts'

/** A cluster that a test controls. */
export abstract class ScriptedCluster {
  readonly #model: BrokerModel
  readonly #script: FaultScript
  readonly #log: RequestLog
  readonly #listeners: MockListeners

  constructor({ model, script, log, listeners }: ClusterParts) {
    this.#model = model
    this.#script = script
    this.#log = log
    this.#listeners = listeners
  }

  /** The value for `bootstrap.servers`: the addresses of all brokers. */
  get bootstrapServers(): string {
    return this.#model.state.brokers.map(({ host, port }) => `${host}:${port}`).join()
  }

  /**
   * The settings that a client needs to connect: the security protocol, the certificate to trust, and a client
   * certificate if it is required. Credentials are not included.
   *
   * ```ts
   * toKafka({ 'bootstrap.servers': cluster.bootstrapServers, ...cluster.clientSettings })
   * ```
   */
  get clientSettings(): MockClientSettings {
    return clientSettings(this.#listeners)
  }

  /**
   * The decoded requests, oldest first: the last {@link MockClusterOptions.requestsMax} of them, and at most
   * 64 MiB. Requests that could not be decoded are in `violations`.
   */
  get requests(): readonly MockRequest[] {
    return this.#log.requests
  }

  /**
   * How clients violated the protocol: one sentence for each of the first thousand violations, and one that counts
   * the others. A test should expect this to be empty.
   */
  get violations(): readonly string[] {
    return this.#model.violations
  }

  /** Creates a topic. Throws a RangeError if it exists, or if the name is invalid. */
  createTopic(name: string, settings: TopicSettings = {}): void {
    this.#model.state.createTopic(name, settings)
  }

  /** Deletes a topic with all its records. If it is created again, it has a new topic id. */
  deleteTopic(name: string): void {
    this.#model.state.deleteTopic(name)
  }

  /**
   * Adds `count` empty partitions to a topic, with the brokers as leaders in turn. Throws a RangeError if the topic
   * does not exist, or `count` is invalid.
   */
  addPartitions(topic: string, count: number): void {
    this.#model.state.addPartitions(topic, count)
  }

  /**
   * Makes the brokers forget all producers of a partition, of a topic, or of all topics, as after
   * `producer.id.expiration.ms`. They accept any first sequence number from an unknown producer. Throws a RangeError
   * if the topic or partition does not exist.
   */
  forgetProducers(topic?: string, partition?: number): void {
    this.#model.state.forgetProducers(topic, partition)
  }

  /**
   * Scripts a fault. The arguments select the requests; the methods of the returned fault say how they fail.
   *
   * ```ts
   * cluster.on('Produce', { nth: 3, broker: 1 }).closeAfterAppend()
   * cluster.on('Produce', { topic: 'orders', partition: 0, times: 2 }).reply('NOT_LEADER_OR_FOLLOWER')
   * cluster.on('Metadata').delay(50)
   * ```
   *
   * All faults that a request meets take effect, in the order in which they were scripted. Throws a
   * RangeError where none ever would: for an API, a filter or a broker that there is not.
   */
  on(api: ApiName, filter: FaultFilter = {}): Fault {
    const fault = this.#script.on(api, filter)
    if (filter.broker !== undefined) this.#model.state.broker(filter.broker)
    return fault
  }

  /** Ends all faults. */
  clearFaults(): void {
    this.#script.clear()
  }

  /** Sets the users, as passwords by user name. Sessions that have begun are not affected. */
  setUsers(users: Readonly<Record<string, string>>): void {
    this.#model.access.setUsers(users)
  }

  /** Sets the valid OAUTHBEARER tokens. Sessions that have begun are not affected. */
  setTokens(tokens: readonly string[] | TokenCheck): void {
    this.#model.access.setTokens(tokens)
  }

  /** Sets how long new sessions last, in milliseconds. 0: forever. */
  setSessionLifetime(ms: number): void {
    this.#model.access.sessionLifetimeMs = ms
  }

  /** Makes `broker` the partition's leader, with the next leader epoch. -1: no leader. */
  moveLeader(topic: string, partition: number, broker: number): void {
    this.#model.state.moveLeader(topic, partition, broker)
  }

  /**
   * Deletes a partition's records below the offset `before` (-1: all records), like DeleteRecords and retention.
   * Throws a RangeError if `before` is beyond the end of the log.
   */
  deleteRecords(topic: string, partition: number, before: number): void {
    this.#model.state.partition(topic, partition).log.deleteBefore(before)
  }

  /** Returns the id of the partition's leader; -1 if it has none. */
  leaderOf(topic: string, partition: number): number {
    return this.#model.state.partition(topic, partition).leader
  }

  /**
   * Returns the records that a consumer with `isolation.level=read_committed` gets, partition by partition: no
   * records of aborted transactions, and none after the first open transaction.
   */
  committedRecords(topic: string): MockRecord[] {
    this.#model.settle()
    const partitions = this.#model.state.topic(topic)?.partitions
    if (!partitions) throw new RangeError(`there is no topic ${topic}`)
    return partitions.flatMap(({ index, log }) =>
      [...log.committed()].map((record) => new MockRecord(index, record)),
    )
  }

  /** Returns the offsets that a group has committed, without those of open transactions. */
  committedOffsets(group: string): readonly CommittedOffset[] {
    this.#model.settle()
    return this.#model.groups.committed(group)
  }

  /** Returns the coordinator's state of a transactional id; undefined if the id has never been used. */
  transaction(transactionalId: string): TransactionDescription | undefined {
    this.#model.settle()
    return described(this.#model.transactions.entry(transactionalId))
  }

  /**
   * Starts another producer with this transactional id: the current one is fenced, and its open transaction is
   * aborted. Returns whether that is done: after {@link fenceTransactionsAfter}, the other producer is told to
   * wait, and asks again with the next call.
   */
  fenceProducer(transactionalId: string): boolean {
    this.#model.settle()
    const { transactions } = this.#model
    const timeoutMs = transactions.entry(transactionalId)?.timeoutMs ?? 60_000
    const answer = transactions.begin(transactionalId, timeoutMs, null)
    // The open transaction is aborted first; the next epoch is the fence.
    if (answer !== 'CONCURRENT_TRANSACTIONS') return true
    if (this.#model.fencingMs > 0) return false
    transactions.hasten(transactionalId)
    transactions.begin(transactionalId, timeoutMs, null)
    return true
  }

  /** Sets the members of a group, who may commit for it. null: no members, as at the start. */
  defineGroup(group: string, settings: GroupSettings | null): void {
    this.#model.groups.define(group, settings)
  }

  /** Returns the coordinator of a transactional id or a group; -1 if there is none. */
  coordinatorOf(kind: CoordinatorKind, key: string): number {
    return this.#model.coordinators.of(kind, key)
  }

  /**
   * Makes `broker` the coordinator of a transactional id or a group (-1: none). For `loadMs` it answers
   * COORDINATOR_LOAD_IN_PROGRESS. The other brokers answer NOT_COORDINATOR.
   */
  moveCoordinator(kind: CoordinatorKind, key: string, broker: number, { loadMs = 0 } = {}): void {
    this.#model.settle()
    this.#model.moveCoordinator(kind, key, broker, loadMs)
  }

  /**
   * Delays the completion of transactions that end from now on. Until a transaction is complete, the next one of
   * the same producer gets CONCURRENT_TRANSACTIONS. Default 0.
   */
  completeTransactionsAfter(ms: number): void {
    this.#model.completionMs = ms
  }

  /**
   * Delays the abort of a transaction whose producer is fenced: from the next producer's InitProducerId on, a
   * commit gets UNKNOWN_SERVER_ERROR, as from Kafka, where this takes microseconds. Default 0.
   */
  fenceTransactionsAfter(ms: number): void {
    this.#model.fencingMs = ms
  }

  /**
   * Changes the finalized level of `transaction.version`: 2 is TV2 (KIP-890), 0 and 1 are TV1. Clients see it with
   * their next connection.
   */
  setTransactionVersion(level: 0 | 1 | 2): void {
    this.#model.features.transactionVersion = level
    this.#model.features.epoch += 1
  }

  /** Makes the broker's Metadata answers keep the current leaders, until {@link thawView}. */
  freezeView(broker: number): void {
    this.#model.state.freezeView(broker)
  }

  /** Ends {@link freezeView}. */
  thawView(broker: number): void {
    this.#model.state.thawView(broker)
  }
}
