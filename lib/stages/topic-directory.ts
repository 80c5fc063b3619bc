import type { DeliveryErrorCode } from '../errors/delivery-error.ts'
import type { Stickiness } from '../model.ts'
import type { TopicInfo } from '../partitioners/partitioner.ts'
import type { TopicState } from '../topics/topic-state.ts'

// What the partition stage may know about topics: its port to the metadata. Types only.

/** What is known about a topic. */
export interface TopicPlace {
  readonly info: TopicInfo
  readonly sticky: Stickiness
  /** The topic, as all layers share it. */
  readonly state: TopicState
}

/** Why a topic cannot be used. */
export interface TopicRefusal {
  readonly code: DeliveryErrorCode
  readonly cause: unknown
}

/** The stage's port to the metadata. */
export interface TopicDirectory {
  /** What is known about a topic; null if nothing is, and then it is requested. */
  find(topic: string): TopicPlace | null
  /** A record waits for the topic, so it is not forgotten. */
  hold(topic: string): void
  /** A record that waited for it no longer does. */
  release(topic: string): void
  /** Why a topic will not be found, if that is certain. */
  refusal(topic: string): TopicRefusal | null
  /** The last error while finding a topic. */
  lastError(topic: string): unknown
  /** A requested partition is beyond the known ones: there may be more by now. */
  outgrown(): void
  /**
   * Whether some records that waited for an answer have not been placed yet: until then, its refusal
   * counts.
   */
  serving(isLeft: boolean): void
  /** Calls `changed` whenever the answers here may differ: about these topics, or with null about any. */
  watch(changed: (topics: readonly { readonly name: string }[] | null) => void): void
}
