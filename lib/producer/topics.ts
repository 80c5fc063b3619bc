import type { Changes } from '../cluster/changes.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Settings } from '../config/settings.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import type { TopicDirectory, TopicPlace, TopicRefusal } from '../stages/partition.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import { Place, type PlaceOptions } from './place.ts'

// What the partition stage may know of topics, over the cluster's metadata.
// Invariant: a topic's place is one object until the topic is forgotten, so its sticky choice outlives
// every refresh; what it tells of partitions is as new as the last answer. A topic that has an error, or
// of which all that is known is too old, has no place: its records wait, as for a new one.
// `find` is called for every record: for the topic asked for last it is a comparison.

/** What the settings say of our own choice; with a partitioner of the user's, nothing, as in Java. */
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
  #watchers: (() => void)[] = []
  /** Topics that the answer of this turn refuses, until who waited for it has been told. */
  #refused = new Set<string>()
  #lastTopic: string | null = null
  #lastPlace: Place | null = null
  #slowNodes: () => ReadonlySet<number> = () => none
  /** The producer closes, and has waited for metadata long enough. */
  #isEnding = false
  /** Some who waited for an answer have not been asked yet. */
  #isServing = false

  constructor(cluster: Cluster, options: PlaceOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Nodes that records without a key keep away from. */
  get avoided(): ReadonlySet<number> {
    return this.#slowNodes()
  }

  /** Brokers whose partitions come first; none where racks do not count. */
  get nearby(): ReadonlySet<number> {
    return this.#options.rackAware === true ? this.#cluster.topology.nearby : none
  }

  /** Has records without a key keep away from these; another object whenever they change. */
  avoid(slowNodes: () => ReadonlySet<number>): void {
    this.#slowNodes = slowNodes
  }

  /** One batch more, or one less, waits on a partition. */
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
    // As in Java an invalid name stays one. What else an answer refuses may be granted by the next,
    // so it counts for those who waited for it, and whoever comes later has the topic asked for anew.
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

  watch(changed: () => void): void {
    this.#watchers.push(changed)
  }

  /** From now on nobody waits for what an answer has not brought, or for whom nobody can be asked. */
  end(): void {
    this.#isEnding = true
    this.disconnected()
  }

  /** A connection failed: what was to be asked there has no answer. */
  disconnected(): void {
    if (this.#isEnding) for (const watcher of this.#watchers) watcher()
  }

  /** An answer came, or who leads a partition has changed. */
  changed({ topics }: Pick<Changes, 'topics'>): void {
    this.#lastTopic = null
    for (const { name, error } of topics) if (error !== 0) this.#refused.add(name)
    for (const watcher of this.#watchers) watcher()
  }

  /** Who waited for the answer of this turn knows what it says. */
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

/** What Kafka would say of a topic's name; null where it can be one. */
function invalidName(topic: string): string | null {
  if (typeof topic !== 'string') return 'the name is not a string' // of a caller without types
  if (topic.length > 249) return `the name has ${topic.length} characters, at most 249 are allowed`
  if (topic === '.' || topic === '..') return 'the name must not be . or ..'
  return /^[a-zA-Z0-9._-]+$/.test(topic) ? null : 'the name may only have a-z, A-Z, 0-9, ., _ and -'
}
