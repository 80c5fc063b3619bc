import type { KafkaError } from '../errors/kafka-error.ts'
import type { RequestInput, ResponseOf } from '../protocol/message.ts'
import type { InitProducerId } from '../protocol/messages/init-producer-id.ts'
import type { Produce } from '../protocol/messages/produce.ts'
import type { PartitionState } from '../topics/topic-state.ts'

// The sender's port to the cluster: everything it may know of brokers and do with them.
// The producer hands it an implementation; specs hand it a scripted one. Types only.

/** A Produce request to encode. */
export type ProduceBody = RequestInput<typeof Produce>
/** A Produce response. */
export type ProduceResponse = ResponseOf<typeof Produce>
/** An InitProducerId response. */
export type InitProducerIdResponse = ResponseOf<typeof InitProducerId>

/** What became of a request: exactly one of these is called, once. */
export interface Answer<Response> {
  /** The broker has answered. */
  answered(response: Response): void
  /** The connection is gone, and with it every reference to the request's bytes. */
  failed(error: KafkaError): void
  /** For requests that nobody answers (acks=0): the bytes have left. */
  written?(): void
}

/** Why a node that can be reached takes no request. */
export interface Busy {
  /** Milliseconds of a throttle that are left; 0 if there is none. */
  readonly throttledMs: number
  /** Requests that it has not answered. */
  readonly unanswered: number
}

/** What the {@link send} stage asks of the brokers. */
export interface Dispatch {
  /** Node id of the partition's leader; -1 where it is not known. */
  leaderOf(place: PartitionState): number
  /** -1 where it is not known. */
  leaderEpochOf(place: PartitionState): number
  /** The zero uuid where the topic has no id. */
  topicIdOf(place: PartitionState): string
  /** What the last connection to the node failed with; null where it did not. */
  failureOf?(node: number): KafkaError | null
  /** What a node that can be reached keeps us waiting for; null if nothing. */
  busyOf?(node: number): Busy | null
  /** Whether the node takes a request now. Asking also sees to it that a connection comes about. */
  canSend(node: number): boolean
  /** The newest version of Produce that both sides know; -1 without one. Only for a node that can send. */
  produceVersion(node: number): number
  /** Sends a Produce request; `canSend` has to be true. */
  produce(node: number, version: number, body: ProduceBody, answer: Answer<ProduceResponse>): void
  /** Asks any broker for a producer id, as soon as one can be asked. */
  initProducerId(answer: Answer<InitProducerIdResponse>): void
  /** What is known of leaders is stale. */
  refresh(): void
  /** A Produce response names newer leaders (KIP-951). */
  learn(response: ProduceResponse): void
}
