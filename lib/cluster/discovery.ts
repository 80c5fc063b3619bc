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

// What is known of the cluster, and the asking: one refresh of metadata from question to answer.
// Invariant: `topology` only changes by a broker's word, or to the bootstrap servers. It never chooses
// whom to ask, nor when. Owned by Cluster.

export interface DiscoveryOptions {
  /** At least one. They are the nodes -1, -2, … until a broker has told the real ones. */
  readonly bootstrap: readonly Address[]
  /** The rack of this client, where it matters who is near. */
  readonly rack?: string
  readonly metadata: MetadataOptions
  /**
   * After how long without fresh metadata the brokers are given up for the bootstrap servers. These
   * are asked too, at once, where no broker can be reached. Null: neither.
   */
  readonly rebootstrapAfterMs: number | null
  /** Who is told of refreshes and of new leaders. Absent: nobody. */
  readonly watched?: Watched
}

export interface DiscoveryEvents {
  /** Other brokers are known, or at other addresses; nobody else was told yet. */
  adopted(topology: Topology): void
  /** An answer came, or who leads a partition has changed. */
  changed(changes: Changes): void
  /** Nothing has needed these topics for long: nobody knows of them any more. */
  forgotten(topics: readonly TopicState[]): void
  /** A refresh is over. Without an error it succeeded. */
  refreshed(error: KafkaError | null): void
}

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #runtime: Runtime
  readonly #events: DiscoveryEvents
  readonly #metadata: Metadata
  readonly #topology: Topology
  #failingSince: number | null = null
  /** Since when nothing is outstanding; null while something is. */
  #restingSince: number | null = 0
  /** What was told before that is too old to place records by. */
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

  /** Whether somebody waits for a refresh, and not only time that passes calls for one. */
  get isWanted(): boolean {
    return this.#metadata.isWanted
  }

  /**
   * A topic that records can be placed in: an answer has named its partitions, and if the cluster was
   * inactive since, that answer was not older than `metadata.max.age.ms` when it woke. Else undefined.
   */
  usable(name: string): TopicState | undefined {
    const topic = this.#topology.topics.get(name)
    if (topic === undefined || topic.partitions.length === 0) return undefined
    return topic.toldAt >= this.#trustedFrom ? topic : undefined
  }

  /** Notes that a topic is in use; true when it has to be asked about for that. */
  use(topic: string): boolean {
    if (this.#metadata.use(topic, this.#runtime.clock.now())) return true
    const error = this.#topology.topics.get(topic)!.error ?? errorCodes.NONE.code
    // A stale topic is asked about anyway, and an invalid name stays one until everything is asked for
    // anew. Of another error nobody but its next user would ask.
    if (error === errorCodes.NONE.code || errorCode(error).stale) return false
    if (error === errorCodes.INVALID_TOPIC_EXCEPTION.code) return false
    return this.#metadata.again(topic)
  }

  /** Nothing is outstanding: from now on nothing is fetched, and no time counts. */
  rest(): void {
    this.#restingSince = this.#runtime.clock.now()
  }

  /**
   * Something is outstanding again. What is known may be of any age. If it is too old, topics that were
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

  /** Asks for a refresh of everything, as soon as the backoff allows. */
  request(): void {
    this.#metadata.request()
  }

  /** A connection was lost: what is known may be stale, and a refresh that was due has failed. */
  connectionLost(): void {
    const now = this.#runtime.clock.now()
    if (this.#restingSince === null && this.dueAt <= now) this.#failed(now)
    this.#metadata.request()
  }

  /** Takes a broker's word on new leaders, where it is newer than what is known. */
  hint(hints: readonly LeaderHint[], endpoints: readonly Broker[]): void {
    const changes = this.#topology.hint(hints, endpoints)
    if (changes.hasNews) this.#adopt(changes)
  }

  /** A broker named another one. */
  learn(broker: Broker): void {
    const changes = this.#topology.learn(broker)
    if (changes.hasNews) this.#adopt(changes)
  }

  /** Asks; the connection has to have a slot, and a refresh has to be due. */
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

  /** Has the bootstrap servers asked too, for no broker can be reached. */
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

  /** A broker says that it is another than the one it was taken for: so may all others be. */
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
      this.#failed(now)
      if (mustRebootstrap && this.#options.rebootstrapAfterMs !== null) this.#rebootstrap(now)
    }
    this.#events.refreshed(null)
  }

  #merge({ partial }: Refresh, description: Description, now: number): void {
    const changes = this.#topology.tell(description, now)
    this.#metadata.answered(now, changes.hasNews)
    this.#failingSince = null
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
