// Settings of a record's way into a batch: interception, serialization and partitioning. Java has class
// names here; this package has values.

import type { Key } from './key.ts'

const passing = 'strings and bytes need no serializer here'
const serializer =
  "a function, one of `serializers`, or the full name of Apache Kafka's `…Serializer` for " +
  'String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double, UUID or Void. Null: ' +
  'strings and bytes are sent unchanged, and any other type fails.'

export const pipelineKeys = {
  'key.serializer': {
    type: 'serializer',
    default: null,
    doc: `Serializes keys: ${serializer}`,
    differs: passing,
  },
  'value.serializer': {
    type: 'serializer',
    default: null,
    doc: `Serializes values: ${serializer}`,
    differs: passing,
  },
  'interceptor.classes': {
    type: 'interceptors',
    default: [],
    doc:
      'Objects with the methods `onSend`, which may replace a record before anything else ' +
      'happens to it, and `onAcknowledgement`, which gets the result of each record. They are ' +
      'called in this order. If one throws, or returns a promise of a record, this is reported, ' +
      'and the interceptor is skipped.',
    source: 'KIP-42',
  },
  'partitioner.class': {
    type: 'partitioner',
    default: null,
    doc:
      'Chooses the partition of records that do not name one: a function, or an object with a ' +
      'method `partition`. Null: by the hash of the key, as in Java; without a key, sticky ' +
      'partitioning.',
    source: 'KIP-480, KIP-794',
  },
  'partitioner.ignore.keys': {
    type: 'boolean',
    default: false,
    doc:
      'Whether records with a key are distributed like those without. Has no effect if ' +
      '`partitioner.class` is set.',
    source: 'KIP-794',
  },
  'partitioner.adaptive.partitioning.enable': {
    type: 'boolean',
    default: true,
    doc: 'Whether records without a key go more often to partitions with short queues.',
    source: 'KIP-794',
  },
  'partitioner.availability.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 0,
    doc:
      'Records without a key avoid a broker that has not accepted anything for this long ' +
      'although batches were waiting for it. 0: no broker is avoided.',
    source: 'KIP-794',
  },
  'partitioner.rack.aware': {
    type: 'boolean',
    default: false,
    doc:
      'Whether records without a key go to partitions whose leader is in `client.rack`, as long ' +
      'as such a partition is available. Needs `client.rack`. Has no effect if ' +
      '`partitioner.class` is set.',
    source: 'KIP-1123',
  },
  'client.rack': {
    type: 'string',
    default: '',
    doc: "The rack (for example the cloud zone) of this client, as in the brokers' `broker.rack`.",
    source: 'KIP-1123',
  },
} as const satisfies Record<string, Key>
