// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Kafka writes its variables so
// Settings of connections, metadata and metrics.

import type { Key } from './key.ts'

const sockets =
  'Node cannot set the buffer sizes of a socket; -1 leaves them to the operating system'

export const networkKeys = {
  'client.dns.lookup': {
    type: 'enum',
    words: ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'],
    default: 'use_all_dns_ips',
    doc:
      'Whether hosts of `bootstrap.servers` are connected to by the names given, or by their ' +
      'canonical names, which TLS and some logins need. The canonical name is the name that the ' +
      'DNS has for an address of the host, if it resolves to that address again. In both cases ' +
      'all addresses of a host are tried; each attempt starts with the next one.',
    source: 'KIP-602, KIP-235',
  },
  'bootstrap.resolve.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 0,
    doc:
      'How long to wait, while there are records, if no host of `bootstrap.servers` resolves. ' +
      'Then all records fail with `BOOTSTRAP_UNRESOLVED`, and the producer cannot be used any ' +
      'more. Hosts are resolved at each connection attempt. 0: only the time limits of the ' +
      'records apply. Java refuses to create the producer then.',
    source: 'KIP-909',
  },
  'reconnect.backoff.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 50,
    doc:
      'The pause before a broker is connected to again for the first time. It doubles with each ' +
      'failure, and varies randomly by 20 %. If only this key is set, the pause does not grow.',
    source: 'KIP-144',
  },
  'reconnect.backoff.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 1000,
    doc: 'The maximum pause before a broker is connected to again.',
    source: 'KIP-144',
  },
  'socket.connection.setup.timeout.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 10000,
    doc: 'How long a TCP connection may take to open. It doubles with each failure in a row.',
    source: 'KIP-601',
  },
  'socket.connection.setup.timeout.max.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc: 'The maximum time that a TCP connection may take to open, after several failures.',
    source: 'KIP-601',
  },
  'connections.max.idle.ms': {
    type: 'long',
    unit: 'milliseconds',
    default: 540000,
    doc: 'How long an idle connection is kept open. A negative value keeps it open forever.',
  },
  'send.buffer.bytes': {
    type: 'int',
    min: -1,
    unit: 'bytes',
    default: -1,
    doc: "The size of a socket's send buffer (`SO_SNDBUF`). Java's default counts as -1.",
    built: [-1, 131072],
    refused: sockets,
    differs: sockets,
  },
  'receive.buffer.bytes': {
    type: 'int',
    min: -1,
    unit: 'bytes',
    default: -1,
    doc: "The size of a socket's receive buffer (`SO_RCVBUF`). Java's default counts as -1.",
    built: [-1, 32768],
    refused: sockets,
    differs: sockets,
  },
  'metadata.max.age.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 300000,
    doc:
      'How old metadata may become before it is fetched again, even without any sign of a ' +
      'change.',
  },
  'metadata.max.idle.ms': {
    type: 'long',
    min: 5000,
    unit: 'milliseconds',
    default: 300000,
    doc: 'How long the metadata of a topic is kept after its last record.',
    source: 'KIP-526',
  },
  'metadata.recovery.strategy': {
    type: 'enum',
    words: ['rebootstrap', 'none'],
    anyCase: true,
    default: 'rebootstrap',
    doc:
      'What to do if no known broker can be reached. `rebootstrap`: start again from ' +
      '`bootstrap.servers`. `none`: keep trying the known brokers.',
    source: 'KIP-899, KIP-1102',
  },
  'metadata.recovery.rebootstrap.trigger.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 300000,
    doc: 'How long metadata may be unavailable before `rebootstrap` starts again.',
    source: 'KIP-1102',
  },
  'metadata.cluster.check.enable': {
    type: 'boolean',
    default: true,
    doc:
      'Whether requests name the cluster and the broker that they are meant for. If another ' +
      'broker has taken over the address, it says so, and the client starts again from ' +
      '`bootstrap.servers`. Brokers support this since Kafka 4.4. Has no effect if ' +
      '`metadata.recovery.strategy` is `none`.',
    source: 'KIP-1242',
  },
  'metrics.num.samples': {
    type: 'int',
    min: 1,
    default: 2,
    doc: 'How many time windows the rates, averages and maxima of `metrics()` cover.',
  },
  'metrics.sample.window.ms': {
    type: 'long',
    min: 0,
    unit: 'milliseconds',
    default: 30000,
    doc: 'How long such a time window is.',
  },
  'metrics.recording.level': {
    type: 'enum',
    words: ['INFO', 'DEBUG', 'TRACE'],
    default: 'INFO',
    doc: 'How much is measured. Every level measures all metrics: no metric of the producer is above `INFO`, as in Java.',
    source: 'KIP-105',
  },
  'metric.reporters': {
    type: 'reporters',
    default: [],
    doc:
      'Objects that get each metric once, when it is created, and can read its value from then ' +
      "on. They have the methods of Java's `MetricsReporter`: `init`, `metricChange`, " +
      '`metricRemoval`, `close`. If one throws, that is reported, and the others are called all ' +
      'the same. `contextChange` and `configure` do not exist: create the object with what it ' +
      'needs. The class name of `JmxReporter` is accepted and has no effect.',
    differs: 'there is no JMX in Node',
  },
  'enable.metrics.push': {
    type: 'boolean',
    default: true,
    doc:
      'Whether brokers may collect the metrics of this client. They do so only if they have a ' +
      'plug-in for it; otherwise this costs nothing. No connection is opened or kept open for ' +
      'it.',
    source: 'KIP-714',
  },
  'config.providers': {
    type: 'list',
    default: [],
    doc:
      'Names of providers that replace `${provider:path:key}` in values that are strings. ' +
      '`config.providers.<name>.class` selects the kind: `FileConfigProvider` (a value of a ' +
      'properties file), `DirectoryConfigProvider` (the content of a file in a folder) or ' +
      '`EnvVarConfigProvider`, all of `org.apache.kafka.common.config.provider`. ' +
      '`config.providers.<name>.param.allowed.paths` and `….param.allowlist.pattern` restrict ' +
      'what they can read. They are read once, when the producer is created.',
    source: 'KIP-297, KIP-421, KIP-887',
  },
} as const satisfies Record<string, Key>
