// The state of a cluster: its brokers, its topics, and the leader of each partition. Every change is a
// named method; an invalid name or number is the test author's mistake and throws at once. Replication is
// perfect: a partition has one log, and any leader serves all of it. Read by the answers; changed by
// MockCluster and by the code that drives the model.

import { quoted } from '../errors/quoted.ts'
import { type BrokerState, brokersOf } from './broker-state.ts'
import { checkNames, type NamesOf } from './known-names.ts'
import { PartitionLog } from './partition-log.ts'
import { ProducerStates } from './producer-states.ts'
import { isTopicName, nameForm } from './topic-names.ts'

/** The settings of a topic. */
export interface TopicSettings {
  /** The number of partitions. Default 1. */
  readonly partitions?: number | undefined
  /** Whether records keep the producer's time (default), or get the broker's time when they are appended. */
  readonly timestampType?: 'CreateTime' | 'LogAppendTime' | undefined
  /** The maximum size of a batch, in bytes (`max.message.bytes`). Default: the cluster's. */
  readonly maxMessageBytes?: number | undefined
  /**
   * With `compact`, each record needs a key, and a batch with a record without a key is refused. Records are never
   * removed. Default `delete`.
   */
  readonly cleanupPolicy?: 'delete' | 'compact' | undefined
}

const topicSettings: NamesOf<TopicSettings> = {
  partitions: true,
  timestampType: true,
  maxMessageBytes: true,
  cleanupPolicy: true,
}

export interface PartitionState {
  readonly topic: TopicState
  readonly index: number
  /** -1: none. */
  leader: number
  /** The current leader, or the last one. */
  lastLeader: number
  leaderEpoch: number
  readonly log: PartitionLog
  readonly producers: ProducerStates
}

/** A partition's leader and its epoch. */
export interface Leadership {
  readonly leader: number
  readonly leaderEpoch: number
}

export interface TopicState {
  readonly name: string
  /** As Kafka writes it: 22 characters of base64url. */
  readonly id: string
  readonly settings: TopicSettings
  readonly partitions: readonly PartitionState[]
}

interface GrowingTopic extends TopicState {
  readonly partitions: PartitionState[]
}

export class ClusterState {
  readonly clusterId: string
  readonly brokers: readonly BrokerState[]
  readonly #topics = new Map<string, GrowingTopic>()
  /** The same. */
  readonly #byId = new Map<string, GrowingTopic>()
  /** Brokers that lag behind, and the leaders that they still report. */
  readonly #frozen = new Map<number, ReadonlyMap<PartitionState, Leadership>>()
  #topicsCreated = 0

  /** Brokers have the ids 1 to `brokers`. */
  constructor(
    brokers: number,
    racks: readonly (string | null)[] = [],
    clusterId = 'mockClusterOfToKafka00',
  ) {
    this.clusterId = clusterId
    this.brokers = brokersOf(brokers, racks)
  }

  get topics(): readonly TopicState[] {
    return [...this.#topics.values()]
  }

  topic(name: string): TopicState | undefined {
    return this.#topics.get(name)
  }

  topicById(id: string): TopicState | undefined {
    return this.#byId.get(id)
  }

  /** The broker with this id, which must exist. */
  broker(id: number): BrokerState {
    const broker = this.brokers[id - 1]
    if (!broker)
      throw new RangeError(`there is no broker ${id}: their ids are 1 to ${this.brokers.length}`)
    return broker
  }

  /** The partition, which must exist. */
  partition(topic: string, index: number): PartitionState {
    const partition = this.#topics.get(topic)?.partitions[index]
    if (!partition) throw new RangeError(`there is no partition ${topic}-${index}`)
    return partition
  }

  /** Partition p is led by broker p + 1, cyclically. */
  createTopic(name: string, settings: TopicSettings = {}): TopicState {
    if (!isTopicName(name))
      throw new RangeError(`${quoted(name)} is not a valid topic name: ${nameForm}`)
    checkNames(`the settings of topic ${name}`, settings, topicSettings)
    const count = settings.partitions ?? 1
    if (this.#topics.has(name)) throw new RangeError(`the topic ${name} already exists`)
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`${name} has at least one partition, not ${count}`)
    }
    this.#topicsCreated += 1
    const topic = { name, id: topicId(this.#topicsCreated), settings, partitions: [] }
    this.#grow(topic, count)
    this.#topics.set(name, topic)
    this.#byId.set(topic.id, topic)
    return topic
  }

  /** Adds so many partitions to a topic, led in turn like the others. */
  addPartitions(name: string, count: number): void {
    const topic = this.#existing(name)
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`${name} grows by at least one partition, not ${count}`)
    }
    this.#grow(topic, count)
  }

