import { errorCode, errorCodes } from '../errors/error-codes.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Address } from '../runtime.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { ChangeList, type Changes } from './changes.ts'
import { nearby } from './nearby.ts'
import type { Broker, Description, LeaderHint, Topic } from './told.ts'
import { bootstrapBrokers, byId, isAt } from './told-brokers.ts'

// What is known of the cluster: its brokers, and the leader of each partition. Every answer of a broker is
// merged into it; the changes come out as a list, so that no caller has to check everything again.
//
// Invariants: a partition's leader epoch never goes back while the topic keeps its id, whichever broker
// answers, however late. `node` of every partition is its leader if that is among the brokers, and `led`
// counts them. Owned by Discovery; read by all that place or send records.

/** Without topic ids, an older leader epoch is accepted after so many answers in a row. */
const olderToldMax = 5

export class Topology {
  readonly topics: TopicTable
  #brokers: ReadonlyMap<number, Broker>
  /** How many partitions each broker leads. */
  readonly #led = new Map<number, number>()
  #ledVersion = 0
  #clusterId: string | null = null
  /** The rack whose brokers are listed separately; empty: none. */
  readonly #rack: string
  #nearby: ReadonlySet<number> = new Set()

  /** Before any answer: the bootstrap servers, as nodes -1, -2, … */
  constructor(bootstrap: readonly Address[], topics: TopicTable, rack = '') {
    this.#brokers = bootstrapBrokers(bootstrap)
    this.topics = topics
    this.#rack = rack
  }

  get brokers(): ReadonlyMap<number, Broker> {
    return this.#brokers
  }

  /** How many partitions each broker leads, if it leads any. */
  get led(): ReadonlyMap<number, number> {
    return this.#led
  }

  /** Another number whenever `led` has changed. */
  get ledVersion(): number {
    return this.#ledVersion
  }

  /** The brokers in this client's rack; another set whenever they change. */
  get nearby(): ReadonlySet<number> {
    return this.#nearby
  }

  /** Null until a broker has sent it, or while the brokers are requested anew. */
  get clusterId(): string | null {
    return this.#clusterId
  }

