// The broker model in virtual time: no socket, no thread, no wall clock. It is the mock cluster's
// counterpart for tests that need exact times, and the base of the simulation that tests this package.
// What both have in common is in scripted-cluster.ts.

import { createHash, pbkdf2Sync } from 'node:crypto'
import type { SchedulerLike } from 'rxjs'
import type {
  Address,
  Clock,
  Cryptography,
  Random,
  Runtime,
  Socket,
  SocketEvents,
  Tls,
  TlsAttempt,
} from '../runtime.ts'
import type { BrokerModel } from './broker-model.ts'
import { clusterOptions, partsOf } from './cluster-parts.ts'
import type { Exchange } from './exchange.ts'
import { checkNames, type NamesOf } from './known-names.ts'
import { isSecure } from './listener-tls.ts'
import type { MockClusterOptions } from './mock-cluster.ts'
import { MockRecord } from './mock-record.ts'
import { SchedulerClock } from './scheduler-clock.ts'
import { ScriptedCluster } from './scripted-cluster.ts'
import { SimulatedLink } from './simulated-link.ts'
import { type HandshakeFailure, SimulatedTls } from './simulated-tls.ts'
import { calm, type Weather } from './weather.ts'

/** Options of a {@link SimulatedCluster}. */
export interface SimulatedClusterOptions extends MockClusterOptions {
  /**
   * The network's latency, in virtual milliseconds each way.
   *
   * @defaultValue `1`
   */
  readonly latencyMs?: number | undefined
  /** The faults of the network. For simulations. */
  readonly weather?: Weather | undefined
  /**
   * The source of random numbers, for example for jitter.
   *
   * @defaultValue always one half, so that every wait has exactly its middle value
   */
  readonly random?: Random | undefined
}

const simulatedOptions: NamesOf<SimulatedClusterOptions> = {
  ...clusterOptions,
  latencyMs: true,
  weather: true,
  random: true,
}

/** The port of broker 1. */
const firstPort = 9092

/**
 * A Kafka cluster in virtual time, for marble tests. All time passes in frames of the scheduler, and each run gives
 * the same result.
 *
 * ```ts
 * const cluster = new SimulatedCluster({ topics: { orders: { partitions: 3 } } })
 * scheduler.run(({ hot, expectObservable }) => {
 *   const runtime = cluster.runtime(scheduler)
 *   const results$ = hot('a-b|', records).pipe(toKafka({ 'bootstrap.servers': cluster.bootstrapServers }, { runtime }))
 *   expectObservable(results$.pipe(map(({ offset }) => offset))).toBe(…)
 * })
 * ```
 */
export class SimulatedCluster extends ScriptedCluster {
  readonly #model: BrokerModel
  readonly #exchange: Exchange
  readonly #weather: Weather
  readonly #random: Random
  readonly #links = new Set<SimulatedLink>()
  readonly #isSecure: boolean
  readonly #tls: SimulatedTls
  #clock: Clock | null = null
  #zombies = 0

