// The mock cluster: the broker model behind real sockets, and what a test wants to do with it; what
// is the same in virtual time is in scripted-cluster.ts. It owns the servers; the model owns the
// truth. Everything it can be told takes effect at once, between two requests.

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

/** How a {@link MockCluster} is made. */
export interface MockClusterOptions {
  /** How many brokers; their ids are 1, 2, 3, … Default 1. */
  readonly brokers?: number | undefined
  /** What the brokers call their cluster. Default `'mockClusterOfToKafka00'`. */
  readonly clusterId?: string | undefined
  /** The racks of the brokers, in the order of their ids (`broker.rack`). Default: none has one. */
  readonly racks?: readonly (string | null)[] | undefined
  /** The topics that exist from the start, by name. */
  readonly topics?: Readonly<Record<string, TopicSettings>> | undefined
  /** Whether asking for an unknown topic creates it. Default false. */
  readonly autoCreateTopics?: boolean | undefined
  /** Partitions of a topic that is created so. Default 1. */
  readonly defaultPartitions?: number | undefined
  /** The largest batch a broker takes, in bytes (`message.max.bytes`). Default 1048588; 1000012 before 2.8. */
  readonly messageMaxBytes?: number | undefined
  /**
   * The release of Kafka that the brokers are like: `'2.1'`, `'2.4'`, … `'4.4'`. They announce its versions
   * of the protocol and its features, and answer as it does where releases differ. Default `'4.4'`.
   */
  readonly version?: KafkaVersion | undefined
  /** The versions the brokers speak of some APIs, if not those of the release: `{ Produce: [0, 7] }`. */
  readonly versions?: Readonly<Partial<Record<ApiName, VersionRange | undefined>>> | undefined
  /**
   * Whether each broker, also after {@link MockCluster.startBroker}, answers its first InitProducerId
   * with COORDINATOR_LOAD_IN_PROGRESS, as Kafka does since 3.7: a client asks again. Default false.
   */
  readonly justStarted?: boolean | undefined
  /**
   * How clients have to connect: `{ security: 'SASL_PLAINTEXT', users: { me: 'secret' } }`. Default: in the
   * clear, without a login.
   */
  readonly listeners?: MockListeners | undefined
  /** The brokers take metrics of clients (KIP-714), and ask for these. Default: they take none. */
  readonly telemetry?: MockTelemetry | undefined
  /** How many requests {@link MockCluster.requests} remembers at most. Default 10000. */
  readonly requestsMax?: number | undefined
}

/**
 * A Kafka cluster inside this process, on real sockets of 127.0.0.1, for tests.
 *
 * It speaks Kafka's own protocol to any client, checks what a broker checks (checksums, sizes,
 * counts, sequences, epochs, compression) and answers as Kafka does; where a client breaks the
 * protocol, {@link MockCluster.violations} says how. Replication is perfect, nothing is written to
 * disk, and nobody can join a consumer group. Transactions are Kafka's, of both protocols (TV1 and TV2).
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

  /** Starts the brokers, each on a free port. Rejects where the options make no sense. */
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
   * All records of a topic, partition by partition, each in log order. Rejects with a RangeError
   * where there is no such topic.
   */
  async records(topic: string): Promise<MockRecord[]> {
    return [...this.read(topic)]
  }

  /** The same records one by one, for logs that are too large for an array. */
  *read(topic: string): Generator<MockRecord, void> {
    const partitions = this.#model.state.topic(topic)?.partitions
    if (!partitions) throw new RangeError(`no topic ${topic}`)
    for (const { index, log } of partitions) {
      for (const record of log.records()) yield new MockRecord(index, record)
    }
  }

  /**
   * Kills a broker: its connections are cut, its port refuses, Metadata knows it no more. The other
   * brokers take over what it led; with `failover: false` nobody leads it until the broker is back.
   */
  async stopBroker(broker: number, { failover = true } = {}): Promise<void> {
    this.#model.stopBroker(broker, failover)
    await this.#server(broker).stop()
  }

  /** Starts a stopped broker again, on its old port. It leads again what nobody took over. */
  async startBroker(broker: number): Promise<void> {
    if (this.#model.state.broker(broker).state !== 'down') return
    await this.#listen(broker)
    this.#model.startBroker(broker)
  }

  /** Freezes a broker, as SIGSTOP does: connections stay, and connect, but nothing is answered. */
  pauseBroker(broker: number): void {
    this.#change(broker, 'up', 'paused')
    this.#server(broker).pause()
  }

  /** Lets a paused broker go on where it stopped. */
  resumeBroker(broker: number): void {
    this.#change(broker, 'paused', 'up')
    this.#server(broker).resume()
  }

  /**
   * From now on brokers show another certificate; connections that are there go on. Throws a RangeError
   * where they don't speak TLS.
   */
  setCertificate(certificate: MockCertificate): void {
    if (this.#tls === null) throw new RangeError('the listeners of this cluster are in the clear')
    this.#tls.show(certificate)
  }

  /** Leaves a broker out of Metadata, though it works and leads what it leads. */
  hideBroker(broker: number): void {
    this.#model.state.broker(broker).hidden = true
  }

  /** Names a hidden broker in Metadata again. */
  showBroker(broker: number): void {
    this.#model.state.broker(broker).hidden = false
  }

  /** Ends all brokers. No socket, timer or handle of the cluster is left; its records stay. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  /** `await using cluster = …` closes it at the end of the block. */
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
