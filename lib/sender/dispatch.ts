import type { KafkaError } from '../errors/kafka-error.ts'
import type { RequestInput, ResponseOf } from '../protocol/message.ts'
import type { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import type { Produce } from '../protocol/messages/produce.ts'
import type { PartitionState } from '../topics/topic-state.ts'

// The sender's port to the cluster: everything it may know about brokers and do with them. The producer
// passes an implementation; specs pass a scripted one. Types only.

/** A Produce request to encode. */
export type ProduceBody = RequestInput<typeof Produce>
/** A Produce response. */
export type ProduceResponse = ResponseOf<typeof Produce>
/** An InitProducerId response. */
export type InitProducerIdResponse = ResponseOf<typeof InitProducerId>

/** The outcome of a request: exactly one of these is called, once. */
export interface Answer<Response> {
  /** The broker has answered. */
  answered(response: Response): void
  /** The connection has ended, and with it every reference to the request's bytes. */
  failed(error: KafkaError): void
  /** For requests without an answer (acks=0): the bytes are written. */
  written?(): void
}

/** Why a reachable node takes no request. */
export interface Busy {
  /** Milliseconds until a throttle ends; 0 if there is none. */
  readonly throttledMs: number
  /** The number of unanswered requests. */
  readonly unanswered: number
}

/** The brokers, as the {@link send} stage uses them. */
export interface Dispatch {
  /** Returns the node id of the partition's leader; -1 if it is unknown. */
  leaderOf(place: PartitionState): number
  /** Returns the leader epoch; -1 if it is unknown. */
  leaderEpochOf(place: PartitionState): number
  /** Returns the topic id; the zero uuid if it has none. */
  topicIdOf(place: PartitionState): string
  /** Returns the error of the last connection to the node; null if it did not fail. */
  failureOf?(node: number): KafkaError | null
  /** Returns why a connected node cannot take a request; null if it can. */
  busyOf?(node: number): Busy | null
  /** Returns whether the node can take a request now. Also starts a connection if there is none. */
  canSend(node: number): boolean
  /** Returns the newest version of Produce that both sides support; -1 if there is none. Needs `canSend`. */
  produceVersion(node: number): number
  /** Sends a Produce request. Needs `canSend`. */
  produce(node: number, version: number, body: ProduceBody, answer: Answer<ProduceResponse>): void
  /** Requests a producer id from any broker, when one is connected. */
  initProducerId(answer: Answer<InitProducerIdResponse>): void
  /** Reports that the known leaders are out of date. */
  refresh(): void
  /** Reports a Produce response that names newer leaders (KIP-951). */
  learn(response: ProduceResponse): void
}
