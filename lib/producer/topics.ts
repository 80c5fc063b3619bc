import type { Changes } from '../cluster/changes.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import type { TopicDirectory, TopicPlace, TopicRefusal } from '../stages/partition.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import { Place, type PlaceOptions } from './place.ts'

// What the partition stage may know about topics, from the cluster's metadata.
//
// Invariant: a topic's place is one object until the topic is forgotten, so its sticky choice survives
// every refresh; its partitions are those of the last answer. A topic with an error, or with metadata that
// is too old, has no place: its records wait, as for a new one. `find` is called for every record: if the
// topic is the same as the last time, that is one comparison.

/** The settings of our own choice; none with a user's partitioner, as in Java. */
export function choosing(settings: Settings): Pick<PlaceOptions, 'adaptive' | 'rackAware'> {
  const isOurs = settings.partitioner === null
  return {
    adaptive: settings.partitionerAdaptive && isOurs,
    rackAware: settings.partitionerRackAware && isOurs,
  }
}

export class Topics implements TopicDirectory {
  #cluster: Cluster
  #options: PlaceOptions
  #watchers: Parameters<TopicDirectory['watch']>[0][] = []
  /** Topics that this turn's answer refuses, until the records that waited for it have been told. */
  #refused = new Set<string>()
  #lastTopic: string | null = null
  #lastPlace: Place | null = null
  #slowNodes: () => ReadonlySet<number> = () => none
  /** The producer is closing, and has waited long enough for metadata. */
  #isEnding = false
  /** Some records that waited for an answer have not been placed yet. */
  #isServing = false

  constructor(cluster: Cluster, options: PlaceOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Nodes that records without a key avoid. */
  get avoided(): ReadonlySet<number> {
    return this.#slowNodes()
  }

  /** Brokers whose partitions are preferred; none if racks do not count. */
  get nearby(): ReadonlySet<number> {
    return this.#options.rackAware === true ? this.#cluster.topology.nearby : none
  }

  /** Has records without a key avoid these nodes; another object whenever they change. */
  avoid(slowNodes: () => ReadonlySet<number>): void {
    this.#slowNodes = slowNodes
  }

  /** The number of a partition's waiting batches has changed by one. */
  waiting({ of, partition }: PartitionState, change: 1 | -1): void {
    const place = of.placement as Place | null
    place?.load?.changed(partition, change)
  }

  find(topic: string): TopicPlace | null {
    if (topic === this.#lastTopic) return this.#lastPlace
    const known = this.#cluster.usable(topic)
    if (known === undefined && invalidName(topic) !== null) return null
    if (!this.#refused.has(topic)) this.#cluster.use(topic)
    if (known === undefined) return null
    this.#lastTopic = topic
    this.#lastPlace = this.#placeOf(known)
    return this.#lastPlace
  }

  hold(topic: string): void {
    this.#cluster.topics.of(topic).hold()
  }

  release(topic: string): void {
    this.#cluster.topics.of(topic).release()
  }

  refusal(topic: string): TopicRefusal | null {
    const flaw = invalidName(topic)
    if (flaw !== null) {
      const cause = new BrokerError(17, { request: `topic ${JSON.stringify(topic)}`, detail: flaw })
      return { code: 'INVALID_TOPIC_EXCEPTION', cause }
    }
    const isAnswered = this.#cluster.topicOf(topic) !== undefined
    if (this.#isEnding && (isAnswered || this.#cluster.lastError !== null)) {
      return { code: 'CLOSED', cause: this.lastError(topic) }
    }
    const error = this.#errorOf(topic)
    if (error === null || error.retriable) return null
    // As in Java, an invalid name stays invalid. The next answer may grant anything else, so a refusal
    // counts for the records that waited for it; for later records the topic is requested again.
    const counts = error.code === 'INVALID_TOPIC_EXCEPTION' || this.#refused.has(topic)
    return counts ? { code: error.code, cause: error } : null
  }

  lastError(topic: string): unknown {
    return this.#errorOf(topic) ?? this.#cluster.lastError ?? undefined
  }

  outgrown(): void {
    this.#cluster.requestUpdate()
  }

  serving(isLeft: boolean): void {
    this.#isServing = isLeft
  }

  watch(changed: Parameters<TopicDirectory['watch']>[0]): void {
    this.#watchers.push(changed)
  }

  /**
   * From now on, no record waits for metadata that no answer has brought, or that no broker can be asked
   * for.
   */
  end(): void {
    this.#isEnding = true
    this.disconnected()
  }

  /** A connection failed: requests for that broker have no answer. */
  disconnected(): void {
    if (this.#isEnding) for (const watcher of this.#watchers) watcher(null)
  }

  /** An answer came, or a partition's leader has changed. */
  changed({ topics }: Pick<Changes, 'topics'>): void {
    this.#lastTopic = null
    for (const { name, error } of topics) if (error !== 0) this.#refused.add(name)
    for (const watcher of this.#watchers) watcher(topics)
  }

  /** The records that waited for this turn's answer have been told. */
  served(): void {
    if (!this.#isServing) this.#refused.clear()
  }

  /** A burst of input is over: the topic of the next record is noted as used again. */
  burstEnded(): void {
    this.#lastTopic = null
  }

  #placeOf(topic: TopicState): Place {
    const known = topic.placement as Place | null
    if (known !== null) return known
    const place = new Place(topic, this, this.#options)
    topic.placement = place
    return place
  }

  #errorOf(topic: string): BrokerError | null {
    const error = this.#cluster.topicOf(topic)?.error ?? 0
    if (error === 0) return null
    return withoutStack(() => new BrokerError(error, { request: `Metadata ${topic}` }))
  }
}

const none: ReadonlySet<number> = new Set()

/** Kafka's objection to a topic's name; null if it is valid. */
function invalidName(topic: string): string | null {
  if (typeof topic !== 'string') return 'the name is not a string' // from a caller without types
  if (topic.length > 249) return `the name has ${topic.length} characters, at most 249 are allowed`
  if (topic === '.' || topic === '..') return 'the name must not be . or ..'
  return /^[a-zA-Z0-9._-]+$/.test(topic) ? null : 'the name may only have a-z, A-Z, 0-9, ., _ and -'
}
