// Made of keys-network.ts by spec/config/render-types.ts; a spec holds the one against the other.
// To change it, change the table and run `npx vitest run spec/config -u`.

import type { MetricsReporter } from '../metrics/reporters.ts'

/** Connections, the picture of the cluster, and what is measured. */
export interface NetworkConfig {
  /**
   * Whether hosts of `bootstrap.servers` are connected to by the names given, or by canonical ones,
   * for TLS and logins that go by these: the name that the DNS has for an address of the host, if
   * it leads back to that address. All addresses of a host are tried either way, each attempt
   * beginning with the next.
   *
   * Takes one of use_all_dns_ips, resolve_canonical_bootstrap_servers_only.
   *
   * @defaultValue `use_all_dns_ips`
   * @see KIP-602, KIP-235
   */
  readonly 'client.dns.lookup'?:
    | 'use_all_dns_ips'
    | 'resolve_canonical_bootstrap_servers_only'
    | undefined
  /**
   * How long no host of `bootstrap.servers` may be known to the DNS while records wait; then all
   * fail with `BOOTSTRAP_UNRESOLVED`, for good. Hosts are resolved at each attempt to connect. 0:
   * there is no such limit, only those of the records (where Java refuses to make the producer).
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `0`
   * @see KIP-909
   */
  readonly 'bootstrap.resolve.timeout.ms'?: number | string | undefined
  /**
   * The pause before the first new attempt to reach a broker. It doubles with each failure, give or
   * take 20 %; where it alone is set, it stays as it is.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `50`
   * @see KIP-144
   */
  readonly 'reconnect.backoff.ms'?: number | string | undefined
  /**
   * The longest pause before a new attempt to reach a broker.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `1000`
   * @see KIP-144
   */
  readonly 'reconnect.backoff.max.ms'?: number | string | undefined
  /**
   * How long a connection may take to be made, at TCP. It doubles with each failure in a row.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `10000`
   * @see KIP-601
   */
  readonly 'socket.connection.setup.timeout.ms'?: number | string | undefined
  /**
   * The longest that a connection may take to be made, after many failures.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `30000`
   * @see KIP-601
   */
  readonly 'socket.connection.setup.timeout.max.ms'?: number | string | undefined
  /**
   * How long a connection is kept that nothing passes over. Negative: for ever.
   *
   * Takes an integer (ms).
   *
   * @defaultValue `540000`
   * @see producer configs of Apache Kafka
   */
  readonly 'connections.max.idle.ms'?: number | string | undefined
  /**
   * The size of the send buffer of a socket (`SO_SNDBUF`). Java's default counts as -1. Any value
   * but `-1`, `131072` is refused: Node can't size the buffers of a socket; -1 is the operating
   * system's choice.
   *
   * Takes an integer, -1 … 2147483647 (bytes).
   *
   * @defaultValue `-1`
   * @see producer configs of Apache Kafka
   */
  readonly 'send.buffer.bytes'?: number | string | undefined
  /**
   * The size of the receive buffer of a socket (`SO_RCVBUF`). Java's default counts as -1. Any
   * value but `-1`, `32768` is refused: Node can't size the buffers of a socket; -1 is the
   * operating system's choice.
   *
   * Takes an integer, -1 … 2147483647 (bytes).
   *
   * @defaultValue `-1`
   * @see producer configs of Apache Kafka
   */
  readonly 'receive.buffer.bytes'?: number | string | undefined
  /**
   * How old the picture of the cluster may grow before it is fetched anew without a cause.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `300000`
   * @see producer configs of Apache Kafka
   */
  readonly 'metadata.max.age.ms'?: number | string | undefined
  /**
   * How long a topic that nothing is sent to stays in the picture of the cluster.
   *
   * Takes an integer, 5000 or more (ms).
   *
   * @defaultValue `300000`
   * @see KIP-526
   */
  readonly 'metadata.max.idle.ms'?: number | string | undefined
  /**
   * What to do when no known broker can be reached: start again from `bootstrap.servers`, or keep
   * trying those that are known.
   *
   * Takes one of rebootstrap, none (in any case).
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
   * How long there may be no picture of the cluster before `rebootstrap` starts again.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `300000`
   * @see KIP-1102
   */
  readonly 'metadata.recovery.rebootstrap.trigger.ms'?: number | string | undefined
  /**
   * Whether a broker is told which one it is taken for, so that one of another cluster, or another
   * one of this, which has the address by now, says so: then the client starts again from
   * `bootstrap.servers`. Brokers know it since Kafka 4.4. Has no effect where
   * `metadata.recovery.strategy` is `none`.
   *
   * Takes true or false.
   *
   * @defaultValue `true`
   * @see KIP-1242
   */
  readonly 'metadata.cluster.check.enable'?: boolean | 'true' | 'false' | undefined
  /**
   * How many windows of time the rates, averages and maxima of `metrics()` look back on.
   *
   * Takes an integer, 1 … 2147483647.
   *
   * @defaultValue `2`
   * @see producer configs of Apache Kafka
   */
  readonly 'metrics.num.samples'?: number | string | undefined
  /**
   * How long one of these windows is.
   *
   * Takes an integer, 0 or more (ms).
   *
   * @defaultValue `30000`
   * @see producer configs of Apache Kafka
   */
  readonly 'metrics.sample.window.ms'?: number | string | undefined
  /**
   * How much is measured. All metrics of this client are measured at each level.
   *
   * Takes one of INFO, DEBUG, TRACE.
   *
   * @defaultValue `INFO`
   * @see KIP-105
   */
  readonly 'metrics.recording.level'?: 'INFO' | 'DEBUG' | 'TRACE' | undefined
  /**
   * Objects that are told of each metric when there is one, and can read it from then on; as Java
   * calls its `MetricsReporter`: `init`, `metricChange`, `metricRemoval`, `close`. One that throws
   * is reported; the others are called all the same. `contextChange` and `configure` have no
   * counterpart: an object is made with what it needs. The name of `JmxReporter` stands for none.
   * Not the default of Java: there is no JMX here.
   *
   * Takes an array of objects with a method metricChange.
   *
   * @defaultValue `[]`
   * @see producer configs of Apache Kafka
   */
  readonly 'metric.reporters'?: string | readonly MetricsReporter[] | undefined
  /**
   * Whether brokers may ask this client for its metrics. They do where a plug-in of theirs takes
   * them; else it costs nothing. No connection is made or kept for it.
   *
   * Takes true or false.
   *
   * @defaultValue `true`
   * @see KIP-714
   */
  readonly 'enable.metrics.push'?: boolean | 'true' | 'false' | undefined
  /**
   * Names of providers that fill in `${provider:path:key}` in values that are strings.
   * `config.providers.<name>.class` says what each is: the `FileConfigProvider` (a value of a
   * properties file), the `DirectoryConfigProvider` (the content of a file in a folder) or the
   * `EnvVarConfigProvider` of `org.apache.kafka.common.config.provider`.
   * `config.providers.<name>.param.allowed.paths` and `….param.allowlist.pattern` narrow what they
   * give. They are read once, when a producer is made.
   *
   * Takes a list: strings in an array, or one string with commas.
   *
   * @defaultValue `[]`
   * @see KIP-297, KIP-421, KIP-887
   */
  readonly 'config.providers'?: string | readonly string[] | undefined
}
