import { errorCode, errorCodes } from '../errors/error-codes.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Address } from '../runtime.ts'

// What is known of the cluster at one moment: its brokers, and who leads which partition.
// A snapshot: it never changes, every answer of a broker makes the next one.
// Invariant: a partition's leader epoch never goes back while the topic keeps its id, whichever
// broker answers, however late. Built by Cluster; read by whoever places or sends records.

export interface Broker extends Address {
  readonly id: number
}

export interface Partition {
  /** Node id; -1 where there is none at the moment. */
  readonly leader: number
  /** -1 where the broker told none that can be trusted. */
  readonly leaderEpoch: number
}

export interface Topic {
  readonly name: string
  /** As Kafka prints it; the zero uuid where the broker knows no topic ids. */
  readonly id: string
  /** Kafka's error code for the whole topic; 0 when it can be used. Then there are partitions. */
  readonly error: number
  readonly partitions: readonly Partition[]
}

/** What one Metadata answer says, versions smoothed out. */
export interface Description {
  readonly brokers: readonly Broker[]
  readonly topics: readonly Topic[]
}

/** A broker's word, beside an error, on who leads a partition now (KIP-951). */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
}

/** The last leader epochs that were seen of a topic, kept while the topic itself is away. */
interface Epochs {
  readonly id: string
  readonly byPartition: readonly number[]
}

interface State {
  readonly version: number
  readonly brokers: ReadonlyMap<number, Broker>
  readonly topics: ReadonlyMap<string, Topic>
  readonly epochs: ReadonlyMap<string, Epochs>
}

export class Topology {
  /** Counts the snapshots, from 0. */
  readonly version: number
  readonly brokers: ReadonlyMap<number, Broker>
  readonly topics: ReadonlyMap<string, Topic>
  readonly #epochs: ReadonlyMap<string, Epochs>

  private constructor(state: State) {
    this.version = state.version
    this.brokers = state.brokers
    this.topics = state.topics
    this.#epochs = state.epochs
  }

  /** Before any answer: the bootstrap servers, as nodes -1, -2, … */
  static bootstrap(addresses: readonly Address[]): Topology {
    const brokers = bootstrapBrokers(addresses)
    return new Topology({ version: 0, brokers, topics: new Map(), epochs: new Map() })
  }

  /** Whether bootstrap servers are among the brokers: at the beginning, or when all else failed. */
  get hasBootstrap(): boolean {
    for (const id of this.brokers.keys()) if (id < 0) return true
    return false
  }

  /** Node id of the leader; -1 where it is not known or not there. */
  leaderOf(topic: string, partition: number): number {
    const leader = this.topics.get(topic)?.partitions[partition]?.leader ?? -1
    return this.brokers.has(leader) ? leader : -1
  }

