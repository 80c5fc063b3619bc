import type { DeliveryError } from './errors/delivery-error.ts'
import type { AsyncContext } from './runtime.ts'
import type { TopicState } from './topics/topic-state.ts'

// A record's life in types: what the user gives, what the stages make of it, what comes back.
// Types only; every layer may import this file.

/**
 * What a serialized value, key or header may be. As a value, `null` is a tombstone; as a key, it means no
 * key.
 */
export type Bytes = string | Uint8Array | null

/** A header: a name and a value, which may be null. Names may repeat, and their order is kept. */
export interface Header {
  readonly key: string
  readonly value: Bytes
}

/**
 * Headers as a list, which keeps order and repeated names, as an object, or as pairs of name and value: a
 * `Map`, the `Headers` of `fetch`, or any iterable that can be iterated more than once.
 */
export type Headers =
  | readonly Header[]
  | Readonly<Record<string, Bytes | readonly Bytes[]>>
  | Iterable<readonly [name: string, value: Bytes]>

/**
 * A record to send. The same object comes back as `record` in its {@link RecordMetadata}. If the record
 * has to wait, it is read later. So do not change it, or the bytes in it, before you have its result.
 */
export interface ProducerRecord<K = unknown, V = unknown> {
  /** The topic's name: 1 to 249 characters of `a-z A-Z 0-9 . _ -`. */
  readonly topic: string
  /** The partition to write to. If absent, the key decides; without a key, the producer chooses. */
  readonly partition?: number | null | undefined
  /** The key. It decides the partition, and is written with the record. Null or absent: no key. */
  readonly key?: K | null | undefined
  /** The payload. Null is a tombstone. */
  readonly value: V | null
  readonly headers?: Headers | null | undefined
  /** Milliseconds since 1970. If absent, the time of the call. */
  readonly timestamp?: number | null | undefined
}

/** The metadata that the broker returned for a record, and the record itself. */
export interface RecordMetadata<R = ProducerRecord> {
  readonly topic: string
  readonly partition: number
  /**
   * The record's offset in its partition; -1 if it is not known (`acks=0`, or a batch that the broker had
   * already written).
   */
  readonly offset: number
  /** Milliseconds since 1970: the record's own, or the broker's, if the topic is configured so. */
  readonly timestamp: number
  /** Bytes of the serialized key; -1 without a key. */
  readonly serializedKeySize: number
  /** Bytes of the serialized value; -1 for a tombstone. */
  readonly serializedValueSize: number
  /** The object that you passed in. */
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
  /** Of a source that is pulled: nobody waits for its result in particular. */
  readonly isPaced: boolean
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
 * Sees every record before it is serialized, and its result.
 *
 * Interceptors are called in the order of `interceptor.classes`. Each gets the record that the one before
 * it returned. If an interceptor throws, this is reported and the interceptor is skipped: the next one
 * gets the last valid record.
 */
export interface Interceptor {
  /**
   * Returns the record to send: the same object, or another one. It must be synchronous and must not
   * block. A promise counts as a failure: it is reported, and the interceptor is skipped. (A serializer
   * may return a promise.)
   *
   * `given` is the object that was sent, whatever interceptors before this one returned. It is `metadata.record`
   * in `onAcknowledgement`.
   */
  onSend?(record: ProducerRecord, given: ProducerRecord): ProducerRecord
  /**
   * Called when a record was acknowledged (`error` is null) or has failed. If it failed, the offset,
   * timestamp and sizes in `metadata` are -1, and so is the partition if none was chosen. A returned
   * promise is not awaited; if it rejects, that is reported.
   *
   * `headers` are the headers that the record was sent with, including those that an `onSend` added. They
   * are read-only, as bytes, and in order, as in Java since Kafka 4.1. If the record failed before it was
   * sent, they are its headers at that moment. They are empty if the record had none, or if its headers
   * were invalid.
   */
  onAcknowledgement?(
    metadata: RecordMetadata,
    error: Error | null,
    headers: readonly Header[],
  ): void
}
