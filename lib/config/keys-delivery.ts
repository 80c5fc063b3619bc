// Settings of brokers, acknowledgements, retries, batches and transactions.

import type { Key } from './key.ts'

export const deliveryKeys = {
  'bootstrap.servers': {
    type: 'list',
    default: null,
    filled: true,
    doc:
      'The brokers to connect to first, as `host:port`, separated by commas or as an array. ' +
      'Write an IPv6 address in brackets; a `scheme://` prefix is ignored. Two or three are ' +
      'enough: the client discovers the rest of the cluster from them.',
  },
  'client.id': {
    type: 'string',
    default: null,
    doc:
      'The name that brokers show in their logs, quotas and metrics, at most 32,767 bytes. ' +
      'Null: the producer generates `producer-` and a random word. An empty string stays empty.',
    differs: "Java's default is an empty string, for which it generates a name as well",
  },
  acks: {
    type: 'enum',
    words: ['all', '-1', '0', '1'],
    default: 'all',
    doc:
      'Which acknowledgements count as delivery. `all` (or `-1`): from all in-sync replicas. ' +
      '`1`: from the leader only. `0`: none; a record counts as delivered when it is written to ' +
      'the socket, and its offset is unknown. Any value except `all` switches idempotence off, ' +
      'or contradicts it if it was set.',
    source: 'KIP-679',
  },
  'enable.idempotence': {
    type: 'boolean',
    default: true,
    doc:
      'Whether each record is written once and in order, even if it is sent several times. ' +
      'Needs `acks` `all`, `retries` above 0, and at most 5 requests in flight. If this key is ' +
      'not set, `acks` or `retries` may switch idempotence off; if it is set to true, they ' +
      'contradict it.',
    source: 'KIP-98, KIP-679',
  },
  retries: {
    type: 'int',
    min: 0,
    max: 2147483647,
    default: 2147483647,
    doc:
      'How often a batch is sent again after a temporary failure. Usually `delivery.timeout.ms` ' +
      'ends the attempts first. 0 switches idempotence off.',
  },
  'max.in.flight.requests.per.connection': {
    type: 'int',
    min: 1,
    default: 5,
    doc:
      'How many requests to one broker may be in flight. More than 5 needs `enable.idempotence` ' +
      '`false`. With 1, order is kept even without idempotence.',
    source: 'KIP-98',
  },
  'delivery.timeout.ms': {
    type: 'int',
    min: 0,
    unit: 'milliseconds',
    default: 120000,
    doc:
      'How long a record may be without an acknowledgement, counted from the creation of its ' +
      'batch, before it fails. At least `linger.ms` + `request.timeout.ms`: a lower value is an ' +
      'error if this key is set, and is raised if it is not.',
    source: 'KIP-91',
  },
  'request.timeout.ms': {
    type: 'int',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc:
      'How long to wait for the answer to a request before the connection is closed. It is also ' +
      'how long a broker may wait for its replicas.',
    source: 'KIP-19',
  },
  'max.block.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 60000,
    doc:
      'How long a record may wait before it is added to a batch: for the promises of its ' +
      'serializers, for the metadata of its topic, and for room in `buffer.memory`, all ' +
      'together. Transactions need 1 or more.',
    source: 'KIP-19',
  },
  'linger.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 5,
    doc:
      "How long a batch that isn't full waits for more records, counted from its first record. " +
      '0 sends it as soon as the broker can take a request; records that arrive meanwhile still ' +
      'share a batch. It may wait longer while a `paced` source has more. ' +
      'Values above 2147483647 count as 2147483647.',
    source: 'KIP-1030',
  },
  'batch.size': {
    type: 'int',
    min: 0,
    unit: 'bytes',
    default: 16384,
    doc:
      'The maximum size of a batch, which holds records of one partition. With compression, it ' +
      'is the estimated compressed size, and at most eight times as much before compression. A ' +
      'larger record gets its own batch. 0 counts as 1: each record is a batch.',
  },
  'buffer.memory': {
    type: 'long',
    min: 0,
    unit: 'bytes',
    default: 33554432,
    doc:
      'How much memory all batches may use until they are acknowledged. Further records wait, ' +
      'for at most `max.block.ms`.',
  },
  'buffer.memory.allocation.strategy': {
    type: 'enum',
    words: ['full', 'incremental'],
    anyCase: true,
    default: 'incremental',
    doc:
      'Whether a batch allocates all of `batch.size` when it is created, or grows. Both values ' +
      'are accepted, and both mean `incremental` here.',
    source: 'KIP-1332',
    differs: 'a buffer always grows with its batch',
  },
  'max.request.size': {
    type: 'int',
    min: 0,
    unit: 'bytes',
    default: 1048576,
    doc:
      'The maximum size of a record, before compression and by an upper estimate, and of a ' +
      'request. Brokers have their own limit, `message.max.bytes`. At most 2,080,374,783 is ' +
      'used, so that a frame has room for its headers.',
  },
  'compression.type': {
    type: 'enum',
    words: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    doc:
      'How batches are compressed. Larger batches compress better. `lz4` needs the package ' +
      '`lz4-wasm-nodejs`, installed next to this one. `zstd` needs Node 22.15 or later, or 23.8 ' +
      'or later, and brokers of Kafka 2.1 or later.',
    source: 'KIP-110',
  },
  'compression.gzip.level': {
    type: 'int',
    min: 1,
    max: 9,
    also: -1,
    default: -1,
    doc: 'The level for `gzip`, from 1 (fast) to 9 (small). -1 is the default of zlib, 6.',
    source: 'KIP-390',
  },
  'compression.lz4.level': {
    type: 'int',
    min: 1,
    max: 17,
    default: 9,
    doc: 'The level for `lz4`. 9 is its fast mode, any other level its high-compression mode.',
    source: 'KIP-390',
    refused: 'the package that compresses lz4 has the fast mode only',
  },
  'compression.zstd.level': {
    type: 'int',
    min: -131072,
    max: 22,
    default: 3,
    doc: 'The level for `zstd`, from fast to small. 0 counts as 3, its default.',
    source: 'KIP-390',
  },
  'retry.backoff.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 100,
    doc:
      'The pause before a batch or a metadata request is sent again for the first time. It ' +
      'doubles with each failure, and varies randomly by 20 %.',
    source: 'KIP-580',
  },
  'retry.backoff.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 1000,
    doc:
      'The maximum pause before something is sent again. If it is less than `retry.backoff.ms`, ' +
      'every pause is this long.',
    source: 'KIP-580',
  },
  'transactional.id': {
    type: 'string',
    default: null,
    doc:
      'The name under which a producer opens transactions. Only one process can use it: a ' +
      'second one fences the first. Needs `enable.idempotence`, and brokers of Kafka 2.5 or ' +
      'later. With this key, all records are sent in transactions. Null: no transactions.',
    source: 'KIP-98, KIP-890',
  },
  'transaction.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: 60000,
    doc:
      'How long a transaction may stay open before its coordinator aborts it. The producer ' +
      'aborts it earlier, by `request.timeout.ms` or by half of this value, whichever is ' +
      'shorter. Brokers accept at most their `transaction.max.timeout.ms` (15 minutes).',
    source: 'KIP-98',
  },
  'transaction.two.phase.commit.enable': {
    type: 'boolean',
    default: false,
    doc: 'Whether transactions take part in a two-phase commit and never time out.',
    source: 'KIP-939',
    refused:
      'no Kafka release up to 4.4 offers two-phase commit to producers (Java ignores the key)',
  },
} as const satisfies Record<string, Key>
