// A record's life in types: what the user gives, what the stages make of it, what comes back.
// Types only; every layer may import this file.

/** What a value, key or header may be once serialized; `null` is a tombstone or "no key". */
export type Bytes = string | Uint8Array | null

/** A header: its name, and a value that may be absent. Names may repeat, order is kept. */
export interface Header {
  readonly key: string
  readonly value: Bytes
}

/** Headers as a list, which keeps order and repeats, or as an object. */
export type Headers = readonly Header[] | Readonly<Record<string, Bytes | readonly Bytes[]>>

/** One record for Kafka. The object comes back as `record` in its {@link RecordMetadata}. */
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
