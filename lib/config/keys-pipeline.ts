// Settings of what happens to a record on its way into a batch: interception, serialization and
// partitioning. Java has class names here; this package has values.

import type { Key } from './key.ts'

const passing = 'strings and bytes need no serializer here'
const serializer =
  'a function, one of `serializers`, or the full name of the `…Serializer` of Apache Kafka for ' +
  'String, ByteArray, ByteBuffer, Bytes, Short, Integer, Long, Float, Double, UUID or Void. Null: ' +
  'strings and bytes pass, all else fails.'

export const pipelineKeys = {
  'key.serializer': {
    type: 'serializer',
    default: null,
    doc: `Makes bytes of keys: ${serializer}`,
    differs: passing,
  },
  'value.serializer': {
    type: 'serializer',
    default: null,
    doc: `Makes bytes of values: ${serializer}`,
    differs: passing,
  },
  'interceptor.classes': {
    type: 'interceptors',
    default: [],
    doc:
      'Objects with `onSend`, which may replace a record before anything else sees it, and ' +
      '`onAcknowledgement`, which hears what became of it. Called in this order; one that throws, ' +
      'or gives a promise of a record, is reported and skipped.',
    source: 'KIP-42',
  },
  'partitioner.class': {
    type: 'partitioner',
    default: null,
    doc:
      'Chooses the partition of records that name none: a function, or an object with a method ' +
      '`partition`. Null: by the hash of the key as Java does, and without a key a sticky choice.',
    source: 'KIP-480, KIP-794',
  },
  'partitioner.ignore.keys': {
    type: 'boolean',
    default: false,
    doc: 'Records with a key are placed like those without. Has no effect on a partitioner of yours.',
    source: 'KIP-794',
  },
  'partitioner.adaptive.partitioning.enable': {
    type: 'boolean',
    default: true,
    doc: 'Records without a key go more often to the partitions whose queues are short.',
    source: 'KIP-794',
  },
  'partitioner.availability.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 0,
    doc:
      'Records without a key avoid a broker that has taken nothing for this long although it had ' +
      'something to take. 0: no broker is avoided.',
    source: 'KIP-794',
  },
  'partitioner.rack.aware': {
    type: 'boolean',
    default: false,
    doc:
      'Records without a key go to partitions whose leader is in `client.rack`, for as long as there are ' +
      'any that can be used. Needs `client.rack`. Has no effect on a partitioner of yours.',
    source: 'KIP-1123',
  },
  'client.rack': {
    type: 'string',
    default: '',
    doc: "The rack that this client is in, as brokers have it in `broker.rack`; clouds' zones, say.",
    source: 'KIP-1123',
  },
} as const satisfies Record<string, Key>
