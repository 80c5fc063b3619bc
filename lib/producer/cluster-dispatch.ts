import type { Cluster } from '../cluster/cluster.ts'
import type { LeaderHint } from '../cluster/told.ts'
import { toldBrokers } from '../cluster/told-brokers.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import { Produce } from '../protocol/messages/produce.ts'
import type {
  Answer,
  Busy,
  Dispatch,
  InitProducerIdResponse,
  ProduceBody,
  ProduceResponse,
} from '../sender/dispatch.ts'
import type { PartitionState } from '../topics/topic-state.ts'

// The sender's port to the brokers, implemented by the cluster.

export class ClusterDispatch implements Dispatch {
  #cluster: Cluster
  #expectsAnswer: boolean

  constructor(cluster: Cluster, acks: number) {
    this.#cluster = cluster
    this.#expectsAnswer = acks !== 0
  }

  leaderOf({ node }: PartitionState): number {
    return node
  }

  leaderEpochOf({ leaderEpoch }: PartitionState): number {
    return leaderEpoch
  }

  topicIdOf({ of }: PartitionState): string {
    return of.id
  }

  failureOf(node: number): KafkaError | null {
    return this.#cluster.failureOf(node)
  }

  busyOf(node: number): Busy | null {
    const connection = this.#cluster.connection(node)
    if (connection === undefined || this.#cluster.canSend(node)) return null
    const { throttledMs, inFlight: unanswered } = connection
    return throttledMs > 0 || unanswered > 0 ? { throttledMs, unanswered } : null
  }

  canSend(node: number): boolean {
    return this.#cluster.canSend(node)
  }

  produceVersion(node: number): number {
    return this.#cluster.connection(node)?.version(Produce) ?? -1
  }

  produce(node: number, version: number, body: ProduceBody, answer: Answer<ProduceResponse>): void {
    this.#cluster.send(node, Produce, body, answer, { version, expectsAnswer: this.#expectsAnswer })
  }

  initProducerId(answer: Answer<InitProducerIdResponse>): void {
    // No transaction can time out: the largest number, as Java sends it.
    const body = { transactionalId: null, transactionTimeoutMs: 2147483647 }
    this.#cluster.sendToLeastLoaded(InitProducerId, body, answer)
  }

  refresh(): void {
    this.#cluster.requestUpdate()
  }

  learn({ responses, nodeEndpoints }: ProduceResponse): void {
    const hints: LeaderHint[] = []
    for (const { name, topicId, partitionResponses } of responses) {
      for (const { index: partition, currentLeader } of partitionResponses) {
        const { leaderId: leader, leaderEpoch } = currentLeader
        if (leader < 0 || leaderEpoch < 0) continue
        const topic = name === '' ? this.#nameOf(topicId) : name
        hints.push({ topic, partition, leader, leaderEpoch })
      }
    }
    if (hints.length === 0) return
    this.#cluster.applyHints(hints, toldBrokers(nodeEndpoints))
  }

  /** Answers identify topics by id only with such errors, which are rare enough to search all topics. */
  #nameOf(id: string): string {
    for (const topic of this.#cluster.topics) if (topic.id === id) return topic.name
    return ''
  }
}
