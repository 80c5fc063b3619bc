// What a test tells a cluster, and learns of it, alike in real and in virtual time: its topics, its
// faults, its leaders, and what clients asked of it. The model owns the truth, and the clusters on
// top of this (mock-cluster.ts, simulated-cluster.ts) the network and the time it is asked in.

import { BrokerModel } from './broker-model.ts'
import type { TopicSettings } from './cluster-state.ts'
import { Exchange } from './exchange.ts'
import { type Fault, type FaultFilter, FaultScript } from './fault-script.ts'
import { checkName, checkObject, type NamesOf } from './known-names.ts'
import type { MockClusterOptions } from './mock-cluster.ts'
import { newestRelease, type Release, releases } from './releases.ts'
import { RequestLog } from './request-log.ts'
import type { TokenCheck } from './sasl-access.ts'
import { type ApiName, type MockRequest, servedApis } from './served-apis.ts'

/** A cluster that does what a test has scripted. */
export abstract class ScriptedCluster {
  readonly #model: BrokerModel
  readonly #script: FaultScript
  readonly #log: RequestLog

  constructor({ model, script, log }: ClusterParts) {
    this.#model = model
    this.#script = script
    this.#log = log
  }

  /** For `bootstrap.servers`: the addresses of all brokers, `host:port`, separated by commas. */
  get bootstrapServers(): string {
    return this.#model.state.brokers.map(({ host, port }) => `${host}:${port}`).join()
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

  /** The broker goes on telling what it knows now of who leads what, until {@link thawView}. */
  freezeView(broker: number): void {
    this.#model.state.freezeView(broker)
  }

  /** The broker tells the truth again. */
  thawView(broker: number): void {
    this.#model.state.thawView(broker)
  }
}

/** What a cluster is made of. */
export interface ClusterParts {
  readonly model: BrokerModel
  readonly script: FaultScript
  readonly log: RequestLog
  readonly exchange: Exchange
}

/** The names of {@link MockClusterOptions}. */
export const clusterOptions: NamesOf<MockClusterOptions> = {
  brokers: true,
  clusterId: true,
  racks: true,
  topics: true,
  autoCreateTopics: true,
  defaultPartitions: true,
  messageMaxBytes: true,
  version: true,
  versions: true,
  justStarted: true,
  requestsMax: true,
  listeners: true,
}

/** Connects them; the topics that there are from the start are made. `now` is the model's. */
export function partsOf(options: MockClusterOptions, now: () => number): ClusterParts {
  const { topics = {}, requestsMax = 10_000 } = options
  checkObject('the topics of a cluster', topics, '{ orders: { partitions: 3 } }')
  for (const api in options.versions) checkName('the APIs of a broker', api, servedApis)
  const { version = newestRelease } = options
  checkName('the releases of Kafka that a cluster can be like', version, releases)
  const release = releases[version]
  const versions = versionsOf(release, options.versions)
  const model = new BrokerModel({ ...options, release, versions, now })
  for (const [name, settings] of Object.entries(topics)) model.state.createTopic(name, settings)
  const script = new FaultScript()
  const log = new RequestLog(requestsMax)
  return { model, script, log, exchange: new Exchange(model, script, log) }
}

/** Those of the release, but for the APIs that were given others. */
function versionsOf(
  release: Release,
  given: MockClusterOptions['versions'] = {},
): Release['versions'] {
  const named = Object.entries(given).filter(([, range]) => range !== undefined)
  return { ...release.versions, ...Object.fromEntries(named) }
}
