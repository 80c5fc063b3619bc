import { errorCode, errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { ResponseOf } from '../protocol/message.ts'
import { Metadata as MetadataApi } from '../protocol/messages/metadata.ts'
import type { Address, Runtime } from '../runtime.ts'
import type { TopicState } from '../topics/topic-state.ts'
import { TopicTable } from '../topics/topic-table.ts'
import type { Connection } from '../wire/connection.ts'
import type { Changes } from './changes.ts'
import { describe, metadataRequest } from './description.ts'
import { Metadata, type MetadataOptions, type Refresh } from './metadata.ts'
import type { Broker, Description, LeaderHint } from './told.ts'
import { Topology } from './topology.ts'

// What is known of the cluster, and one refresh of metadata from request to answer.
//
// Invariant: `topology` changes only by a broker's answer, or to the bootstrap servers. This class does not
// choose which broker to ask, or when. Owned by Cluster.

export interface DiscoveryOptions {
  /** At least one. They are the nodes -1, -2, … until a broker has named the real ones. */
  readonly bootstrap: readonly Address[]
  /** The rack of this client, if near brokers are preferred. */
  readonly rack?: string
  readonly metadata: MetadataOptions
  /**
   * After how long without fresh metadata the brokers are replaced by the bootstrap servers. These are also
   * asked, at once, if no broker can be reached. Null: neither.
   */
  readonly rebootstrapAfterMs: number | null
  /** The observer of refreshes and of new leaders, if there is one. */
  readonly watched?: Watched
}

export interface DiscoveryEvents {
  /** Other brokers, or other addresses, are known; the caller tells everyone else. */
  adopted(topology: Topology): void
  /** An answer came, or a partition's leader has changed. */
  changed(changes: Changes): void
  /** These topics were not used for a long time, and are forgotten. */
  forgotten(topics: readonly TopicState[]): void
  /** A refresh has ended. Without an error it succeeded. */
  refreshed(error: KafkaError | null): void
}

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #runtime: Runtime
  readonly #events: DiscoveryEvents
  readonly #metadata: Metadata
  readonly #topology: Topology
  #failingSince: number | null = null
  /** Since `#failingSince`, a broker has answered a refresh without naming any broker. */
  #toldNothing = false
  /** Since when nothing is outstanding; null while something is. */
  #restingSince: number | null = 0
  /** Topics whose metadata is too old to place records by. */
  #trustedFrom = Number.NEGATIVE_INFINITY

  constructor(options: DiscoveryOptions, runtime: Runtime, events: DiscoveryEvents) {
    this.#options = options
    this.#runtime = runtime
    this.#events = events
    const topics = new TopicTable(runtime.clock)
    this.#metadata = new Metadata(options.metadata, runtime.random, topics)
    this.#topology = new Topology(options.bootstrap, topics, options.rack)
  }

  get topology(): Topology {
    return this.#topology
  }

  /** When the next refresh may begin. */
  get dueAt(): number {
    return this.#metadata.dueAt()
  }

  /** Whether a caller waits for a refresh; otherwise only its age calls for one. */
  get isWanted(): boolean {
    return this.#metadata.isWanted
  }

  /**
   * A topic in which records can be placed: an answer has named its partitions, and if the cluster was
   * inactive since, that answer was not older than `metadata.max.age.ms` when it woke. Otherwise undefined.
   */
  usable(name: string): TopicState | undefined {
    const topic = this.#topology.topics.get(name)
    if (topic === undefined || topic.partitions.length === 0) return undefined
    return topic.toldAt >= this.#trustedFrom ? topic : undefined
  }

  /** Notes that a topic is in use; true if it must be requested for that. */
  use(topic: string): boolean {
    if (this.#metadata.use(topic, this.#runtime.clock.now())) return true
    const error = this.#topology.topics.get(topic)!.error ?? errorCodes.NONE.code
    // A topic with a retriable error is requested anyway, and an invalid name stays invalid until everything
    // is requested again. With any other error, only the topic's next user would request it.
    if (error === errorCodes.NONE.code || errorCode(error).retriable) return false
    if (error === errorCodes.INVALID_TOPIC_EXCEPTION.code) return false
    return this.#metadata.again(topic)
  }

  /**
   * Nothing is outstanding: from now on nothing is fetched, and no time counts. If a broker `isConnected`, the next
   * refresh could have succeeded, so the failures before it are over, too, unless one of them was an answer without brokers.
   */
  rest(isConnected: boolean): void {
    this.#restingSince = this.#runtime.clock.now()
    if (isConnected && !this.#toldNothing) this.#failingSince = null
  }

  /**
   * Something is outstanding again, and the metadata may be of any age. If it is too old, topics that were
   * idle for too long are forgotten, and all others count as unknown until the next answer.
   */
  wake(): void {
    const now = this.#runtime.clock.now()
    if (this.#failingSince !== null) this.#failingSince += now - (this.#restingSince ?? now)
    this.#restingSince = null
    if (!this.#metadata.woken(now)) return
    this.#trustedFrom = now
    this.#forgetIdle(now)
  }

  /** Requests a refresh of everything, as soon as the backoff allows. */
  request(): void {
    this.#metadata.request()
  }

  /** A connection was lost: the metadata may be stale, and a refresh that was in flight has failed. */
  connectionLost(): void {
    const now = this.#runtime.clock.now()
    if (this.#restingSince === null && this.dueAt <= now) this.#failed(now)
    this.#metadata.request()
  }

  /** Applies a broker's hints about new leaders, if they are newer than what is known. */
  hint(hints: readonly LeaderHint[], endpoints: readonly Broker[]): void {
    const changes = this.#topology.hint(hints, endpoints)
    if (changes.hasNews) this.#adopt(changes)
  }

  /** A broker named another one. */
  learn(broker: Broker): void {
    const changes = this.#topology.learn(broker)
    if (changes.hasNews) this.#adopt(changes)
  }

  /** Sends the request; the connection must have a slot, and a refresh must be due. */
  refresh(connection: Connection, now: number): void {
    const refresh = this.#metadata.begin(now)
    const version = connection.version(MetadataApi)
    connection.send(MetadataApi, metadataRequest(refresh), {
      answered: (answer) => this.#answered(refresh, version, answer),
      failed: (error) => {
        this.#failed(this.#runtime.clock.now())
        this.#events.refreshed(error)
      },
    })
  }

  /** Has the bootstrap servers asked too, because no broker can be reached. */
  askBootstrapToo(): void {
    if (this.#options.rebootstrapAfterMs === null || this.#topology.hasBootstrap) return
    this.#adopt(this.#topology.askBootstrapToo(this.#options.bootstrap))
  }

  /** Starts again from the bootstrap servers alone if refreshes have failed for too long. */
  rebootstrapIfStuck(now: number): void {
    const limit = this.#options.rebootstrapAfterMs
    const since = this.#failingSince
    if (limit !== null && since !== null && now - since >= limit) this.#rebootstrap(now)
  }

  /** A broker says that it is another one than expected: the others may be, too. */
  rebootstrapNow(): void {
    if (this.#options.rebootstrapAfterMs !== null) this.#rebootstrap(this.#runtime.clock.now())
  }

  #answered(refresh: Refresh, version: number, answer: ResponseOf<typeof MetadataApi>): void {
    const now = this.#runtime.clock.now()
    const mustRebootstrap = answer.errorCode === errorCodes.REBOOTSTRAP_REQUIRED.code
    const description = describe(answer, version, refresh.topics)
    if (!mustRebootstrap && description.brokers.length > 0) {
      this.#merge(refresh, description, now)
      this.#options.watched?.observer?.refreshed()
    } else {
      this.#toldNothing = true
      this.#failed(now)
      if (mustRebootstrap && this.#options.rebootstrapAfterMs !== null) this.#rebootstrap(now)
    }
    this.#events.refreshed(null)
  }

  #merge({ partial }: Refresh, description: Description, now: number): void {
    const changes = this.#topology.tell(description, now)
    this.#metadata.answered(now, changes.hasNews)
    this.#failingSince = null
    this.#toldNothing = false
    if (changes.isStale) this.#metadata.request()
    if (!partial) this.#forgetIdle(now)
    this.#adopt(changes)
  }

  #forgetIdle(now: number): void {
    const idle = this.#metadata.idle(now)
    if (idle.length === 0) return
    for (const topic of idle) this.#topology.forget(topic)
    this.#events.forgotten(idle)
  }

  #failed(now: number): void {
    this.#failingSince ??= now
    this.#metadata.failed(now)
  }

  #rebootstrap(now: number): void {
    this.#failingSince = now
    this.#toldNothing = false
    this.#metadata.request()
    this.#adopt(this.#topology.rebootstrap(this.#options.bootstrap))
  }

  #adopt(changes: Changes): void {
    const observer = this.#options.watched?.observer ?? null
    if (observer !== null) {
      for (const { partition, from } of changes.led) {
        observer.leaderChanged(partition.topic, partition.partition, from, partition.leader)
      }
    }
    if (changes.brokers) this.#events.adopted(this.#topology)
    this.#events.changed(changes)
  }
}
