import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { Stickiness } from '../model.ts'
import type { TopicInfo } from '../partitioners/partitioner.ts'
import type { TopicState } from '../topics/topic-state.ts'

// What the partition stage may know of topics: its port to the metadata. Types only.

/** What is known of a topic. */
export interface TopicPlace {
  readonly info: TopicInfo
  readonly sticky: Stickiness
  /** The topic, as all layers share it. */
  readonly state: TopicState
}

/** Why a topic can't be used. */
export interface TopicRefusal {
  readonly code: DeliveryErrorCode
  readonly cause: unknown
}

/** The stage's port to the metadata. */
export interface TopicDirectory {
  /** What is known of a topic; null while nothing is, and then it is asked for. */
  find(topic: string): TopicPlace | null
  /** A record waits for it, so that it is not forgotten. */
  hold(topic: string): void
  /** A record that waited for it does so no more. */
  release(topic: string): void
  /** Why a topic will not be found, where that is certain. */
  refusal(topic: string): TopicRefusal | null
  /** The last error on the way to finding a topic. */
  lastError(topic: string): unknown
  /** A partition that is asked for is beyond those we know: they may have grown in number. */
  outgrown(): void
  /** Whether some who waited for an answer have not been asked yet if they go on: then what it refuses counts on. */
  serving(isLeft: boolean): void
  /** Has `changed` called whenever something else may be found. */
  watch(changed: () => void): void
}
