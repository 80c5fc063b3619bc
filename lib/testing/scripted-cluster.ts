// What a test tells a cluster, and learns of it, alike in real and in virtual time: its topics, its
// faults, its leaders, and what clients asked of it. The model owns the truth, and the clusters on
// top of this (mock-cluster.ts, simulated-cluster.ts) the network and the time it is asked in.

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

/** A cluster that does what a test has scripted. */
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

  /** For `bootstrap.servers`: the addresses of all brokers, `host:port`, separated by commas. */
  get bootstrapServers(): string {
    return this.#model.state.brokers.map(({ host, port }) => `${host}:${port}`).join()
  }

  /**
   * What a client's configuration needs to speak to this cluster: the security protocol, the certificate to
   * trust, and if clients have to show one, a certificate of their own. A login is not among them.
   *
   * ```ts
   * toKafka({ 'bootstrap.servers': cluster.bootstrapServers, ...cluster.clientSettings })
   * ```
   */
  get clientSettings(): MockClientSettings {
    return clientSettings(this.#listeners)
  }

  /**
   * The requests that came, oldest first, decoded; the last {@link MockClusterOptions.requestsMax}
   * of them at most, and at most 64 MiB. Requests that could not be decoded are `violations`.
   */
  get requests(): readonly MockRequest[] {
    return this.#log.requests
  }

  /**
   * Where a client broke the protocol: a sentence each, for the first thousand times; one more counts
   * the others. Empty is what a test wants to see.
   */
  get violations(): readonly string[] {
    return this.#model.violations
  }

  /** Creates a topic. Throws a RangeError where it exists, or its name is none for a topic. */
  createTopic(name: string, settings: TopicSettings = {}): void {
    this.#model.state.createTopic(name, settings)
  }

  /** Deletes a topic with all its records. Created again, it has another topic id. */
  deleteTopic(name: string): void {
    this.#model.state.deleteTopic(name)
  }

  /**
   * Gives a topic so many more partitions, empty and led in turn by the brokers. Throws a RangeError
   * where there is no such topic, or `count` is no number of partitions.
   */
  addPartitions(topic: string, count: number): void {
    this.#model.state.addPartitions(topic, count)
  }

  /**
   * The brokers forget all producers of a partition, of a topic, or of everything, as they do after
   * `producer.id.expiration.ms`. From a producer that they do not know they take any first number.
   * Throws a RangeError where there is no such topic or partition.
   */
  forgetProducers(topic?: string, partition?: number): void {
    this.#model.state.forgetProducers(topic, partition)
  }

  /**
   * Scripts a fault: which requests, then, on what it returns, what goes wrong with them.
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

  /** Takes back all faults that were scripted. */
  clearFaults(): void {
    this.#script.clear()
  }

  /** From now on these may log in: passwords by user name. Sessions that have begun go on. */
  setUsers(users: Readonly<Record<string, string>>): void {
    this.#model.access.setUsers(users)
  }

  /** From now on these tokens of OAUTHBEARER are good. Sessions that have begun go on. */
  setTokens(tokens: readonly string[] | TokenCheck): void {
    this.#model.access.setTokens(tokens)
  }

  /** How long sessions last that begin from now on, in milliseconds; 0: for ever. */
  setSessionLifetime(ms: number): void {
    this.#model.access.sessionLifetimeMs = ms
  }

  /** Makes `broker` lead the partition, under the next leader epoch. -1: nobody leads it. */
  moveLeader(topic: string, partition: number, broker: number): void {
    this.#model.state.moveLeader(topic, partition, broker)
  }

  /**
   * Deletes a partition's records below the offset `before` (-1: all there are), as DeleteRecords and
   * retention do: its log begins there. Throws a RangeError where the log has not come so far.
   */
  deleteRecords(topic: string, partition: number, before: number): void {
    this.#model.state.partition(topic, partition).log.deleteBefore(before)
  }

  /** The broker that leads the partition; -1 where nobody does. */
  leaderOf(topic: string, partition: number): number {
    return this.#model.state.partition(topic, partition).leader
  }

  /**
   * The records of a topic that a reader with `isolation.level=read_committed` gets, partition by
   * partition: none of a transaction that was aborted, and none behind one that is open.
   */
  committedRecords(topic: string): MockRecord[] {
    this.#model.settle()
    const partitions = this.#model.state.topic(topic)?.partitions
    if (!partitions) throw new RangeError(`no topic ${topic}`)
    return partitions.flatMap(({ index, log }) =>
      [...log.committed()].map((record) => new MockRecord(index, record)),
    )
  }

  /** The offsets that a group has committed, those of open transactions left out. */
  committedOffsets(group: string): readonly CommittedOffset[] {
    this.#model.settle()
    return this.#model.groups.committed(group)
  }

  /** What the coordinator knows of a transactional id; undefined if it has never been used. */
  transaction(transactionalId: string): TransactionDescription | undefined {
    this.#model.settle()
    return described(this.#model.transactions.entry(transactionalId))
  }

  /**
   * Another producer begins with this transactional id: the one that has it is fenced, and its open
   * transaction is aborted.
   */
  fenceProducer(transactionalId: string): void {
    this.#model.settle()
    const { transactions } = this.#model
    const timeoutMs = transactions.entry(transactionalId)?.timeoutMs ?? 60_000
    const answer = transactions.begin(transactionalId, timeoutMs, null)
    // The open transaction is aborted first; the epoch that follows is the fence.
    if (answer !== 'CONCURRENT_TRANSACTIONS') return
    transactions.hasten(transactionalId)
    transactions.begin(transactionalId, timeoutMs, null)
  }

  /** Says who is in a group, and may commit for it; null: nobody, as at first. */
  defineGroup(group: string, settings: GroupSettings | null): void {
    this.#model.groups.define(group, settings)
  }

  /** The broker that coordinates a transactional id or a group; -1 if there is none. */
  coordinatorOf(kind: CoordinatorKind, key: string): number {
    return this.#model.coordinators.of(kind, key)
  }

  /**
   * Makes `broker` coordinate a transactional id or a group (-1: nobody does). For `loadMs` it answers
   * COORDINATOR_LOAD_IN_PROGRESS; the others answer NOT_COORDINATOR.
   */
  moveCoordinator(kind: CoordinatorKind, key: string, broker: number, { loadMs = 0 } = {}): void {
    this.#model.settle()
    this.#model.moveCoordinator(kind, key, broker, loadMs)
  }

  /**
   * Transactions that end from now on are completed so many milliseconds later: until then the next one
   * of the same producer meets CONCURRENT_TRANSACTIONS. Default 0.
   */
  completeTransactionsAfter(ms: number): void {
    this.#model.completionMs = ms
  }

  /**
   * Changes the finalised level of `transaction.version`: 2 is TV2 (KIP-890), 0 and 1 are TV1. Clients
   * learn of it with their next connection.
   */
  setTransactionVersion(level: 0 | 1 | 2): void {
    this.#model.features.transactionVersion = level
    this.#model.features.epoch += 1
  }

  /** The broker goes on telling what it knows now of who leads what, until {@link thawView}. */
  freezeView(broker: number): void {
    this.#model.state.freezeView(broker)
  }

  /** The broker tells the truth again. */
  thawView(broker: number): void {
    this.#model.state.thawView(broker)
  }
}