  /** Removes a topic and all its records. If it is created again, it has another id. */
  deleteTopic(name: string): void {
    this.#byId.delete(this.#existing(name).id)
    this.#topics.delete(name)
  }

  /** Forgets all producers of these partitions: one, a topic's, or all. */
  forgetProducers(topic?: string, index?: number): void {
    const chosen = topic === undefined ? this.topics : [this.#existing(topic)]
    const all = chosen.flatMap((one) => one.partitions)
    const isOne = topic !== undefined && index !== undefined
    for (const { producers, log } of isOne ? [this.partition(topic, index)] : all) {
      producers.forget((id) => log.transactions.isOpen(id))
    }
  }

  /** Gives the partition another leader (-1: none) and the next leader epoch. */
  moveLeader(topic: string, index: number, broker: number): void {
    if (broker !== -1) this.broker(broker)
    this.#lead(this.partition(topic, index), broker)
  }

  /** What a broker knows about a partition's leader: the current one, unless its view is frozen. */
  seenBy(broker: number, partition: PartitionState): Leadership {
    return this.#frozen.get(broker)?.get(partition) ?? partition
  }

  /** From now on the broker reports what it knows at this moment, whatever changes. */
  freezeView(broker: number): void {
    const view = new Map<PartitionState, Leadership>()
    for (const { partitions } of this.topics) {
      for (const partition of partitions) {
        view.set(partition, { leader: partition.leader, leaderEpoch: partition.leaderEpoch })
      }
    }
    this.#frozen.set(this.broker(broker).id, view)
  }

  /** The broker knows the current leaders again. */
  thawView(broker: number): void {
    this.#frozen.delete(broker)
  }

  /** Stops a broker. With `failover`, the next live brokers take over its partitions; otherwise none does. */
  stopBroker(id: number, failover: boolean): void {
    this.broker(id).state = 'down'
    this.broker(id).hasIdentities = false
    this.broker(id).hasImage = false
    for (const partition of this.#ledBy(id)) {
      this.#lead(partition, failover ? this.#leaderFor(partition.index) : -1)
    }
  }

  /** Starts it again. It leads the partitions that no other broker took over. */
  startBroker(id: number): void {
    this.broker(id).state = 'up'
    for (const partition of this.#ledBy(-1)) {
      if (partition.lastLeader === id) this.#lead(partition, id)
    }
  }

  #existing(name: string): GrowingTopic {
    const topic = this.#topics.get(name)
    if (!topic) throw new RangeError(`there is no topic ${name}`)
    return topic
  }

  #grow(topic: GrowingTopic, count: number): void {
    const { partitions } = topic
    const before = partitions.length
    for (let index = before; index < before + count; index++) {
      partitions.push({
        topic,
        index,
        leader: this.#leaderFor(index),
        lastLeader: this.#leaderFor(index),
        leaderEpoch: 0,
        log: new PartitionLog(),
        producers: new ProducerStates(),
      })
    }
  }

  #ledBy(broker: number): PartitionState[] {
    return this.topics.flatMap(({ partitions }) =>
      partitions.filter((partition) => partition.leader === broker),
    )
  }

  #lead(partition: PartitionState, broker: number): void {
    partition.leader = broker
    if (broker !== -1) partition.lastLeader = broker
    partition.leaderEpoch += 1
  }

  #leaderFor(index: number): number {
    const live = this.brokers.filter(({ state }) => state !== 'down')
    return live[index % live.length]?.id ?? -1
  }
}

// Readable in a hex dump, the same in every run, and different for each topic ever created.
function topicId(ordinal: number): string {
  const bytes = Buffer.from('mock-topic------')
  bytes.writeUInt32BE(ordinal, 12)
  return bytes.toString('base64url')
}
