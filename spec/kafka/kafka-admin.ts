// Kafka's own Admin client, in one JVM for as long as a ring or a chaos run needs it
// (java/RingAdmin.java).

import { JavaServant } from './java-servant.ts'
import { brokerVersion, isBefore } from './kafka-release.ts'

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  /** Absent: the default of the cluster. */
  readonly replicas?: number
  /** Topic settings: `{ 'max.message.bytes': '2000' }`. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface PartitionState {
  /** Broker id; -1 where no replica leads. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export class KafkaAdmin {
  readonly #servant: JavaServant

  private constructor(servant: JavaServant) {
    this.#servant = servant
  }

  static async start(bootstrapServers: string): Promise<KafkaAdmin> {
    return new KafkaAdmin(await JavaServant.start('RingAdmin', bootstrapServers))
  }

  /** Resolves when all replicas of each partition are in sync and its leader answers for it. */
  async create(topics: readonly NewTopic[]): Promise<void> {
    await this.#servant.ask({ do: 'create', topics: topics.map(replicated), settled: true })
  }

  /**
   * Resolves when the controller has agreed; brokers may refuse these topics for a short time after
   * that.
   */
  async createUnsettled(topics: readonly NewTopic[]): Promise<void> {
    await this.#servant.ask({ do: 'create', topics: topics.map(replicated), settled: false })
  }

  async delete(topics: readonly string[]): Promise<void> {
    await this.#servant.ask({ do: 'delete', topics })
  }

  /** The partitions of each topic, in order. */
  async describe(topics: readonly string[]): Promise<Record<string, PartitionState[]>> {
    return (await this.#servant.ask({ do: 'describe', topics })) as Record<string, PartitionState[]>
  }

  /** By topic, by partition: the offset of the next record. */
  async endOffsets(topics: readonly string[]): Promise<Record<string, number[]>> {
    return (await this.#servant.ask({ do: 'endOffsets', topics })) as Record<string, number[]>
  }

  async leader(topic: string, partition: number): Promise<number> {
    return (await this.describe([topic]))[topic]?.[partition]?.leader ?? -1
  }

  /** Resolves when broker `to`, which must be a replica, leads the partition. */
  async moveLeader(topic: string, partition: number, to: number): Promise<void> {
    await this.#servant.ask({ do: 'moveLeader', topic, partition, to })
  }

  close(): Promise<void> {
    return this.#servant.close()
  }
}

/**
 * Before KIP-464 a cluster had no default number of replicas; then there is one broker here
 * (kafka-cluster.ts).
 */
function replicated(topic: NewTopic): NewTopic {
  const says = brokerVersion === undefined || !isBefore(brokerVersion, '2.4')
  return says ? topic : { ...topic, replicas: topic.replicas ?? 1 }
}
