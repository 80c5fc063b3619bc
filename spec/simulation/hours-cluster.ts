import type { MockSecurity } from '../../lib/testing/sasl-access.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import type { ConnectWeather, Weather } from '../../lib/testing/weather.ts'
import { HoursPasswords } from './hours-passwords.ts'
import {
  type Change,
  type Deed,
  type HoursScenario,
  partitionsAtFirst,
  type Sending,
  type Start,
  type TlsChange,
  type TopicName,
} from './hours-scenario.ts'
import { HoursTls } from './hours-tls.ts'

// The cluster of a run of hours: what happens to it, how it is healed, and what it remembers about deleted
// topics. A broker forgets a producer only as a real one does: when the producer has appended nothing to a
// partition for `producer.id.expiration.ms`.

export interface LogEntry {
  readonly id: number
  readonly partition: number
  readonly offset: number
}

/** One life of a topic: its log, and how many partitions it has had since when. */
export interface Life {
  readonly topic: TopicName
  readonly counts: { readonly since: number; readonly count: number }[]
  /** Null while it exists. */
  goneAt: number | null
  log: readonly LogEntry[]
}

/** A period in which the brokers refuse every login; `to` is null until it is over. */
export interface LockOut {
  readonly from: number
  to: number | null
}

/** The shortest time for which brokers remember a producer. */
const expirationMs = 30_000

export class HoursCluster {
  readonly simulated: SimulatedCluster
  readonly lives: Life[] = []
  /** For each topic: when its knowledge of producers was lost, because it was created again or forgotten. */
  readonly losses: { readonly topic: TopicName; readonly at: number; readonly made: boolean }[] = []
  /** Periods in which the brokers knew no producer; `to` is null until it is over. */
  readonly lockOuts: LockOut[] = []
  readonly passwords: HoursPasswords
  /** The periods in which the brokers know no user. */
  #lockOut: LockOut | null = null
  readonly #down = new Set<number>()
  readonly #tls: HoursTls
  #clock: VirtualClock
  #silent = new Map<number, ConnectWeather['outcome']>()
  #isGone: boolean
  #quietSince = 0

  constructor(scenario: HoursScenario, clock: VirtualClock) {
    const { versions, bootstrapGoes, secured, tls, starts } = scenario
    this.#clock = clock
    this.#tls = new HoursTls(this, clock)
    this.passwords = new HoursPasswords(clock)
    this.#isGone = bootstrapGoes
    const transfer = { leaveMs: 0, travelMs: 2, cutAfter: null }
    const weather: Weather = {
      connect: (id) => ({
        ms: 2,
        outcome: this.#silent.get(id) ?? 'accept',
        ...(tls && { handshakeMs: tls.handshakeMs }),
      }),
      request: () => transfer,
      response: () => transfer,
    }
    this.simulated = new SimulatedCluster({
      brokers: 3,
      weather,
      random: randomFrom(JSON.stringify(versions)),
      requestsMax: 1,
      listeners: {
        security: securityOf(scenario),
        users: { me: this.passwords.current },
        sessionLifetimeMs: secured?.sessionMs,
      },
      ...(starts === undefined
        ? { versions: { Produce: [0, versions.produce], Metadata: [0, versions.metadata] } }
        : { version: starts.release, justStarted: true }),
    })
    this.#create('a', partitionsAtFirst.a)
    this.#create('b', partitionsAtFirst.b)
    this.simulated.on('Produce').call(() => {
      this.#quietSince = clock.now()
    })
  }

  get bootstrapServers(): string {
    const all = this.simulated.bootstrapServers
    return this.#isGone ? all.split(',')[0]! : all
  }

  /** The topic's current life; undefined if it does not exist. */
  lifeOf(topic: TopicName): Life | undefined {
    return this.lives.find((life) => life.topic === topic && life.goneAt === null)
  }

