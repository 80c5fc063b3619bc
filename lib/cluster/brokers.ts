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
// cluster no longer names once their last answer has arrived. Does not decide when to connect. A bootstrap
// server's connection goes on as that of the broker that listens there.
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
  /** The node of each connection. */
  readonly #owners = new Map<Connection, Node>()
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
    const gone = this.all.filter(({ id }) => !topology.brokers.has(id))
    for (const { id } of gone) this.#nodes.delete(id)
    for (const { id, host, port } of topology.brokers.values()) {
      const address = { host, port }
      const node = this.#nodes.get(id)
      if (node === undefined) this.#nodes.set(id, new Node(id, address, this.#policy))
      else if (!sameAddress(node.address, address)) this.#move(node, address)
    }
    for (const node of gone) {
      const heir = this.#heirOf(node)
      if (heir === null) this.#retire(node)
      else this.#handOver(node, heir)
    }
  }

  /** Opens a connection; `node.canConnect` must be true. */
  connect(node: Node, now: number): void {
    const { address, id } = node
    const setupTimeoutMs = node.attempt(now)
    const versionsIn = node.versionsIn ?? this.#versionsIn
    const clusterId = this.#expectedAt(id)
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
      slot: () => this.#offered(this.#owners.get(connection)!),
      closed: (cause) => {
        const owner = this.#owners.get(connection)!
        this.#owners.delete(connection)
        this.#observer()?.disconnected(owner.id, connection.address, cause, owner.wasReady)
        owner.disconnected(this.#runtime.clock.now(), cause)
        this.#leaving.delete(owner)
        this.#events.disconnected(cause)
      },
      throttled: (ms) => {
        const owner = this.#owners.get(connection)!
        this.#observer()?.throttled(owner.id, ms)
        this.#events.throttled(owner, ms)
      },
      turn: (work) => this.#events.turn(work),
    })
    node.connection = connection
    this.#owners.set(connection, node)
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

  /** The cluster that a node has to belong to, if it is asked; bootstrap servers may belong to any. */
  #expectedAt(id: number): string | null {
    return this.#settings.checksCluster === true && id >= 0 ? this.#clusterId() : null
  }

  /**
   * The broker that listens where a bootstrap server's connection leads: the only one that is told to be there, by
   * the very name that was connected to. Null if there is none, if it has a connection, or if this one can take no
   * request at the moment.
   */
  #heirOf(node: Node): Node | null {
    if (node.id >= 0 || !node.canSend(this.#runtime.clock.now())) return null
    const { to } = node.connection!
    const there = this.all.filter(({ id, address }) => id >= 0 && sameAddress(address, to))
    const [heir, another] = there
    if (heir === undefined || another !== undefined) return null
    return heir.connection === null ? heir : null
  }

  /** Saves the broker another connection, with its handshake and its login. */
  #handOver(node: Node, heir: Node): void {
    const connection = node.connection!
    heir.takeOver(node)
    this.#owners.set(connection, heir)
    this.#observer()?.takenOver?.(node.id, heir.id, connection.address)
    connection.goOnAs(heir.id, this.#expectedAt(heir.id))
  }

  /** Sends nothing new to it; requests in flight may still be answered. */
  #retire(node: Node): void {
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
  const mayAnswer = connection.state === 'ready' || connection.state === 'confirming'
  if (!mayAnswer || connection.inFlight === 0) connection.close()
}
