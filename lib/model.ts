import type { DeliveryError } from './errors/delivery-error.ts'
import type { AsyncContext } from './runtime.ts'
import type { TopicState } from './topics/topic-state.ts'

// A record's life in types: what the user passes in, what the stages make of it, and the result. Types
// only; every layer may import this file.

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

/** The source of records, which gets their results: one per subscription, and one for all `send()` calls. */
export interface Feed {
  /** Gets the result of a record that this feed gave. */
  settle(receipt: Receipt): void
}

/**
 * A record from when it is passed in until it is in a batch: one object per record, which the stages fill in. If
 * `failure` is set, the later stages pass it on unchanged.
 */
export interface Envelope {
  readonly feed: Feed
  /** The feed's own mark of the record. */
  readonly ticket: unknown
  /** The object that was passed in, which is returned with the result. */
  readonly original: ProducerRecord
  /** The record to send: the original, or the one that the interceptors returned. */
  record: ProducerRecord
  /** The topic's name, read once; '' until the record is serialized. */
  topic: string
  /** Serialized key, value and headers. */
  key: Bytes
  value: Bytes
  headers: readonly Header[] | null
  /** The partition; -1 if `sticky` decides it when the record is appended. */
  partition: number
  /** The topic's state, from the `partition` stage on. */
  topicState: TopicState | null
  /** The current sticky partition of the topic. */
  sticky: Stickiness | null
  /** Milliseconds since 1970. */
  timestamp: number
  /** Monotonic: when it was passed in, from which `max.block.ms` counts. */
  readonly enteredAt: number
  /** Set while it waits: the current or next flush, which waits for it. */
  token: CutToken | null
  /** The caller's async context, set if user code may see the record later. */
  context: AsyncContext | null
  failure: DeliveryError | null
  /** Its source is pulled, so no caller waits for this very result. */
  readonly isPaced: boolean
  /** Used by the accumulator: the next record in a list of those that are not yet written into their batch. */
  neighbour: Envelope | null
}

/** The partition that records without a key share until it has got `batch.size` bytes. */
export interface Stickiness {
  /** Returns the current partition. */
  partition(): number
  /** Reports that the partition got `bytes`. `batchDone`: it has no batch that is partly full. */
  appended(bytes: number, batchDone: boolean): void
}

/** A flush, which waits until all earlier records have their result. */
export interface CutToken {
  /** The order of flushes: an earlier flush has a lower number, and is done earlier. */
  readonly order: number
  /** Whether the flush has begun. Before that, waiting records hold it in case it comes. */
  readonly isWanted: boolean
  /** Adds something to wait for. */
  hold(): void
  /** Removes something to wait for. */
  release(): void
}

/** The one result of one record. Exactly one of `metadata` and `error` is set. */
export interface Receipt {
  readonly feed: Feed
  readonly ticket: unknown
  readonly metadata: RecordMetadata | null
  readonly error: DeliveryError | null
  /** The record, if it failed before it was added to a batch. */
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
