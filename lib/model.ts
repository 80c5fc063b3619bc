import type { DeliveryError } from './errors/delivery-error.ts'
import type { AsyncContext } from './runtime.ts'
import type { TopicState } from './topics/topic-state.ts'

// A record's life in types: what the user gives, what the stages make of it, what comes back.
// Types only; every layer may import this file.

/** What a value, key or header may be once serialized; `null` is a tombstone or "no key". */
export type Bytes = string | Uint8Array | null

/** A header: its name, and a value that may be absent. Names may repeat, order is kept. */
export interface Header {
  readonly key: string
  readonly value: Bytes
}

/**
 * Headers as a list, which keeps order and repeats, as an object, or as pairs of name and value: a
 * `Map`, the `Headers` of `fetch`, anything that can be iterated more than once.
 */
export type Headers =
  | readonly Header[]
  | Readonly<Record<string, Bytes | readonly Bytes[]>>
  | Iterable<readonly [name: string, value: Bytes]>

/**
 * One record for Kafka. The object comes back as `record` in its {@link RecordMetadata}. It is read when
 * it is taken in, at once or after those that wait before it: leave it, and the bytes in it, as they
 * are until its result is there.
 */
export interface ProducerRecord<K = unknown, V = unknown> {
  /** The topic's name: 1 to 249 of `a-z A-Z 0-9 . _ -`. */
  readonly topic: string
  /** The partition, when it is to be this one. Without it the key, or stickiness, decides. */
  readonly partition?: number | null | undefined
  /** Decides the partition and rides along. Null or absent: no key. */
  readonly key?: K | null | undefined
  /** The payload. Null is a tombstone. */
  readonly value: V | null
  readonly headers?: Headers | null | undefined
  /** Milliseconds since 1970; the time of the call when absent. */
  readonly timestamp?: number | null | undefined
}

/** The broker's word on one record, with the record itself. */
export interface RecordMetadata<R = ProducerRecord> {
  readonly topic: string
  readonly partition: number
  /** Where the record lies in its partition; -1 where nobody can know (`acks=0`, a repeat). */
  readonly offset: number
  /** Milliseconds since 1970: the record's own, or the broker's where the topic says so. */
  readonly timestamp: number
  /** Bytes of the serialized key; -1 without a key. */
  readonly serializedKeySize: number
  /** Bytes of the serialized value; -1 for a tombstone. */
  readonly serializedValueSize: number
  /** The very object that came in. */
  readonly record: R
}

/** A record's way in and its result's way out: one for each subscription, one for all `send()`s. */
export interface Feed {
  /** Takes back the one result of a record that this feed gave. */
  settle(receipt: Receipt): void
}

/**
 * A record on its way from the entrance into a batch: one object a record, filled in stage by stage.
 * Once `failure` is set, the later stages pass it on untouched.
 */
export interface Envelope {
  readonly feed: Feed
  /** What the feed knows the record by; nobody else looks at it. */
  readonly ticket: unknown
  /** What came in. Its very object goes out with the result, whatever interceptors made of it. */
  readonly original: ProducerRecord
  /** What is sent: the original, or what the interceptors made of it. */
  record: ProducerRecord
  /** Its topic, read once; '' until it is serialized. */
  topic: string
  /** Serialized key, value and headers. */
  key: Bytes
  value: Bytes
  headers: readonly Header[] | null
  /** The partition; -1 where `sticky` is to decide, when the record is appended. */
  partition: number
  /** Its topic, once it has a partition, or leaves that to `sticky`. */
  topicState: TopicState | null
  /** Where keyless records of its topic go at present. */
  sticky: Stickiness | null
  /** Milliseconds since 1970. */
  timestamp: number
  /** Monotonic: when it entered; what `max.block.ms` counts from. */
  readonly enteredAt: number
  /** Set while it waits: the flush that waits for it to be accepted, or will if one comes. */
  token: CutToken | null
  /** Set if user code may see it later than its caller: the caller's async context. */
  context: AsyncContext | null
  failure: DeliveryError | null
}

/** The partition that the keyless records of one topic share until it has had its fill. */
export interface Stickiness {
  /** The partition at present. */
  partition(): number
  /** That partition took `bytes`; `batchDone` where no batch of it is left half full. */
  appended(bytes: number, batchDone: boolean): void
}

/** Somebody waits until everything that was given before has its result. */
export interface CutToken {
  /** Greater than that of every flush that was begun before it, which is done before it as well. */
  readonly order: number
  /** Whether the flush has begun: before that, what waits holds it in case one comes. */
  readonly isWanted: boolean
  /** One more thing is waited for. */
  hold(): void
  /** One thing less is waited for. */
  release(): void
}

/** The one result of one record. Exactly one of `metadata` and `error` is set. */
export interface Receipt {
  readonly feed: Feed
  readonly ticket: unknown
  readonly metadata: RecordMetadata | null
  readonly error: DeliveryError | null
  /** The record itself, where it failed before it came into a batch. */
  readonly refused?: Envelope
}

/**
 * Sees every record before it is serialized, and what became of it.
 *
 * Interceptors are called in the order of `interceptor.classes`, each with what the one before it
 * made of the record. One that throws is reported and skipped: the next gets the last good record.
 */
export interface Interceptor {
  /**
   * Gives the record that goes on in its place: the same, or another. It must not block, and has to
   * be synchronous: one that gives a promise is reported and skipped, as one that throws. (A
   * serializer may give promises.)
   */
  onSend?(record: ProducerRecord): ProducerRecord
  /**
   * A record was acknowledged (`error` is null) or failed; then offset, timestamp and sizes of
   * `metadata` are -1, and its partition, too, where none was chosen. Nobody waits for a promise
   * that it gives; one that is rejected is reported.
   *
   * `headers` are those that the record was sent with, also what an `onSend` had added to it: read-only, as
   * bytes, in order, as in Java since Kafka 4.1. Those of a record that failed before it was sent are as it had
   * them by then. Empty if it had none, or they are what no headers can be.
   */
  onAcknowledgement?(
    metadata: RecordMetadata,
    error: Error | null,
    headers: readonly Header[],
  ): void
}
