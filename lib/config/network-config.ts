// Generated from keys-network.ts by spec/config/render-types.ts; do not edit. A spec compares the two.
// To change it, change the table and run `npm run reference`.

import type { MetricsReporter } from '../metrics/reporters.ts'

/** Connections, metadata and metrics. */
export interface NetworkConfig {
  /**
   * Whether hosts of `bootstrap.servers` are connected to by the names given, or by their canonical names,
   * which TLS and some logins need. The canonical name is the name that the DNS has for an address of the
   * host, if it resolves to that address again. In both cases all addresses of a host are tried; each
   * attempt starts with the next one.
   *
   * Accepts one of use_all_dns_ips, resolve_canonical_bootstrap_servers_only.
   *
   * @defaultValue `use_all_dns_ips`
   * @see KIP-602, KIP-235
   */
  readonly 'client.dns.lookup'?:
    | 'use_all_dns_ips'
    | 'resolve_canonical_bootstrap_servers_only'
    | undefined
  /**
   * How long to wait, while there are records, if no host of `bootstrap.servers` resolves. Then all records
   * fail with `BOOTSTRAP_UNRESOLVED`, and the producer cannot be used any more. Hosts are resolved at each
   * connection attempt. 0: only the time limits of the records apply. Java refuses to create the producer
   * then.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `0`
   * @see KIP-909
   */
  readonly 'bootstrap.resolve.timeout.ms'?: number | string | undefined
  /**
   * The pause before a broker is connected to again for the first time. It doubles with each failure, and
   * varies randomly by 20 %. If only this key is set, the pause does not grow.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `50`
   * @see KIP-144
   */
  readonly 'reconnect.backoff.ms'?: number | string | undefined
  /**
   * The maximum pause before a broker is connected to again.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `1000`
   * @see KIP-144
   */
  readonly 'reconnect.backoff.max.ms'?: number | string | undefined
  /**
   * How long a TCP connection may take to open. It doubles with each failure in a row.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `10000`
   * @see KIP-601
   */
  readonly 'socket.connection.setup.timeout.ms'?: number | string | undefined
  /**
   * The maximum time that a TCP connection may take to open, after several failures.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `30000`
   * @see KIP-601
   */
  readonly 'socket.connection.setup.timeout.max.ms'?: number | string | undefined
  /**
   * How long an idle connection is kept open. A negative value keeps it open forever.
   *
   * Accepts an integer (ms).
   *
   * @defaultValue `540000`
   * @see producer configs of Apache Kafka
   */
  readonly 'connections.max.idle.ms'?: number | string | undefined
  /**
   * The size of a socket's send buffer (`SO_SNDBUF`). Java's default counts as -1. Any value except `-1`,
   * `131072` is refused: Node cannot set the buffer sizes of a socket; -1 leaves them to the operating
   * system.
   *
   * Accepts an integer, -1 … 2147483647 (bytes).
   *
   * @defaultValue `-1`
   * @see producer configs of Apache Kafka
   */
  readonly 'send.buffer.bytes'?: number | string | undefined
  /**
   * The size of a socket's receive buffer (`SO_RCVBUF`). Java's default counts as -1. Any value except
   * `-1`, `32768` is refused: Node cannot set the buffer sizes of a socket; -1 leaves them to the operating
   * system.
   *
   * Accepts an integer, -1 … 2147483647 (bytes).
   *
   * @defaultValue `-1`
   * @see producer configs of Apache Kafka
   */
  readonly 'receive.buffer.bytes'?: number | string | undefined
  /**
   * How old metadata may become before it is fetched again, even without any sign of a change.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `300000`
   * @see producer configs of Apache Kafka
   */
  readonly 'metadata.max.age.ms'?: number | string | undefined
  /**
   * How long the metadata of a topic is kept after its last record.
   *
   * Accepts an integer, 5000 or more (ms).
   *
   * @defaultValue `300000`
   * @see KIP-526
   */
  readonly 'metadata.max.idle.ms'?: number | string | undefined
  /**
   * What to do if no known broker can be reached. `rebootstrap`: start again from `bootstrap.servers`.
   * `none`: keep trying the known brokers.
   *
   * Accepts one of rebootstrap, none (in any case).
   *
   * @defaultValue `rebootstrap`
   * @see KIP-899, KIP-1102
   */
  readonly 'metadata.recovery.strategy'?:
    | 'rebootstrap'
    | 'REBOOTSTRAP'
    | 'none'
    | 'NONE'
    | undefined
  /**
   * How long metadata may be unavailable before `rebootstrap` starts again.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `300000`
   * @see KIP-1102
   */
  readonly 'metadata.recovery.rebootstrap.trigger.ms'?: number | string | undefined
  /**
   * Whether requests name the cluster and the broker that they are meant for. If another broker has taken
   * over the address, it says so, and the client starts again from `bootstrap.servers`. Brokers support
   * this since Kafka 4.4. Has no effect if `metadata.recovery.strategy` is `none`.
   *
   * Accepts true or false.
   *
   * @defaultValue `true`
   * @see KIP-1242
   */
  readonly 'metadata.cluster.check.enable'?: boolean | 'true' | 'false' | undefined
  /**
   * How many time windows the rates, averages and maxima of `metrics()` cover.
   *
   * Accepts an integer, 1 … 2147483647.
   *
   * @defaultValue `2`
   * @see producer configs of Apache Kafka
   */
  readonly 'metrics.num.samples'?: number | string | undefined
  /**
   * How long such a time window is.
   *
   * Accepts an integer, 0 or more (ms).
   *
   * @defaultValue `30000`
   * @see producer configs of Apache Kafka
   */
  readonly 'metrics.sample.window.ms'?: number | string | undefined
  /**
   * How much is measured. Every level measures all metrics: no metric of the producer is above `INFO`, as
   * in Java.
   *
   * Accepts one of INFO, DEBUG, TRACE.
   *
   * @defaultValue `INFO`
   * @see KIP-105
   */
  readonly 'metrics.recording.level'?: 'INFO' | 'DEBUG' | 'TRACE' | undefined
  /**
   * Objects that get each metric once, when it is created, and can read its value from then on. They have
   * the methods of Java's `MetricsReporter`: `init`, `metricChange`, `metricRemoval`, `close`. If one
   * throws, that is reported, and the others are called all the same. `contextChange` and `configure` do
   * not exist: create the object with what it needs. The class name of `JmxReporter` is accepted and has no
   * effect. The default differs from Java's: there is no JMX in Node.
   *
   * Accepts an array of objects with a method metricChange.
   *
   * @defaultValue `[]`
   * @see producer configs of Apache Kafka
   */
  readonly 'metric.reporters'?: string | readonly MetricsReporter[] | undefined
  /**
   * Whether brokers may collect the metrics of this client. They do so only if they have a plug-in for it;
   * otherwise this costs nothing. No connection is opened or kept open for it.
   *
   * Accepts true or false.
   *
   * @defaultValue `true`
   * @see KIP-714
   */
  readonly 'enable.metrics.push'?: boolean | 'true' | 'false' | undefined
  /**
   * Names of providers that replace `${provider:path:key}` in values that are strings.
   * `config.providers.<name>.class` selects the kind: `FileConfigProvider` (a value of a properties file),
   * `DirectoryConfigProvider` (the content of a file in a folder) or `EnvVarConfigProvider`, all of
   * `org.apache.kafka.common.config.provider`. `config.providers.<name>.param.allowed.paths` and
   * `….param.allowlist.pattern` restrict what they can read. They are read once, when the producer is
   * created.
   *
   * Accepts a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see KIP-297, KIP-421, KIP-887
   */
  readonly 'config.providers'?: string | readonly string[] | undefined
}
