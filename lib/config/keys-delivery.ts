// Settings of what a producer promises: who it talks to, what it waits for, how it batches.

import type { Key } from './key.ts'

export const deliveryKeys = {
  'bootstrap.servers': {
    type: 'list',
    default: null,
    filled: true,
    doc:
      'The brokers to ask first, as `host:port`, with commas between or as an array; required. ' +
      'An IPv6 address stands in brackets, a `scheme://` before it is ignored. ' +
      'Two or three suffice: the rest of the cluster is learnt from them.',
  },
  'client.id': {
    type: 'string',
    default: null,
    doc:
      'The name that brokers see in their logs, quotas and metrics. ' +
      'Null: the producer makes one, `producer-` and a random word. An empty string stays empty. ' +
      'At most 32,767 bytes.',
    differs: 'Java has an empty string in its table and makes a name as well',
  },
  acks: {
    type: 'enum',
    words: ['all', '-1', '0', '1'],
    default: 'all',
    doc:
      'Whose word counts as delivery: `all` (or `-1`) replicas in sync, `1` the leader alone, ' +
      '`0` nobody (written to the socket; offsets are unknown). ' +
      'Anything but `all` switches idempotence off, or contradicts it where it was asked for.',
    source: 'KIP-679',
  },
  'enable.idempotence': {
    type: 'boolean',
    default: true,
    doc:
      'Each record is written once and in order, however often it has to be sent. ' +
      'Needs `acks` `all`, `retries` above 0 and at most 5 requests in flight. Where it is not ' +
      'set, `acks` or `retries` may switch it off; where it is set to true, they contradict it.',
    source: 'KIP-98, KIP-679',
  },
  retries: {
    type: 'int',
    min: 0,
    max: 2147483647,
    default: 2147483647,
    doc:
      'How often one batch is sent again after a failure that may pass. ' +
      'Usually `delivery.timeout.ms` ends the attempts first. 0 switches idempotence off.',
  },
  'max.in.flight.requests.per.connection': {
    type: 'int',
    min: 1,
    default: 5,
    doc:
      'How many requests to one broker may be unanswered. More than 5 needs ' +
      '`enable.idempotence` false. With 1, order is kept without idempotence, too.',
    source: 'KIP-98',
  },
  'delivery.timeout.ms': {
    type: 'int',
    min: 0,
    unit: 'milliseconds',
    default: 120000,
    doc:
      'The age at which an unacknowledged record fails, counted from the birth of its batch. ' +
      'At least `linger.ms` + `request.timeout.ms`: a lower value is an error where it was set, ' +
      'and is raised where it was not.',
    source: 'KIP-91',
  },
  'request.timeout.ms': {
    type: 'int',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc:
      'How long a request waits for its answer before the connection is given up; also how long ' +
      'a broker may wait for its replicas.',
    source: 'KIP-19',
  },
  'max.block.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 60000,
    doc:
      'How long a record may wait for what it needs before it joins a batch: the promises of its ' +
      'serializers, its topic to be known, and room in `buffer.memory`. All draw on the same time.',
    source: 'KIP-19',
  },
  'linger.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 5,
    doc:
      'How long an unfilled batch waits for company, counted from its first record. 0 sends as ' +
      'soon as the broker has a free slot; records that come meanwhile still share a batch. ' +
      'Counts as 2147483647 where it is above it.',
    source: 'KIP-1030',
  },
  'batch.size': {
    type: 'int',
    min: 0,
    unit: 'bytes',
    default: 16384,
    doc:
      'How large a batch of one partition grows: compressed, by what it is estimated to come to, and ' +
      'to eight times as much before compression. A larger record gets a batch of its own. ' +
      '0 counts as 1: each record is a batch.',
  },
  'buffer.memory': {
    type: 'long',
    min: 0,
    unit: 'bytes',
    default: 33554432,
    doc:
      'What all batches together may hold until they are acknowledged. Records beyond it wait, ' +
      'at most `max.block.ms`.',
  },
  'buffer.memory.allocation.strategy': {
    type: 'enum',
    words: ['full', 'incremental'],
    anyCase: true,
    default: 'incremental',
    doc:
      'Whether a batch takes all of `batch.size` at its birth, or as it grows. Both are accepted, and ' +
      'both are `incremental` here.',
    source: 'KIP-1332',
    differs: 'buffers here always grow with their batch',
  },
  'max.request.size': {
    type: 'int',
    min: 0,
    unit: 'bytes',
    default: 1048576,
    doc:
      'The largest record, before compression and by an upper estimate, and the largest request. ' +
      'Brokers have a limit of their own, `message.max.bytes`. ' +
      'Above 2,080,374,783 it counts as that, which leaves room for headers in the largest frame.',
  },
  'compression.type': {
    type: 'enum',
    words: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    doc:
      'How batches are compressed. The fuller the batch, the better it works. `lz4` needs the ' +
      'package `lz4-wasm-nodejs`, which you install beside this one. `zstd` needs Node 22.15, 23.8 ' +
      'or later, and brokers of Kafka 2.1 or later.',
    source: 'KIP-110',
  },
  'compression.gzip.level': {
    type: 'int',
    min: 1,
    max: 9,
    also: -1,
    default: -1,
    doc: 'The level for `gzip`, from fast to small; -1 is 6, the default of zlib.',
    source: 'KIP-390',
  },
  'compression.lz4.level': {
    type: 'int',
    min: 1,
    max: 17,
    default: 9,
    doc: 'The level for `lz4`: 9 is its fast mode, any other its high-compression mode.',
    source: 'KIP-390',
    refused: 'the package that compresses has the fast mode only',
  },
  'compression.zstd.level': {
    type: 'int',
    min: -131072,
    max: 22,
    default: 3,
    doc: 'The level for `zstd`, from fast to small; 0 counts as 3, its default.',
    source: 'KIP-390',
  },
  'retry.backoff.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 100,
    doc:
      'The pause before the first retry of a batch or of a metadata request. It doubles with ' +
      'each failure, give or take 20 %.',
    source: 'KIP-580',
  },
  'retry.backoff.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 1000,
    doc: 'The longest pause before a retry. Where it is the smaller, every pause is this long.',
    source: 'KIP-580',
  },
  'transactional.id': {
    type: 'string',
    default: null,
    doc:
      'The name under which a producer opens transactions: one process at a time uses it, and a ' +
      'second one fences the first. Needs `enable.idempotence`, and brokers of Kafka 2.5 or later. ' +
      'A producer that has one sends in transactions only. Null: it opens none.',
    source: 'KIP-98, KIP-890',
  },
  'transaction.timeout.ms': {
    type: 'int',
    unit: 'milliseconds',
    default: 60000,
    doc:
      'How long a transaction may stay open before its coordinator aborts it. The producer aborts ' +
      'it earlier, by `request.timeout.ms` or by half of it, whichever is shorter. Brokers accept ' +
      'at most their `transaction.max.timeout.ms` (15 minutes).',
    source: 'KIP-98',
  },
  'transaction.two.phase.commit.enable': {
    type: 'boolean',
    default: false,
    doc: 'Whether transactions take part in a two-phase commit and never time out.',
    source: 'KIP-939',
    refused: 'no Kafka up to 4.4 has two-phase commit for producers (Java ignores the key)',
  },
} as const satisfies Record<string, Key>
