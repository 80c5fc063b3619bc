import type { Cluster } from '../cluster/cluster.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Answer } from '../sender/dispatch.ts'
import type { CoordinatorAddress, TransactionDispatch } from '../sender/transaction-dispatch.ts'

// The port of transactions to the brokers, implemented by the cluster.

export class ClusterTransactions implements TransactionDispatch {
  #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  askAny<A extends Api>(
    api: A,
    body: (version: number) => RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void {
    this.#cluster.sendToLeastLoaded(api, body, answer)
  }

  canSend(node: number): boolean {
    return this.#cluster.canSend(node)
  }

  ask<A extends Api>(
    node: number,
    api: A,
    version: number,
    body: RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void {
    this.#cluster.send(node, api, body, answer, { version })
  }

  versionOf(node: number, api: Api): number {
    return this.#cluster.connection(node)?.version(api) ?? -1
  }

  knows(node: number): boolean {
    return this.#cluster.knows(node)
  }

  failureOf(node: number): KafkaError | null {
    return this.#cluster.failureOf(node)
  }

  learnBroker(broker: CoordinatorAddress): void {
    this.#cluster.learn(broker)
  }

  featureLevel(name: string): number {
    return this.#cluster.featureLevel(name)
  }
}
