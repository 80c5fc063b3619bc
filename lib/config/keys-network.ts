// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Kafka writes its variables so
// Settings of connections and of what is known of the cluster, and of what can be measured.

import type { Key } from './key.ts'

const sockets = "Node can't size the buffers of a socket; -1 is the operating system's choice"

export const networkKeys = {
  'client.dns.lookup': {
    type: 'enum',
    words: ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'],
    default: 'use_all_dns_ips',
    doc:
      'Whether hosts of `bootstrap.servers` are connected to by the names given, or by canonical ones, for TLS ' +
      'and logins that go by these: the name that the DNS has for an address of the host, if it leads back to ' +
      'that address. All addresses of a host are tried either way, each attempt beginning with the next.',
    source: 'KIP-602, KIP-235',
  },
  'bootstrap.resolve.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 0,
    doc:
      'How long no host of `bootstrap.servers` may be known to the DNS while records wait; then all fail with ' +
      '`BOOTSTRAP_UNRESOLVED`, for good. Hosts are resolved at each attempt to connect. 0: there is no such ' +
      'limit, only those of the records (where Java refuses to make the producer).',
    source: 'KIP-909',
  },
  'reconnect.backoff.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 50,
    doc:
      'The pause before the first new attempt to reach a broker. It doubles with each failure, ' +
      'give or take 20 %; where it alone is set, it stays as it is.',
    source: 'KIP-144',
  },
  'reconnect.backoff.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 1000,
    doc: 'The longest pause before a new attempt to reach a broker.',
    source: 'KIP-144',
  },
  'socket.connection.setup.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 10000,
    doc: 'How long a connection may take to be made, at TCP. It doubles with each failure in a row.',
    source: 'KIP-601',
  },
  'socket.connection.setup.timeout.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc: 'The longest that a connection may take to be made, after many failures.',
    source: 'KIP-601',
  },
  'connections.max.idle.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 540000,
    doc: 'How long a connection is kept that nothing passes over. Negative: for ever.',
  },
  'send.buffer.bytes': {
    type: 'int',
    min: -1,
    unit: 'bytes',
    default: -1,
    doc: "The size of the send buffer of a socket (`SO_SNDBUF`). Java's default counts as -1.",
    built: [-1, 131072],
    refused: sockets,
    differs: sockets,
  },
  'receive.buffer.bytes': {
    type: 'int',
    min: -1,
    unit: 'bytes',
    default: -1,
    doc: "The size of the receive buffer of a socket (`SO_RCVBUF`). Java's default counts as -1.",
    built: [-1, 32768],
    refused: sockets,
    differs: sockets,
  },
  'metadata.max.age.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 300000,
    doc: 'How old the picture of the cluster may grow before it is fetched anew without a cause.',
  },
  'metadata.max.idle.ms': {
    type: 'long',
    min: 5000,
    unit: 'milliseconds',
    default: 300000,
    doc: 'How long a topic that nothing is sent to stays in the picture of the cluster.',
    source: 'KIP-526',
  },
  'metadata.recovery.strategy': {
    type: 'enum',
    words: ['rebootstrap', 'none'],
    anyCase: true,
    default: 'rebootstrap',
    doc:
      'What to do when no known broker can be reached: start again from `bootstrap.servers`, or ' +
      'keep trying those that are known.',
    source: 'KIP-899, KIP-1102',
  },
  'metadata.recovery.rebootstrap.trigger.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 300000,
    doc: 'How long there may be no picture of the cluster before `rebootstrap` starts again.',
    source: 'KIP-1102',
  },
  'metadata.cluster.check.enable': {
    type: 'boolean',
    default: true,
    doc:
      'Whether a broker is told which one it is taken for, so that one of another cluster, or another one ' +
      'of this, which has the address by now, says so: then the client starts again from ' +
      '`bootstrap.servers`. Brokers know it since Kafka 4.4. Has no effect where ' +
      '`metadata.recovery.strategy` is `none`.',
    source: 'KIP-1242',
  },
  'metrics.num.samples': {
    type: 'int',
    min: 1,
    default: 2,
    doc: 'How many windows of time the rates, averages and maxima of `metrics()` look back on.',
  },
  'metrics.sample.window.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc: 'How long one of these windows is.',
  },
  'metrics.recording.level': {
    type: 'enum',
    words: ['INFO', 'DEBUG', 'TRACE'],
    default: 'INFO',
    doc: 'How much is measured. All metrics of this client are measured at each level.',
    source: 'KIP-105',
  },
  'metric.reporters': {
    type: 'reporters',
    default: [],
    doc:
      'Objects that are told of each metric when there is one, and can read it from then on; as Java calls its ' +
      '`MetricsReporter`: `init`, `metricChange`, `metricRemoval`, `close`. One that throws is reported; the ' +
      'others are called all the same. `contextChange` and `configure` have no counterpart: an object is made ' +
      'with what it needs. The name of `JmxReporter` stands for none.',
    differs: 'there is no JMX here',
  },
  'enable.metrics.push': {
    type: 'boolean',
    default: true,
    doc:
      'Whether brokers may ask this client for its metrics. They do where a plug-in of theirs takes them; ' +
      'else it costs nothing. No connection is made or kept for it.',
    source: 'KIP-714',
  },
  'config.providers': {
    type: 'list',
    default: [],
    doc:
      'Names of providers that fill in `${provider:path:key}` in values that are strings. ' +
      '`config.providers.<name>.class` says what each is: the `FileConfigProvider` (a value of a ' +
      'properties file), the `DirectoryConfigProvider` (the content of a file in a folder) or the ' +
      '`EnvVarConfigProvider` of `org.apache.kafka.common.config.provider`. ' +
      '`config.providers.<name>.param.allowed.paths` and `….param.allowlist.pattern` narrow what they ' +
      'give. They are read once, when a producer is made.',
    source: 'KIP-297, KIP-421, KIP-887',
  },
} as const satisfies Record<string, Key>
