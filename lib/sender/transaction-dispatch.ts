import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Answer } from './dispatch.ts'

// The port of transactions to the cluster: a coordinator is a node that need not lead anything, so it is
// addressed by its node id. The producer passes an implementation; specs pass a scripted one. Types only.

/** A broker, as named by FindCoordinator. */
export interface CoordinatorAddress {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** What transactions ask of the brokers. */
export interface TransactionDispatch {
  /** Asks the broker with the least to do, as soon as one can be asked. */
  askAny<A extends Api>(
    api: A,
    body: (version: number) => RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void
  /** Whether the node takes a request now. Also starts a connection if there is none. */
  canSend(node: number): boolean
  /** Asks a node; `canSend` must be true. */
  ask<A extends Api>(
    node: number,
    api: A,
    version: number,
    body: RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void
  /** The newest version that both sides know; -1 without one. Only for a node that can send. */
  versionOf(node: number, api: Api): number
  /** Whether the node is known. */
  knows(node: number): boolean
  /** Why the last connection to the node failed; null if it did not. */
  failureOf(node: number): KafkaError | null
  /** A broker named another one, which may be unknown. */
  learnBroker(broker: CoordinatorAddress): void
  /** The finalized level of a feature of the cluster; 0 if it has none. */
  featureLevel(name: string): number
}
