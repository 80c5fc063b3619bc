import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Answer } from './dispatch.ts'

// The port of transactions to the cluster: a coordinator is a node that need not lead anything, so it is
// asked for by its number. The producer hands in an implementation; specs hand in a scripted one. Types only.

/** A broker, as FindCoordinator names it. */
export interface CoordinatorAddress {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** What transactions ask of the brokers. */
export interface TransactionDispatch {
  /** Asks whichever broker has the least to do, as soon as one can be asked. */
  askAny<A extends Api>(
    api: A,
    body: (version: number) => RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void
  /** Whether the node takes a request now. Asking also sees to it that a connection comes about. */
  canSend(node: number): boolean
  /** Asks a node; `canSend` has to be true. */
  ask<A extends Api>(
    node: number,
    api: A,
    version: number,
    body: RequestInput<A>,
    answer: Answer<ResponseOf<A>>,
  ): void
  /** The newest version that both sides know; -1 without one. Only for a node that can send. */
  versionOf(node: number, api: Api): number
  /** Whether the node is among those that are known. */
  knows(node: number): boolean
  /** What the last connection to the node failed with; null where it did not. */
  failureOf(node: number): KafkaError | null
  /** A broker named another one, which may not be known yet. */
  learnBroker(broker: CoordinatorAddress): void
  /** The finalized level of a feature of the cluster; 0 where it has none. */
  featureLevel(name: string): number
}
