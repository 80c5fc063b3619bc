// The mock cluster: the broker model behind real sockets. What it has in common with the cluster in
// virtual time is in scripted-cluster.ts. It owns the servers; the model owns the state. Every command
// takes effect immediately, between two requests.

import type { MockTelemetry } from './answer-telemetry.ts'
import type { BrokerModel } from './broker-model.ts'
import { BrokerServer } from './broker-server.ts'
import { clusterOptions, partsOf } from './cluster-parts.ts'
import type { TopicSettings } from './cluster-state.ts'
import { checkNames } from './known-names.ts'
import { type ListenerTls, listenerTls } from './listener-tls.ts'
import { MockRecord } from './mock-record.ts'
import type { KafkaVersion } from './releases.ts'
import type { MockListeners } from './sasl-access.ts'
import { ScriptedCluster } from './scripted-cluster.ts'
import type { ApiName, VersionRange } from './served-apis.ts'
import type { MockCertificate } from './test-certificates.ts'

/** Options of a {@link MockCluster}. */
export interface MockClusterOptions {
  /** The number of brokers. Their ids are 1, 2, 3, …. Default 1. */
  readonly brokers?: number | undefined
  /** The cluster id that the brokers report. Default `'mockClusterOfToKafka00'`. */
  readonly clusterId?: string | undefined
  /** The racks of the brokers, in the order of their ids (`broker.rack`). Default: none has one. */
  readonly racks?: readonly (string | null)[] | undefined
  /** The topics that exist from the start, by name. */
  readonly topics?: Readonly<Record<string, TopicSettings>> | undefined
  /** Whether a request for an unknown topic creates it. Default false. */
  readonly autoCreateTopics?: boolean | undefined
  /** The number of partitions of a topic that is created in this way. Default 1. */
  readonly defaultPartitions?: number | undefined
  /** The maximum size of a batch, in bytes (`message.max.bytes`). Default 1048588; 1000012 before 2.5. */
  readonly messageMaxBytes?: number | undefined
  /**
   * The Kafka release that the brokers imitate: `'2.1'`, `'2.4'`, … `'4.4'`. They announce its protocol
   * versions and features, and answer like it if releases differ. Default `'4.4'`.
   */
  readonly version?: KafkaVersion | undefined
  /** The versions of some APIs, if they differ from the release's: `{ Produce: [0, 7] }`. */
  readonly versions?: Readonly<Partial<Record<ApiName, VersionRange | undefined>>> | undefined
  /**
   * Whether each broker, also after {@link MockCluster.startBroker}, answers who asks first as a broker does
   * that has just started: InitProducerId with COORDINATOR_LOAD_IN_PROGRESS (since 3.7), and Metadata or
   * Produce without topics that exist (before 3.7), and without brokers (2.1, 3.0 and 3.4). Then a client asks
   * again. Default false.
   */
  readonly justStarted?: boolean | undefined
  /**
   * How clients must connect: `{ security: 'SASL_PLAINTEXT', users: { me: 'secret' } }`. Default: without TLS
   * and without a login.
   */
  readonly listeners?: MockListeners | undefined
  /** The metrics that the brokers collect from clients (KIP-714). Default: none. */
  readonly telemetry?: MockTelemetry | undefined
  /** The maximum number of requests in {@link MockCluster.requests}. Default 10000. */
  readonly requestsMax?: number | undefined
}

/**
 * A Kafka cluster inside this process, on real sockets of 127.0.0.1, for tests.
 *
 * It speaks Kafka's protocol to any client, checks what a broker checks (checksums, sizes, counts, sequences,
 * epochs, compression) and answers as Kafka does. {@link MockCluster.violations} lists how clients violated the
 * protocol. Replication is perfect, nothing is written to disk, and consumer groups cannot be joined. It has
 * transactions, of both protocols (TV1 and TV2).
 *
 * ```ts
 * const cluster = await MockCluster.start({ brokers: 3, topics: { orders: { partitions: 12 } } })
 * cluster.on('Produce', { nth: 3 }).closeAfterAppend()
 * // … produce to cluster.bootstrapServers …
 * const values = (await cluster.records('orders')).map(({ valueText }) => valueText)
 * await cluster.close()
 * ```
 */