  /** Merges an answer: its brokers replace ours, its topics ours of the same name. */
  with(description: Description): Topology {
    const topics = new Map(this.topics)
    const epochs = new Map(this.#epochs)
    for (const told of description.topics) {
      const seen = epochs.get(told.name)
      const topic = merged(told, this.topics.get(told.name), seen)
      topics.set(told.name, topic)
      const kept = epochsOf(topic, seen)
      if (kept !== undefined) epochs.set(told.name, kept)
    }
    return this.#next({ brokers: byId(description.brokers), topics, epochs })
  }

  /** Forgets the topics that `wanted` refuses. */
  retain(wanted: (topic: string) => boolean): Topology {
    const keep = <T>(map: ReadonlyMap<string, T>) =>
      new Map([...map].filter(([topic]) => wanted(topic)))
    return this.#next({ topics: keep(this.topics), epochs: keep(this.#epochs) })
  }

  /**
   * Applies leader hints where they are newer than what is known, of a partition that is known, and
   * the leader can be reached. Gives this very snapshot where none is.
   */
  hinted(hints: readonly LeaderHint[], endpoints: readonly Broker[]): Topology {
    const brokers = new Map([...this.brokers, ...byId(endpoints)])
    const topics = new Map(this.topics)
    const epochs = new Map(this.#epochs)
    let applied = false
    for (const hint of hints) {
      const topic = topics.get(hint.topic)
      const known = topic?.partitions[hint.partition]
      if (topic === undefined || known === undefined) continue
      if (hint.leaderEpoch <= known.leaderEpoch || !brokers.has(hint.leader)) continue
      const partition = { leader: hint.leader, leaderEpoch: hint.leaderEpoch }
      const next = { ...topic, partitions: topic.partitions.with(hint.partition, partition) }
      topics.set(hint.topic, next)
      epochs.set(hint.topic, epochsOf(next, epochs.get(hint.topic))!)
      applied = true
    }
    return applied ? this.#next({ brokers, topics, epochs }) : this
  }

  /** The bootstrap servers beside the brokers, for any of them may be the first to come back. */
  withBootstrap(addresses: readonly Address[]): Topology {
    const brokers = new Map([...this.brokers, ...bootstrapBrokers(addresses)])
    return this.#next({ brokers })
  }

  /** The bootstrap servers in place of the brokers. Topics stay, with nobody to lead them. */
  rebootstrapped(addresses: readonly Address[]): Topology {
    return this.#next({ brokers: bootstrapBrokers(addresses) })
  }

  /** Whether `other` tells the same, whatever its version. */
  equals(other: Topology): boolean {
    return (
      this.sameBrokers(other) &&
      this.topics.size === other.topics.size &&
      [...this.topics.values()].every((topic) => sameTopic(topic, other.topics.get(topic.name)))
    )
  }

  sameBrokers(other: Topology): boolean {
    return (
      this.brokers.size === other.brokers.size &&
      [...this.brokers.values()].every((broker) => sameBroker(broker, other.brokers.get(broker.id)))
    )
  }

  /** Whether what is known of a topic calls for a refresh: an error, or a partition nobody leads. */
  isStale(name: string): boolean {
    const topic = this.topics.get(name)
    if (topic === undefined) return true
    if (topic.error !== errorCodes.NONE.code) return errorCode(topic.error).stale
    return topic.partitions.some(({ leader }) => !this.brokers.has(leader))
  }

  #next(change: Partial<State>): Topology {
    return new Topology({
      version: this.version + 1,
      brokers: change.brokers ?? this.brokers,
      topics: change.topics ?? this.topics,
      epochs: change.epochs ?? this.#epochs,
    })
  }
}

/** The topic as told, but where we have seen a newer epoch of a partition, what we know of it. */
function merged(told: Topic, known: Topic | undefined, seen: Epochs | undefined): Topic {
  if (told.error !== errorCodes.NONE.code || seen === undefined) return told
  if (isAnother(told.id, seen.id)) return told
  const partitions = told.partitions.map((partition, index) => {
    const newest = seen.byPartition[index] ?? -1
    const older = partition.leaderEpoch >= 0 && partition.leaderEpoch < newest
    return older ? (known?.partitions[index] ?? { leader: -1, leaderEpoch: newest }) : partition
  })
  return { ...told, partitions }
}

/** What is to be remembered of a topic's epochs. A topic that is away keeps what was seen of it. */
function epochsOf(topic: Topic, seen: Epochs | undefined): Epochs | undefined {
  if (topic.error !== errorCodes.NONE.code) return seen
  const id = topic.id === zeroUuid ? (seen?.id ?? zeroUuid) : topic.id
  return { id, byPartition: topic.partitions.map(({ leaderEpoch }) => leaderEpoch) }
}

/** Whether these are the ids of two topics that bear the same name, one after the other. */
function isAnother(told: string, seen: string): boolean {
  return told !== seen && told !== zeroUuid && seen !== zeroUuid
}

function bootstrapBrokers(addresses: readonly Address[]): ReadonlyMap<number, Broker> {
  return byId(addresses.map(({ host, port }, index) => ({ id: -1 - index, host, port })))
}

function byId(brokers: readonly Broker[]): ReadonlyMap<number, Broker> {
  return new Map(brokers.map((broker) => [broker.id, broker]))
}

function sameBroker(one: Broker, other: Broker | undefined): boolean {
  return other !== undefined && one.host === other.host && one.port === other.port
}

function sameTopic(one: Topic, other: Topic | undefined): boolean {
  if (other === undefined || one.error !== other.error || one.id !== other.id) return false
  if (one.partitions.length !== other.partitions.length) return false
  return one.partitions.every((partition, index) => {
    const { leader, leaderEpoch } = other.partitions[index]!
    return partition.leader === leader && partition.leaderEpoch === leaderEpoch
  })
}
