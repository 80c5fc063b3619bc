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

// The brokers, the connections to them, and what is known of the topics in use.
// It connects to a broker when somebody wants to send there, and keeps metadata fresh by asking
// whichever broker has the least to do; its own requests go before those of its users.
// Invariant: nothing is begun while it is inactive or closed, and no timer of its own runs then.
// One alarm. Owned by the producer, which is told through ClusterEvents, each as part of a `turn`.

export interface ClusterOptions
  extends ConnectionSettings,
    ReconnectOptions,
    DiscoveryOptions,
    ResolveLimitOptions {}

export interface ClusterEvents {
  /** An answer came, or who leads a partition has changed. */
  changed(changes: Changes): void
  /** Nothing has needed these topics for long: nobody knows of them any more. */
  forgotten?(topics: readonly TopicState[]): void
  /** This node has a slot, or may be asked again for one. */
  slot(node: number): void
  /** We share no version with anybody, may not connect, or know no address: no retry helps. */
  fatal(error: KafkaError): void
  /** We were not let in, and nobody else lets us in at the moment. The next attempt may succeed. */
  refused?(error: AuthenticationError): void
  /** A connection was lost, or never came to be. */
  connectFailed?(error: KafkaError): void
  throttled?(node: number, ms: number): void
  /** After `close()`: the last connection is gone. */
  closed?(): void
  /** Runs `work`, which is all that follows from one event. */
  turn?(work: () => void): void
}

/** Later than anything. */
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
  /** Whom {@link sendToConnected} has sent to. */
  #confidant: Node | null = null
  #state: State = 'inactive'
  #lastError: KafkaError | null = null
  #isScheduled = false
  /** A request of our own waits for a slot, so nobody else is given one. */
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

  /** What the last connection to a node failed with; null where it did not, or the node is not known. */
  failureOf(id: number): KafkaError | null {
    return this.#brokers.get(id)?.failure ?? null
  }

  /** The nodes there are, bootstrap servers first: where they listen, and whether one is connected to. */
  get nodes(): readonly Pick<Node, 'id' | 'address' | 'failure' | 'isReady'>[] {
    return this.#brokers.all
  }

  /** Undefined while no answer has spoken of it; its `error` may say that it cannot be used. */
  topicOf(name: string): TopicState | undefined {
    const topic = this.topology.topics.get(name)
    return topic === undefined || topic.error === null ? undefined : topic
  }

  /** A topic that records can be placed in now; undefined while an answer has to be waited for. */
  usable(name: string): TopicState | undefined {
    return this.#discovery.usable(name)
  }

  /** Node id of a partition's leader; -1 where there is none, or none that can be reached. */
  leaderOf(topic: string, partition: number): number {
    return this.topology.leaderOf(topic, partition)
  }

  /**
   * Says whether work is outstanding. While none is, nothing is fetched, nobody is connected to,
   * and no timer runs but those of connections. Inactive at birth.
   */
  setActive(active: boolean): void {
    if (this.#state === 'inactive' && active) {
      this.#state = 'active'
      this.#discovery.wake()
      this.#resolveLimit.wake(this.#runtime.clock.now())
      this.#schedule()
    } else if (this.#state === 'active' && !active) {
      this.#rest('inactive')
      this.#discovery.rest()
      this.#resolveLimit.rest(this.#runtime.clock.now())
    }
  }

  /** Notes that a topic is in use. One that is new is fetched at once, with others of this burst. */
  use(topic: string): TopicState {
    if (this.#discovery.use(topic)) this.#schedule()
    return this.topology.topics.of(topic)
  }

  /** Asks for a refresh of everything, for what is known has proven stale. */
  requestUpdate(): void {
    this.#discovery.request()
    this.#schedule()
  }

  /** Takes a broker's word on new leaders, where it is newer than what is known. */
  applyHints(hints: readonly LeaderHint[], endpoints: readonly Broker[]): void {
    this.#discovery.hint(hints, endpoints)
  }

  /**
   * Whether a request may be sent to a node now. Where not, connects if need be, and `slot` tells
   * when it is worth asking again (`changed`, where the node is not known).
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

  /** The finalized level of a feature of the cluster; 0 where none is known. */
  featureLevel(name: string): number {
    return this.#brokers.featureLevel(name)
  }

  /** Whether a node is among those that are known. */
  knows(id: number): boolean {
    return this.#brokers.get(id) !== undefined
  }

  /** A broker named another one: it may be connected to, if the next answer does not leave it out. */
  learn(broker: Broker): void {
    this.#discovery.learn(broker)
  }

  /** The node's connection while it is ready: to ask it for versions. */
  connection(id: number): Connection | undefined {
    const node = this.#brokers.get(id)
    return node?.isReady ? (node.connection ?? undefined) : undefined
  }

  /** Sends to a node; `canSend` has to be true. As {@link Connection.send}. */
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

  /** Sends to whichever broker has the least to do, as soon as one can be reached. */
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
   * Sends to a broker that is connected to and has a slot: to the one that was sent to before, else to
   * the one with the least to do. Connects to nobody. `never` where that broker does not know the API, or
   * the cluster is closed.
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
   * Ends all connections, for good. What is in flight or waits fails with `CLOSED`, not inside this
   * call; `closed` follows.
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

  /** Stops to want anything. */
  #rest(state: State): void {
    this.#state = state
    this.#waits = false
    for (const node of this.#brokers.all) node.wanted = false
    this.#alarm.clear()
  }

  /** A node can take a request: ours first, then those of our users. */
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

  /** Whether no attempt at any node can help: one that is odd is a fault of its own. */
  #isFatal(): boolean {
    return this.#brokers.all.every(({ refusal }) => refusal !== null)
  }

  #refreshed(error: KafkaError | null): void {
    if (error === null) this.#lastError = null
    this.#schedule()
  }

  /** Does what is due. Called in a turn of its own, by the alarm or at the end of a burst. */
  #run(): void {
    const now = this.#runtime.clock.now()
    if (this.#resolveLimit.dueAt <= now) {
      this.#resolveLimit.met() // told once
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

  /** Sends requests of our own while there are any, and somebody to take them. */
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

  /** Brings the bootstrap servers in where the brokers are of no use. */
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
   * Sets the alarm for whatever is due first, also for what has fallen due since somebody looked and
   * is not under way: its alarm may be the very one that this replaces.
   */
  #watch(now: number): void {
    if (this.#state !== 'active') return
    const { dueAt, isWanted } = this.#discovery
    const refreshAt = this.#waits && dueAt <= now ? never : dueAt
    let reconnectAt = never
    for (const node of this.#brokers.all) {
      if (node.connection !== null) continue
      // What waits for any broker at all has been offered to those that may be tried already.
      const isMissed = node.wanted || (this.#waits && node.retryAt > now)
      if (isMissed) reconnectAt = Math.min(reconnectAt, node.retryAt)
    }
    const attemptAt = Math.min(reconnectAt, this.#resolveLimit.dueAt)
    const at = Math.min(attemptAt, refreshAt)
    const isOnlyAging = refreshAt < attemptAt && !isWanted
    if (at < never) this.#alarm.set(at, isOnlyAging)
    else this.#alarm.clear()
  }

  /** Does what is due once the burst that runs now has ended. */
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

  /** Tells, once, that no connection is left after `close()`, when all that was in flight knows. */
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