  /** Does it; `flush` and `ask` are the user's. */
  perform(deed: Deed): void {
    const { simulated } = this
    switch (deed.kind) {
      case 'stop':
        this.#stop(deed.broker, deed.failover)
        return
      case 'restart':
        this.#stop(deed.broker)
        this.#clock.at(this.#clock.now() + deed.ms, () => this.#start(deed.broker))
        return
      case 'pause':
        simulated.pauseBroker(deed.broker)
        return
      case 'deaf':
        this.#silent.set(deed.broker, deed.outcome)
        return
      case 'move':
        if (deed.partition < (this.#countOf('a') ?? 0))
          simulated.moveLeader('a', deed.partition, deed.broker)
        return
      case 'cut':
        simulated.on(deed.api).closeBeforeAppend()
        return
      case 'refuse':
        simulated.on('Produce', timesOf(deed)).reply(deed.error)
        return
      case 'late':
        if (this.lifeOf('late') === undefined) this.#create('late', partitionsAtFirst.late)
        return
      case 'heal':
        this.heal()
        return
      case 'grow':
        this.#grow(deed.topic, deed.count)
        return
      case 'remake':
        for (const topic of ['a', 'b'] as const)
          if (deed.topic === null || deed.topic === topic) this.#remake(topic, deed)
        return
      case 'forget':
        this.#forget(deed.refusals)
        return
    }
  }

  /** Another password for both sides, or none that the brokers take, for some time. */
  change({ kind, ms }: Change): void {
    if (kind === 'rotate') {
      this.passwords.change()
      if (this.#isLockedOut) return
      this.simulated.setUsers({ me: this.passwords.current })
      return
    }
    if (this.#isLockedOut) return
    this.#lockOut = { from: this.#clock.now(), to: null }
    this.lockOuts.push(this.#lockOut)
    this.simulated.setUsers({})
    this.#clock.at(this.#clock.now() + ms, () => this.#letIn())
  }

  get #isLockedOut(): boolean {
    return this.#lockOut !== null
  }

  #letIn(): void {
    if (this.#lockOut === null) return
    this.#lockOut.to = this.#clock.now()
    this.#lockOut = null
    this.simulated.setUsers({ me: this.passwords.current })
  }

  /** The bootstrap server disappears for good, if the scenario says so. */
  unmoor(): void {
    if (this.#isGone) this.#stop(1)
  }

  changeTls(change: TlsChange): void {
    this.#tls.change(change)
  }

  /** Restarts those that run. */
  restart(brokers: readonly number[]): void {
    for (const broker of brokers) {
      if (this.#down.has(broker)) continue
      this.#stop(broker, false)
      this.#start(broker)
    }
  }

  /** Starts them again; the first requests meet what those meet who come too early. */
  startAnew({ brokers, refusal }: Start): void {
    this.restart(brokers)
    const { api, error, times } = refusal
    if (times === 0) return
    for (const broker of brokers) this.simulated.on(api, { broker, nth: 1, times }).reply(error)
  }

  #stop(broker: number, failover = true): void {
    this.#down.add(broker)
    this.simulated.stopBroker(broker, { failover })
  }

  #start(broker: number): void {
    this.#down.delete(broker)
    this.simulated.startBroker(broker)
  }

  /** Everything works again; deleted topics stay deleted. */
  heal(): void {
    const { simulated } = this
    simulated.clearFaults()
    this.#letIn()
    this.#tls.heal()
    simulated.on('Produce').call(() => {
      this.#quietSince = this.#clock.now()
    })
    this.#silent.clear()
    for (const broker of [1, 2, 3]) {
      simulated.resumeBroker(broker)
      if (broker > 1 || !this.#isGone) this.#start(broker)
    }
    for (const { topic, goneAt, counts } of this.lives) {
      for (let index = 0; goneAt === null && index < counts.at(-1)!.count; index += 1) {
        if (simulated.leaderOf(topic, index) === -1)
          simulated.moveLeader(topic, index, 2 + (index % 2))
      }
    }
  }

  /** All topics are there at the end. */
  complete(): void {
    for (const topic of ['a', 'b', 'late'] as const)
      if (this.lifeOf(topic) === undefined) this.#create(topic, partitionsAtFirst[topic])
  }

  /** Looks into the logs of what is there. */
  read(): void {
    for (const life of this.lives) if (life.goneAt === null) life.log = this.#logOf(life.topic)
  }

  /** Whether a partition that a record names exists. */
  has({ topic, partition }: Sending): boolean {
    return partition === null || partition < (this.#countOf(topic) ?? 0)
  }

  #countOf(topic: TopicName): number | undefined {
    return this.lifeOf(topic)?.counts.at(-1)?.count
  }

  #logOf(topic: TopicName): LogEntry[] {
    return this.simulated
      .records(topic)
      .map(({ partition, offset, valueText }) => ({ id: Number(valueText), partition, offset }))
  }

  #create(topic: TopicName, count: number): void {
    this.simulated.createTopic(topic, { partitions: count })
    const since = this.#clock.now()
    this.lives.push({ topic, counts: [{ since, count }], goneAt: null, log: [] })
  }

  #grow(topic: TopicName, by: number): void {
    const life = this.lifeOf(topic)
    if (life === undefined) return
    this.simulated.addPartitions(topic, by)
    life.counts.push({ since: this.#clock.now(), count: life.counts.at(-1)!.count + by })
  }

  #remake(
    topic: TopicName,
    { partitions, awayMs, refusals, slowMs }: Extract<Deed, { kind: 'remake' }>,
  ): void {
    const life = this.lifeOf(topic)
    if (life === undefined) return
    life.log = this.#logOf(topic)
    life.goneAt = this.#clock.now()
    this.simulated.deleteTopic(topic)
    this.losses.push({ topic, at: life.goneAt, made: true })
    if (slowMs > 0)
      for (const broker of [2, 3]) this.simulated.on('Produce', { broker, nth: 1 }).delay(slowMs)
    const make = () => {
      if (this.lifeOf(topic) !== undefined) return
      this.#create(topic, partitions)
      this.#refuse(topic, refusals)
    }
    if (awayMs === 0) make()
    else this.#clock.at(life.goneAt + awayMs, make)
  }

  #forget(refusals: number): void {
    const now = this.#clock.now()
    if (now - this.#quietSince < expirationMs) return
    this.simulated.forgetProducers()
    for (const { topic, goneAt } of this.lives) {
      if (goneAt !== null) continue
      this.losses.push({ topic, at: now, made: false })
      this.#refuse(topic, refusals)
    }
  }

  /** The next requests for the topic meet a leader that is not ready yet. */
  #refuse(topic: TopicName, times: number): void {
    if (times === 0) return
    this.simulated.on('Produce', { topic, nth: 1, times }).reply('NOT_LEADER_OR_FOLLOWER')
  }
}

function timesOf({ topic, times }: { readonly topic: TopicName; readonly times: number }) {
  return times === Number.POSITIVE_INFINITY ? { topic } : { topic, nth: 1, times }
}

/** The versions with which clients and brokers talk. */
export function securityOf({ secured, tls }: HoursScenario): MockSecurity {
  if (tls === undefined) return secured === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT'
  return secured === undefined ? 'SSL' : 'SASL_SSL'
}

/** The same for the same scenario. */
function randomFrom(text: string): () => number {
  let state = [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
