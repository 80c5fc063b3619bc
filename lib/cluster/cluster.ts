import { Alarm } from '../collections/alarm.ts'
import { AuthenticationError } from '../errors/authentication-error.ts'
import { ConnectionError } from '../errors/connection-error.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Runtime } from '../runtime.ts'
import type { TopicState } from '../topics/topic-state.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { Connection } from '../wire/connection.ts'
import type { SendOptions } from '../wire/connection-options.ts'
import type { Handler } from '../wire/in-flight.ts'
import { Brokers, type ConnectionSettings } from './brokers.ts'
import type { Changes } from './changes.ts'
import { Discovery, type DiscoveryOptions } from './discovery.ts'
import { type ErrandBody, Errands } from './errands.ts'
import { leastLoaded, readiest } from './least-loaded.ts'
import type { Node, ReconnectOptions } from './node.ts'
import { ResolveLimit, type ResolveLimitOptions } from './resolve-limit.ts'
import type { Broker, LeaderHint } from './told.ts'
import type { Topology } from './topology.ts'

// The brokers, their connections, and what is known about the topics in use. It connects to a broker when
// records are to be sent there, and refreshes metadata from the broker with the least to do. Its own
// requests go before those of its users.
//
// Invariant: while it is inactive or closed, it begins nothing and has no timer of its own. One alarm.
// Owned by the producer, which gets ClusterEvents, each as part of a `turn`.

export interface ClusterOptions
  extends ConnectionSettings,
    ReconnectOptions,
    DiscoveryOptions,
    ResolveLimitOptions {}

export interface ClusterEvents {
  /** An answer came, or a partition's leader has changed. */
  changed(changes: Changes): void
  /** These topics were not used for a long time, and are forgotten. */
  forgotten?(topics: readonly TopicState[]): void
  /** This node has a slot, or may be asked again for one. */
  slot(node: number): void
  /**
   * No broker shares a version with this client, no connection is allowed, or no address is known: no retry
   * helps.
   */
  fatal(error: KafkaError): void
  /** A broker refused the login, and no other accepts it at the moment. The next attempt may succeed. */
  refused?(error: AuthenticationError): void
  /** A connection was lost, or could not be established. */
  connectFailed?(error: KafkaError): void
  throttled?(node: number, ms: number): void
  /** After `close()`: the last connection is gone. */
  closed?(): void
  /** Runs `work`, which is everything that follows from one event. */
  turn?(work: () => void): void
}

/** Later than any deadline. */
const never = Number.POSITIVE_INFINITY

type State = 'inactive' | 'active' | 'closing' | 'closed'

export class Cluster {
  readonly #runtime: Runtime
  readonly #events: ClusterEvents
  readonly #alarm: Alarm
  readonly #discovery: Discovery
  readonly #brokers: Brokers
  readonly #errands: Errands
  readonly #resolveLimit: ResolveLimit
  /** The nodes that {@link sendToConnected} has sent to. */
  #confidant: Node | null = null
  #state: State = 'inactive'
  #lastError: KafkaError | null = null
  #isScheduled = false
  /** A request of the cluster's own waits for a slot, so no user gets one. */
  #waits = false

