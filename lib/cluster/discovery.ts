import { errorCode, errorCodes } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { ResponseOf } from '../protocol/message.ts'
import { Metadata as MetadataApi } from '../protocol/messages/metadata.ts'
import type { Address, Runtime } from '../runtime.ts'
import type { Connection } from '../wire/connection.ts'
import { describe, metadataRequest } from './description.ts'
import { leaderChanges } from './leader-changes.ts'
import { Metadata, type MetadataOptions, type Refresh } from './metadata.ts'
import { type Broker, type Description, type LeaderHint, Topology } from './topology.ts'

// What is known of the cluster, and the asking: one refresh of metadata from question to answer.
// Invariant: `topology` is only ever replaced by one that a broker's word led to, or by the bootstrap
// servers. It never chooses whom to ask, nor when. Owned by Cluster.

export interface DiscoveryOptions {
  /** At least one. They are the nodes -1, -2, … until a broker has told the real ones. */
  readonly bootstrap: readonly Address[]
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
  /** There is a new topology; nobody else was told yet. */
  adopted(topology: Topology): void
  /** An answer spoke of these topics, or who leads their partitions has changed. */
  changed(topics: ReadonlySet<string>): void
  /** A refresh is over. Without an error it succeeded. */
  refreshed(error: KafkaError | null): void
}

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #runtime: Runtime
  readonly #events: DiscoveryEvents
  readonly #metadata: Metadata
  #topology: Topology
  #failingSince: number | null = null

  constructor(options: DiscoveryOptions, runtime: Runtime, events: DiscoveryEvents) {
    this.#options = options
    this.#runtime = runtime
    this.#events = events
    this.#metadata = new Metadata(options.metadata, runtime.random)
    this.#topology = Topology.bootstrap(options.bootstrap)
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

  /** Notes that a topic is in use; true when it has to be asked about for that. */
  use(topic: string): boolean {
    if (this.#metadata.use(topic, this.#runtime.clock.now())) return true
    const error = this.#topology.topics.get(topic)?.error ?? errorCodes.NONE.code
    // A stale topic is asked about anyway, and an invalid name stays one until everything is asked for
    // anew. Of another error nobody but its next user would ask.
    if (error === errorCodes.NONE.code || errorCode(error).stale) return false
    if (error === errorCodes.INVALID_TOPIC_EXCEPTION.code) return false
    return this.#metadata.again(topic)
  }

  /** Asks for a refresh of everything, as soon as the backoff allows. */
  request(): void {
    this.#metadata.request()
  }

  /** A connection was lost: what is known may be stale, and a refresh that was due has failed. */
  connectionLost(): void {
    const now = this.#runtime.clock.now()
    if (this.dueAt <= now) this.#failed(now)
    this.#metadata.request()
  }

  /** Takes a broker's word on new leaders, where it is newer than what is known. */
  hint(hints: readonly LeaderHint[], endpoints: readonly Broker[]): void {
    const topology = this.#topology.hinted(hints, endpoints)
    if (topology === this.#topology) return
    this.#adopt(topology)
    this.#events.changed(new Set(hints.map(({ topic }) => topic)))
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
    this.#adopt(this.#topology.withBootstrap(this.#options.bootstrap))
  }

  /** Starts again from the bootstrap servers alone if refreshes have failed for too long. */
  rebootstrapIfStuck(now: number): void {
    const limit = this.#options.rebootstrapAfterMs
    const since = this.#failingSince
    if (limit !== null && since !== null && now - since >= limit) this.#rebootstrap(now)
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
    const before = this.#topology
    const merged = before.with(description)
    this.#metadata.answered(now, !merged.equals(before))
    this.#failingSince = null
    if (description.topics.some(({ name }) => merged.isStale(name))) this.#metadata.request()
    this.#adopt(partial ? merged : merged.retain((topic) => this.#metadata.tracks(topic)))
    const told = description.topics.map(({ name }) => name)
    const touched = merged.sameBrokers(before) ? told : [...told, ...merged.topics.keys()]
    this.#events.changed(new Set(touched))
  }

  #failed(now: number): void {
    this.#failingSince ??= now
    this.#metadata.failed(now)
  }

  #rebootstrap(now: number): void {
    this.#failingSince = now
    this.#metadata.request()
    this.#adopt(this.#topology.rebootstrapped(this.#options.bootstrap))
  }

  #adopt(topology: Topology): void {
    const observer = this.#options.watched?.observer ?? null
    if (observer !== null) {
      leaderChanges(this.#topology, topology, (...change) => observer.leaderChanged(...change))
    }
    this.#topology = topology
    this.#events.adopted(topology)
  }
}