  /**
   * Whether bootstrap servers are among the brokers: at the beginning, or when no broker can be reached.
   */
  get hasBootstrap(): boolean {
    for (const id of this.#brokers.keys()) if (id < 0) return true
    return false
  }

  /** The leader's node id; -1 if it is unknown or not among the brokers. */
  leaderOf(topic: string, partition: number): number {
    return this.topics.get(topic)?.partitions[partition]?.node ?? -1
  }

  /** Merges an answer: its brokers replace the known ones, and its topics what was known of them. */
  tell(description: Description, now: number): Changes {
    const changes = new ChangeList()
    this.#clusterId = description.clusterId ?? this.#clusterId
    const isReseated = this.#name(byId(description.brokers), changes)
    for (const told of description.topics) this.#tellTopic(told, now, changes)
    if (isReseated) this.#reseat(changes)
    return changes
  }

  /**
   * Applies leader hints that are newer than what is known, if the partition is known and the leader is
   * among the brokers.
   */
  hint(hints: readonly LeaderHint[], endpoints: readonly Broker[]): Changes {
    const changes = new ChangeList()
    const brokers = new Map([...this.#brokers, ...byId(endpoints)])
    const usable = hints.filter((hint) => this.#isNews(hint, brokers))
    if (usable.length === 0) return changes
    if (this.#name(brokers, changes)) this.#reseat(changes)
    for (const { topic, partition, leader, leaderEpoch } of usable) {
      const state = this.topics.get(topic)!.partitions[partition]!
      this.#lead(state, leader, leaderEpoch, changes, true)
    }
    return changes
  }

  /** Adds a broker that another one has named, or another address of a known one. */
  learn(broker: Broker): Changes {
    return this.#rename(new Map([...this.#brokers, [broker.id, broker]]))
  }

  /** Adds the bootstrap servers to the brokers, because any of them may be the first to come back. */
  askBootstrapToo(addresses: readonly Address[]): Changes {
    return this.#rename(new Map([...this.#brokers, ...bootstrapBrokers(addresses)]))
  }

  /** Replaces the brokers by the bootstrap servers. Topics stay, without leaders. */
  rebootstrap(addresses: readonly Address[]): Changes {
    this.#clusterId = null
    return this.#rename(bootstrapBrokers(addresses))
  }

  /** Forgets a topic, and everything that any layer kept with it. */
  forget(topic: TopicState): void {
    for (const { node } of topic.partitions) this.#count(node, -1)
    this.topics.delete(topic)
  }

  #tellTopic(told: Topic, now: number, changes: ChangeList): void {
    const topic = this.topics.of(told.name)
    changes.topics.push(topic)
    topic.toldAt = now
    if (told.error !== topic.error) changes.hasNews = true
    topic.error = told.error
    if (told.error !== errorCodes.NONE.code) {
      // Epochs stay: the topic may come back with the same identity.
      if (topic.partitions.length > 0) changes.hasNews = true
      this.#resize(topic, 0, changes)
      // Also an error that says nothing about leaders, such as a quota on topic creation: records may wait.
      changes.isStale ||= errorCode(told.error).retriable
      return
    }
    this.#identify(topic, told.id, changes)
    const known = topic.partitions.length
    this.#resize(topic, told.partitions.length, changes)
    for (let index = 0; index < topic.partitions.length; index += 1) {
      const partition = topic.partitions[index]!
      const { leaderId: leader, leaderEpoch } = told.partitions[index]!
      if (leaderEpoch < 0 || leaderEpoch >= partition.leaderEpoch || this.#isBelieved(partition)) {
        this.#lead(partition, leader, leaderEpoch, changes, index < known)
      } else this.#seat(partition, changes)
      changes.isStale ||= partition.node < 0
    }
  }

  /**
   * Whether an epoch older than the known one is accepted. A broker that lags behind sends one, and then
   * the known one stays. Without topic ids, an older epoch is also the only sign of a topic that was
   * deleted and created again; then answer after answer says the same.
   */
  #isBelieved(partition: PartitionState): boolean {
    if (partition.of.lineage !== zeroUuid) return false
    partition.olderTold += 1
    return partition.olderTold >= olderToldMax
  }

  /** Another id is another topic of the same name: its epochs start anew. */
  #identify(topic: TopicState, id: string, changes: ChangeList): void {
    if (id !== topic.id) changes.hasNews = true
    topic.id = id
    if (id === zeroUuid) return
    const before = topic.lineage
    topic.lineage = id
    if (before === zeroUuid || before === id) return
    for (const partition of topic.all) partition.leaderEpoch = -1
    changes.remade.push(topic)
  }

  #resize(topic: TopicState, count: number, changes: ChangeList): void {
    if (count !== topic.partitions.length) changes.hasNews = true
    for (const gone of topic.resize(count)) {
      gone.leader = -1
      this.#seat(gone, changes)
    }
  }

  /** `isKnown` says whether it was there before: a partition's first leader is no change of leader. */
  #lead(
    partition: PartitionState,
    leader: number,
    epoch: number,
    changes: ChangeList,
    isKnown: boolean,
  ): void {
    const before = partition.leader
    const isNewer = epoch > partition.leaderEpoch
    if (before !== leader || epoch !== partition.leaderEpoch) changes.hasNews = true
    partition.leaderEpoch = epoch
    partition.olderTold = 0
    if (before !== leader) {
      partition.leader = leader
      if (before >= 0 !== leader >= 0) partition.of.version += 1
      if (isKnown) changes.led.push({ partition, from: before })
    }
    // A retry that backs off from the old leader need not wait for a newer one.
    if (!this.#seat(partition, changes) && isNewer) changes.moved.push(partition)
  }

  /** Updates `node`; whether it changed. */
  #seat(partition: PartitionState, changes: ChangeList): boolean {
    const node = this.#brokers.has(partition.leader) ? partition.leader : -1
    if (node === partition.node) return false
    this.#count(partition.node, -1)
    this.#count(node, 1)
    partition.node = node
    partition.of.seatVersion += 1
    changes.moved.push(partition)
    return true
  }

  /** The partitions of an answer's own topics have been seated. */
  #reseat(changes: ChangeList): void {
    const told = new Set(changes.topics)
    for (const topic of this.topics) {
      if (told.has(topic)) continue
      for (const partition of topic.partitions) this.#seat(partition, changes)
    }
  }

  #rename(brokers: ReadonlyMap<number, Broker>): Changes {
    const changes = new ChangeList()
    if (this.#name(brokers, changes)) this.#reseat(changes)
    return changes
  }

  /** These are the brokers now; returns whether their ids have changed. */
  #name(brokers: ReadonlyMap<number, Broker>, changes: ChangeList): boolean {
    const before = this.#brokers
    const isOther =
      before.size !== brokers.size || [...brokers.keys()].some((id) => !before.has(id))
    const isMoved = [...brokers.values()].some((broker) => !isAt(broker, before.get(broker.id)))
    this.#brokers = brokers
    this.#nearby = nearby(brokers, this.#rack, this.#nearby)
    if (isOther || isMoved) {
      changes.hasNews = true
      changes.brokers = true
    }
    return isOther
  }

  #isNews(hint: LeaderHint, brokers: ReadonlyMap<number, Broker>): boolean {
    const known = this.topics.get(hint.topic)?.partitions[hint.partition]
    return known !== undefined && hint.leaderEpoch > known.leaderEpoch && brokers.has(hint.leader)
  }

  #count(node: number, change: 1 | -1): void {
    if (node < 0) return
    const count = (this.#led.get(node) ?? 0) + change
    if (count > 0) this.#led.set(node, count)
    else this.#led.delete(node)
    this.#ledVersion += 1
  }
}