  constructor(options: SimulatedClusterOptions = {}) {
    checkNames('the options of SimulatedCluster', options, simulatedOptions)
    const parts = partsOf(options, () => this.#clock?.timestamp() ?? 0)
    super(parts)
    this.#model = parts.model
    this.#exchange = parts.exchange
    this.#isSecure = isSecure(parts.listeners)
    this.#tls = new SimulatedTls(this.#model)
    this.#weather = options.weather ?? calm(options.latencyMs ?? 1)
    this.#random = options.random ?? (() => 0.5)
    for (const broker of this.#model.state.brokers) broker.port = firstPort + broker.id - 1
  }

  /** The number of requests that brokers received after the client had closed the connection. */
  get zombies(): number {
    return this.#zombies
  }

  /** The number of connections that are open, or opening. */
  get connections(): number {
    return this.#links.size
  }

  /**
   * Returns the runtime for `toKafka(config, { runtime })`, with the scheduler's time and this cluster's
   * network.
   */
  runtime(time: SchedulerLike | Clock): Runtime {
    const clock = 'soon' in time ? time : new SchedulerClock(time)
    this.#clock = clock
    return {
      clock,
      random: this.#random,
      cryptography: this.#cryptography(clock),
      transport: {
        connect: (address, events, _failures, tls = null) =>
          this.#connect(clock, address, events, tls),
      },
    }
  }

  /** Randomness that is the same in each run, and keys that are derived without taking time. */
  #cryptography(clock: Clock): Cryptography {
    let drawn = 0
    return {
      randomBytes: (count) => {
        drawn += 1
        return createHash('sha512').update(`${drawn}`).digest().subarray(0, count)
      },
      pbkdf2({ password, salt, iterations, length, hash }, done) {
        const key = pbkdf2Sync(password, salt, iterations, length, hash)
        clock.soon(() => done(key))
      },
    }
  }

  /** Returns all records of a topic, partition by partition, each in log order. */
  records(topic: string): MockRecord[] {
    const partitions = this.#model.state.topic(topic)?.partitions
    if (!partitions) throw new RangeError(`there is no topic ${topic}`)
    return partitions.flatMap(({ index, log }) =>
      [...log.records()].map((record) => new MockRecord(index, record)),
    )
  }

  /**
   * Makes TLS handshakes fail with this error code of Node's, such as `CERT_HAS_EXPIRED`; null ends that. Throws a
   * RangeError if the listeners do not use TLS, or if there is no such broker.
   *
   * ```ts
   * cluster.failHandshakes('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', { broker: 2, late: true })
   * ```
   */
  failHandshakes(code: string | null, which: HandshakeFailure = {}): void {
    if (!this.#isSecure) throw new RangeError('the listeners of this cluster do not use TLS')
    this.#tls.fail(code, which)
  }

  /** Stops a broker: its connections are closed, its port refuses connections; others take over its partitions. */
  stopBroker(broker: number, { failover = true } = {}): void {
    if (this.#model.state.broker(broker).state === 'down') return
    this.#model.stopBroker(broker, failover)
    for (const link of [...this.#links]) if (link.broker === broker) link.cut()
  }

  /** Starts a stopped broker again. It leads partitions that no other broker took over. */
  startBroker(broker: number): void {
    if (this.#model.state.broker(broker).state === 'down') this.#model.startBroker(broker)
  }

  /** Pauses a broker: it keeps and accepts connections, but does not answer. */
  pauseBroker(broker: number): void {
    const state = this.#model.state.broker(broker)
    if (state.state === 'up') state.state = 'paused'
  }

  /** Resumes a paused broker. */
  resumeBroker(broker: number): void {
    const state = this.#model.state.broker(broker)
    if (state.state !== 'paused') return
    state.state = 'up'
    for (const link of [...this.#links]) if (link.broker === broker) link.resume()
  }

  /** A paused broker does its part of the handshake when it is resumed. */
  #shakeHands(clock: Clock, link: SimulatedLink, attempt: TlsAttempt, ms: number): void {
    link.secure()
    const shaken = () => {
      const { broker } = link
      this.#tls.offered(broker, attempt)
      const refusal = this.#tls.refusal(broker)
      if (!this.#isSecure) link.cut('Client network socket disconnected')
      else if (refusal === null) {
        link.accept()
        link.resumable(this.#tls.session(broker))
      } else if (refusal.isLate) link.refuseLate(refusal.code, ms)
      else link.cut('the handshake was refused', refusal.code)
    }
    clock.at(clock.now() + ms, () => link.whenReading(shaken))
  }

  #connect(clock: Clock, address: Address, events: SocketEvents, tls: Tls | null): Socket {
    const broker = this.#model.state.brokers[address.port - firstPort]
    let attempt: TlsAttempt | null
    try {
      attempt = tls?.attempt(address) ?? null
    } catch (cause) {
      clock.soon(() => events.closed(cause as Error))
      return { write() {}, destroy() {} }
    }
    const link = new SimulatedLink(
      {
        broker: broker?.id ?? -1,
        exchange: this.#exchange,
        weather: this.#weather,
        clock,
        isReading: () => broker?.state === 'up',
        isSecure: this.#isSecure,
        attempt,
        ended: (gone) => this.#links.delete(gone),
        zombie: () => {
          this.#zombies += 1
        },
      },
      events,
    )
    this.#links.add(link)
    const { ms, outcome, handshakeMs = ms } = this.#weather.connect(link.broker)
    if (outcome === 'silence') return link
    clock.at(clock.now() + ms, () => {
      const isThere = broker !== undefined && broker.state !== 'down'
      if (!isThere || outcome !== 'accept') link.cut('connect ECONNREFUSED')
      else if (attempt !== null) this.#shakeHands(clock, link, attempt, handshakeMs)
      else link.accept()
    })
    return link
  }
}