export class MockCluster extends ScriptedCluster {
  readonly #model: BrokerModel
  readonly #servers: readonly BrokerServer[]
  readonly #tls: ListenerTls | null

  private constructor(options: MockClusterOptions) {
    checkNames('the options of MockCluster', options, clusterOptions)
    const parts = partsOf(options, () => Date.now())
    super(parts)
    const { model, exchange, listeners } = parts
    this.#model = model
    const tls = listenerTls(listeners)
    this.#tls = tls
    this.#servers = model.state.brokers.map(({ id }) => new BrokerServer(id, exchange, tls))
  }

  /** Starts the brokers, each on a free port. Rejects if the options are invalid. */
  static async start(options: MockClusterOptions = {}): Promise<MockCluster> {
    const cluster = new MockCluster(options)
    try {
      for (const { id } of cluster.#model.state.brokers) await cluster.#listen(id)
      return cluster
    } catch (cause) {
      await cluster.close()
      throw cause
    }
  }

  /**
   * Returns all records of a topic, partition by partition, each in log order. Rejects with a RangeError if the
   * topic does not exist.
   */
  async records(topic: string): Promise<MockRecord[]> {
    return [...this.read(topic)]
  }

  /** Returns the same records one by one, for logs that are too large for an array. */
  *read(topic: string): Generator<MockRecord, void> {
    const partitions = this.#model.state.topic(topic)?.partitions
    if (!partitions) throw new RangeError(`there is no topic ${topic}`)
    for (const { index, log } of partitions) {
      for (const record of log.records()) yield new MockRecord(index, record)
    }
  }

  /**
   * Stops a broker: its connections are closed, its port refuses connections, and Metadata does not list it. The
   * other brokers take over its partitions; with `failover: false`, these have no leader until it is back.
   */
  async stopBroker(broker: number, { failover = true } = {}): Promise<void> {
    this.#model.stopBroker(broker, failover)
    await this.#server(broker).stop()
  }

  /** Starts a stopped broker again, on the same port. It leads partitions that no other broker took over. */
  async startBroker(broker: number): Promise<void> {
    if (this.#model.state.broker(broker).state !== 'down') return
    await this.#listen(broker)
    this.#model.startBroker(broker)
  }

  /** Pauses a broker, like SIGSTOP: it keeps and accepts connections, but does not answer. */
  pauseBroker(broker: number): void {
    this.#change(broker, 'up', 'paused')
    this.#server(broker).pause()
  }

  /** Resumes a paused broker. */
  resumeBroker(broker: number): void {
    this.#change(broker, 'paused', 'up')
    this.#server(broker).resume()
  }

  /**
   * Changes the brokers' certificate. Open connections are not affected. Throws a RangeError if the listeners do
   * not use TLS.
   */
  setCertificate(certificate: MockCertificate): void {
    if (this.#tls === null) throw new RangeError('the listeners of this cluster do not use TLS')
    this.#tls.show(certificate)
  }

  /** Hides a broker in Metadata. It still works and leads its partitions. */
  hideBroker(broker: number): void {
    this.#model.state.broker(broker).hidden = true
  }

  /** Lists a hidden broker in Metadata again. */
  showBroker(broker: number): void {
    this.#model.state.broker(broker).hidden = false
  }

  /** Stops all brokers. No socket, timer or handle is left open. The records can still be read. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  /** `await using cluster = …` closes the cluster at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #listen(broker: number): Promise<void> {
    const state = this.#model.state.broker(broker)
    state.port = await this.#server(broker).start(state.host, state.port)
  }

  #server(broker: number): BrokerServer {
    return this.#servers[broker - 1]!
  }

  #change(broker: number, from: 'up' | 'paused', to: 'up' | 'paused'): void {
    const state = this.#model.state.broker(broker)
    if (state.state !== from)
      throw new RangeError(`broker ${broker} is ${state.state}, not ${from}`)
    state.state = to
  }
}