  constructor(options: ClusterOptions, runtime: Runtime, events: ClusterEvents) {
    const turn = (work: () => void) => this.#turn(work)
    this.#runtime = runtime
    this.#events = events
    this.#alarm = new Alarm(runtime.clock, () => this.#turn(() => this.#run()))
    this.#errands = new Errands(runtime.clock, turn)
    this.#resolveLimit = new ResolveLimit(options)
    this.#brokers = new Brokers(options, runtime, {
      resolved: () => this.#resolveLimit.met(),
      slot: (node) => this.#offered(node),
      disconnected: (cause) => this.#disconnected(cause),
      throttled: (node, ms) => this.#events.throttled?.(node.id, ms),
      turn,
    })
    this.#discovery = new Discovery(options, runtime, {
      adopted: (topology) => {
        this.#brokers.adopt(topology)
        this.#schedule()
      },
      changed: (changes) => this.#events.changed(changes),
      forgotten: (topics) => this.#events.forgotten?.(topics),
      refreshed: (error) => this.#refreshed(error),
    })
    this.#brokers.adopt(this.topology)
  }

  get topology(): Topology {
    return this.#discovery.topology
  }

  /** The topics in use. */
  get topics(): TopicTable {
    return this.topology.topics
  }

  /** Why the latest connection failed; null once metadata came after it. */
  get lastError(): KafkaError | null {
    return this.#lastError
  }

  /** Why the last connection to a node failed; null if it did not, or the node is unknown. */
  failureOf(id: number): KafkaError | null {
    return this.#brokers.get(id)?.failure ?? null
  }

  /** The nodes, bootstrap servers first: their addresses, and whether each is connected. */
  get nodes(): readonly Pick<Node, 'id' | 'address' | 'failure' | 'isReady'>[] {
    return this.#brokers.all
  }

  /** Undefined until an answer mentions it; its `error` may say that it cannot be used. */
  topicOf(name: string): TopicState | undefined {
    const topic = this.topology.topics.get(name)
    return topic === undefined || topic.error === null ? undefined : topic
  }

  /** A topic in which records can be placed now; undefined if an answer must be awaited. */
  usable(name: string): TopicState | undefined {
    return this.#discovery.usable(name)
  }

  /** The node id of a partition's leader; -1 if there is none, or it is not among the brokers. */
  leaderOf(topic: string, partition: number): number {
    return this.topology.leaderOf(topic, partition)
  }

  /**
   * Says whether work is outstanding. While none is, nothing is fetched, no connection is opened, and only
   * connections have timers. It starts inactive.
   */
  setActive(active: boolean): void {
    if (this.#state === 'inactive' && active) {
      this.#state = 'active'
      this.#discovery.wake()
      this.#resolveLimit.wake(this.#runtime.clock.now())
      this.#schedule()
    } else if (this.#state === 'active' && !active) {
      this.#rest('inactive')
      this.#discovery.rest(this.#brokers.all.some(({ isReady }) => isReady))
      this.#resolveLimit.rest(this.#runtime.clock.now())
    }
  }

  /** Notes that a topic is in use. A new one is fetched at once, together with others of this burst. */
  use(topic: string): TopicState {
    if (this.#discovery.use(topic)) this.#schedule()
    return this.topology.topics.of(topic)
  }

  /** Requests a refresh of everything, because the known metadata has proven stale. */
  requestUpdate(): void {
    this.#discovery.request()
    this.#schedule()
  }

  /** Applies a broker's hints about new leaders, if they are newer than what is known. */
  applyHints(hints: readonly LeaderHint[], endpoints: readonly Broker[]): void {
    this.#discovery.hint(hints, endpoints)
  }

  /**
   * Whether a request may be sent to a node now. If not, this connects if necessary, and `slot` tells when
   * to ask again (`changed`, if the node is unknown).
   */
  canSend(id: number): boolean {
    const node = this.#brokers.get(id)
    if (node === undefined || this.#isClosed()) return false
    const now = this.#runtime.clock.now()
    if (!this.#waits && node.canSend(now)) return true
    if (this.#state !== 'active') return false
    node.wanted = true
    if (node.canConnect(now)) this.#brokers.connect(node, now)
    else if (node.connection === null) this.#watch(now)
    return false
  }

  /** The finalized level of a feature of the cluster; 0 if none is known. */
  featureLevel(name: string): number {
    return this.#brokers.featureLevel(name)
  }

  /** Whether a node is known. */
  knows(id: number): boolean {
    return this.#brokers.get(id) !== undefined
  }

  /** A broker named another one: it may be connected to, unless the next answer leaves it out. */
  learn(broker: Broker): void {
    this.#discovery.learn(broker)
  }

  /** The node's connection while it is ready, to ask it for versions. */
  connection(id: number): Connection | undefined {
    const node = this.#brokers.get(id)
    return node?.isReady ? (node.connection ?? undefined) : undefined
  }

  /** Sends to a node; `canSend` must be true. As {@link Connection.send}. */
  send<A extends Api>(
    id: number,
    api: A,
    body: RequestInput<A>,
    handler: Handler<ResponseOf<A>>,
    options?: SendOptions,
  ): void {
    const connection = this.connection(id)
    if (connection === undefined) throw new Error(`node ${id} is not ready`)
    connection.send(api, body, handler, options)
  }

  /** Sends to the broker with the least to do, as soon as one can be reached. */
  sendToLeastLoaded<A extends Api>(
    api: A,
    body: ErrandBody<A>,
    handler: Handler<ResponseOf<A>>,
  ): void {
    this.#errands.push(api, body, handler)
    if (this.#isClosed()) this.#dismissErrands()
    else this.#schedule()
  }

  /**
   * Sends to a connected broker with a slot: the one used before, otherwise the one with the least to do.
   * Opens no connection. `never` if that broker does not know the API, or the cluster is closed.
   */
  sendToConnected<A extends Api>(
    api: A,
    body: RequestInput<A>,
    handler: Handler<ResponseOf<A>>,
  ): 'sent' | 'later' | 'never' {
    if (this.#isClosed()) return 'never'
    const node = readiest(this.#brokers.all, this.#runtime.clock.now(), this.#confidant)
    if (node === null) return 'later'
    const connection = node.connection!
    if (connection.version(api) < 0) return 'never'
    this.#confidant = node
    connection.send(api, body, handler)
    return 'sent'
  }

  /**
   * Ends all connections, for good. Requests in flight or waiting fail with `CLOSED`, not inside this call;
   * `closed` follows.
   */
  close(): void {
    if (this.#isClosed()) return
    this.#rest('closing')
    this.#dismissErrands()
    this.#brokers.close()
    this.#checkClosedLater()
  }

  #isClosed(): boolean {
    return this.#state === 'closing' || this.#state === 'closed'
  }

  /** Drops all its wishes. */
  #rest(state: State): void {
    this.#state = state
    this.#waits = false
    for (const node of this.#brokers.all) node.wanted = false
    this.#alarm.clear()
  }

  /** A node can take a request: the cluster's own first, then those of its users. */
  #offered(node: Node): void {
    if (this.#isClosed()) return
    const now = this.#runtime.clock.now()
    if (this.#waits || this.#hasWork(now)) {
      this.#progress(now)
      this.#watch(now)
    }
    if (this.#waits || !node.canSend(now)) return
    node.wanted = false
    this.#events.slot(node.id)
  }

  #disconnected(cause: KafkaError | null): void {
    if (this.#isClosed()) {
      this.#checkClosedLater()
      return
    }
    this.#schedule() // later: the requests that were in flight there are told first
    if (cause === null) return
    this.#lastError = cause
    this.#discovery.connectionLost()
    if (cause.code === 'REBOOTSTRAP_REQUIRED') this.#discovery.rebootstrapNow()
    this.#events.connectFailed?.(cause)
    if (cause instanceof AuthenticationError) {
      const isAlone = !cause.retriable && !this.#brokers.all.some((node) => node.isReady)
      if (isAlone) this.#events.refused?.(cause)
    } else if (this.#isFatal()) {
      this.#events.fatal(cause)
    }
  }

  /** Whether no attempt at any node can help: each has a fault that a retry cannot change. */
  #isFatal(): boolean {
    return this.#brokers.all.every(({ refusal }) => refusal !== null)
  }

  #refreshed(error: KafkaError | null): void {
    if (error === null) this.#lastError = null
    this.#schedule()
  }

  /** Does what is due. Called in its own turn, by the alarm or at the end of a burst. */
  #run(): void {
    const now = this.#runtime.clock.now()
    if (this.#resolveLimit.dueAt <= now) {
      this.#resolveLimit.met() // reported once
      this.#events.fatal(this.#resolveLimit.error(this.#lastError))
      return
    }
    this.#progress(now)
    for (const node of this.#brokers.all) {
      const mayBeAsked = node.canConnect(now) || (!this.#waits && node.canSend(now))
      if (!node.wanted || !mayBeAsked) continue
      node.wanted = false
      this.#events.slot(node.id)
    }
    this.#watch(now)
  }

  /** Sends the cluster's own requests while there are any, and a node to take them. */
  #progress(now: number): void {
    this.#waits = false
    while (this.#state === 'active' && this.#hasWork(now)) {
      if (this.#isRefreshDue(now)) this.#widen(now)
      const choice = leastLoaded(this.#brokers.all, now, this.#runtime.random)
      if (choice.kind !== 'usable') {
        this.#waits = true
        if (choice.kind === 'connectable') this.#brokers.connect(choice.node, now)
        return
      }
      const connection = choice.node.connection!
      if (this.#isRefreshDue(now)) this.#discovery.refresh(connection, now)
      else this.#errands.sendNext(connection)
    }
  }

  /** Brings in the bootstrap servers if the brokers cannot be used. */
  #widen(now: number): void {
    this.#discovery.rebootstrapIfStuck(now)
    if (this.#brokers.all.every((node) => node.isUnreachable)) this.#discovery.askBootstrapToo()
  }

  #hasWork(now: number): boolean {
    return this.#errands.length > 0 || this.#isRefreshDue(now)
  }

  #isRefreshDue(now: number): boolean {
    return this.#discovery.dueAt <= now
  }

  /**
   * Sets the alarm for whatever is due first, including what has become due since the last look and is not
   * under way: this may replace the very alarm that was set for it.
   */
  #watch(now: number): void {
    if (this.#state !== 'active') return
    const { dueAt, isWanted } = this.#discovery
    const refreshAt = this.#waits && dueAt <= now ? never : dueAt
    let reconnectAt = never
    for (const node of this.#brokers.all) {
      if (node.connection !== null) continue
      // Requests for any broker have been offered to those that may be tried already.
      const isMissed = node.wanted || (this.#waits && node.retryAt > now)
      if (isMissed) reconnectAt = Math.min(reconnectAt, node.retryAt)
    }
    const attemptAt = Math.min(reconnectAt, this.#resolveLimit.dueAt)
    const at = Math.min(attemptAt, refreshAt)
    const isOnlyAging = refreshAt < attemptAt && !isWanted
    if (at < never) this.#alarm.set(at, isOnlyAging)
    else this.#alarm.clear()
  }

  /** Does what is due once the current burst has ended. */
  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'active') return
    this.#isScheduled = true
    this.#runtime.clock.soon(() => {
      this.#isScheduled = false
      if (this.#state === 'active') this.#turn(() => this.#run())
    })
  }

  #dismissErrands(): void {
    const sentence = 'the connections to the cluster were closed'
    this.#errands.dismiss(new ConnectionError('CLOSED', sentence))
  }

  /** Reports, once, that no connection is left after `close()`, when all requests in flight have ended. */
  #checkClosedLater(): void {
    this.#runtime.clock.soon(() => {
      if (this.#state !== 'closing' || !this.#brokers.areAllGone) return
      this.#state = 'closed'
      this.#turn(() => this.#events.closed?.())
    })
  }

  #turn(work: () => void): void {
    if (this.#events.turn === undefined) work()
    else this.#events.turn(work)
  }
}
