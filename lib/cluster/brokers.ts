import type { KafkaError } from '../errors/kafka-error.ts'
import type { Observer } from '../observer.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import type { Address, Runtime } from '../runtime.ts'
import { Connection } from '../wire/connection.ts'
import type { ConnectionOptions } from '../wire/connection-options.ts'
import type { FinalizedFeatures } from '../wire/versions.ts'
import { Node, type ReconnectOptions, ReconnectPolicy, sameAddress } from './node.ts'
import type { Topology } from './topology.ts'

// The nodes of the cluster and their connections. Opens connections, and closes those to nodes that the
// cluster no longer names once their last answer has arrived. Does not decide when to connect.
//
// Invariant: every connection belongs to exactly one node, in `all` or among the leaving ones. Owned by
// Cluster.

export type ConnectionSettings = Omit<
  ConnectionOptions,
  | 'address'
  | 'node'
  | 'clusterId'
  | 'failures'
  | 'isCanonical'
  | 'setupTimeoutMs'
  | 'versionsIn'
  | 'required'
> & {
  /** Whether bootstrap servers are connected to by their canonical names. */
  readonly hasCanonicalBootstrap?: boolean
  /** Whether a broker is told which node id it is taken for, so that it can object. */
  readonly checksCluster?: boolean
}

export interface BrokersEvents {
  /** The DNS has resolved a bootstrap server's name. */
  resolved(): void
  /** The node can take a request now. */
  slot(node: Node): void
  /** A connection has ended; its node already knows. `cause` is null if this client ended it. */
  disconnected(cause: KafkaError | null): void
  throttled(node: Node, ms: number): void
  turn(work: () => void): void
}

export class Brokers {
  readonly #settings: ConnectionSettings
  readonly #runtime: Runtime
  readonly #events: BrokersEvents
  readonly #policy: ReconnectPolicy
  readonly #nodes = new Map<number, Node>()
  readonly #leaving = new Set<Node>()
  #clusterId: () => string | null = () => null
  /** The version of ApiVersions that the last connected broker knew. */
  #versionsIn: number | undefined
  /** The newest version that any broker has announced. */
  #features: FinalizedFeatures = { epoch: -1n, levels: new Map() }

  constructor(
    settings: ConnectionSettings & ReconnectOptions,
    runtime: Runtime,
    events: BrokersEvents,
  ) {
    this.#settings = settings
    this.#runtime = runtime
    this.#events = events
    this.#policy = new ReconnectPolicy(settings, runtime.random)
  }

  get all(): readonly Node[] {
    return [...this.#nodes.values()]
  }

  get(id: number): Node | undefined {
    return this.#nodes.get(id)
  }

  /** The finalized level of a feature of the cluster; 0 if none is known. */
  featureLevel(name: string): number {
    return this.#features.levels.get(name) ?? 0
  }

  /** Whether no connection is left, including those that are leaving. */
  get areAllGone(): boolean {
    return this.#leaving.size === 0 && this.all.every((node) => node.connection === null)
  }

  /** Makes the nodes those that `topology` names. */
  adopt(topology: Topology): void {
    this.#clusterId = () => topology.clusterId
    for (const node of this.all) if (!topology.brokers.has(node.id)) this.#retire(node)
    for (const { id, host, port } of topology.brokers.values()) {
      const address = { host, port }
      const node = this.#nodes.get(id)
      if (node === undefined) this.#nodes.set(id, new Node(id, address, this.#policy))
      else if (!sameAddress(node.address, address)) this.#move(node, address)
    }
  }

  /** Opens a connection; `node.canConnect` must be true. */
  connect(node: Node, now: number): void {
    const { address, id } = node
    const setupTimeoutMs = node.attempt(now)
    const versionsIn = node.versionsIn ?? this.#versionsIn
    const isChecked = this.#settings.checksCluster === true && id >= 0
    const clusterId = isChecked ? this.#clusterId() : null
    const options = {
      ...this.#settings,
      ...(versionsIn !== undefined && { versionsIn }),
      ...(clusterId !== null && { clusterId }),
      isCanonical: this.#settings.hasCanonicalBootstrap === true && id < 0,
      address,
      node: id,
      failures: node.failures,
      setupTimeoutMs,
      required: Metadata,
    }
    const connection = new Connection(options, this.#runtime, {
      resolved: () => {
        if (id < 0) this.#events.resolved()
      },
      ready: (newest) => {
        node.ready(newest)
        this.#versionsIn = newest
        const { features } = connection
        if (features.epoch >= this.#features.epoch) this.#features = features
        this.#observer()?.connected(id, connection.address)
        this.#offered(node)
      },
      slot: () => this.#offered(node),
      closed: (cause) => {
        this.#observer()?.disconnected(id, connection.address, cause, node.wasReady)
        node.disconnected(this.#runtime.clock.now(), cause)
        this.#leaving.delete(node)
        this.#events.disconnected(cause)
      },
      throttled: (ms) => {
        this.#observer()?.throttled(id, ms)
        this.#events.throttled(node, ms)
      },
      turn: (work) => this.#events.turn(work),
    })
    node.connection = connection
    this.#observer()?.connecting(id, connection.address)
  }

  close(): void {
    for (const node of [...this.all, ...this.#leaving]) node.connection?.close()
  }

  #observer(): Observer | null {
    return this.#settings.watched?.observer ?? null
  }

  #offered(node: Node): void {
    if (!this.#leaving.has(node) && !node.isMoving) this.#events.slot(node)
    else if (node.connection?.inFlight === 0) node.connection.close()
  }

  /** Sends nothing new to it; requests in flight may still be answered. */
  #retire(node: Node): void {
    this.#nodes.delete(node.id)
    const { connection } = node
    if (connection === null) return
    this.#leaving.add(node)
    letGo(connection)
  }

  /**
   * The broker has another address now. Its connection is closed before another is opened, because requests
   * in flight may still arrive and must not be overtaken.
   */
  #move(node: Node, address: Address): void {
    node.moveTo(address)
    if (node.isMoving) letGo(node.connection!)
  }
}

/** Closes a connection that gets nothing new, unless an answer is still to come. */
function letGo(connection: Connection): void {
  if (connection.state !== 'ready' || connection.inFlight === 0) connection.close()
}
