import type { Topology } from '../../lib/cluster/topology.ts'
import type { DeliveryError } from '../../lib/errors/delivery-error.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { script } from './faults.ts'
import { Findings } from './findings.ts'
import { gapProperties } from './gaps.ts'
import type { History } from './history.ts'
import { listenWithHostility } from './hostile.ts'
import { Journeys } from './journeys.ts'
import type { Library } from './library.ts'
import { isFreePuller, neighbourProperties } from './neighbours.ts'
import { isPatient, properties, slowWindow } from './oracle.ts'
import { healedAt, isAstray, isBrownout, type Scenario, type StreamPlan } from './scenario.ts'
import { placeNumber, topic } from './setting.ts'
import { Streams } from './streams.ts'
import { TapeWeather } from './tape-weather.ts'
import { idOf } from './wiretap.ts'

// One run: the whole client, unchanged, against the broker model in virtual time. First the faults of the
// scenario happen; then they end, and everything must come to its end.

/** What a run may take of virtual time after the faults have ended, beside what the config allows. */
const slackMs = 8000

export async function run(scenario: Scenario, library: Library): Promise<History> {
  const world = new World(scenario, library)
  await world.run()
  const history = world.history()
  const rules = { ...properties, ...neighbourProperties, ...gapProperties }
  for (const [property, check] of Object.entries(rules)) {
    for (const detail of check(history, scenario)) history.violations.push({ property, detail })
  }
  return history
}

class World {
  #scenario: Scenario
  #library: Library
  // Time passes between two looks at the clock: what asks twice may get two answers.
  #clock = new VirtualClock({ creepMs: 0.0001 })
  #weather: TapeWeather
  #cluster: SimulatedCluster
  #findings = new Findings(() => this.#clock.now())
  #journeys: Journeys
  #streams: Streams
  #producer: KafkaProducer
  /** How many microtasks may follow on one thing that happens; Infinity: as many as there are. */
  #microtasks: number
  #flushing = 0
  #asking = 0
  #undelivered = new Set<unknown>()
  #hadBootstrap: boolean | null = null
  /** The newest leader epochs that the shared producer has had of partitions. */
  #epochs: number[] = []
  #closed = false

  constructor(scenario: Scenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    this.#weather = new TapeWeather(scenario.tape)
    this.#cluster = clusterFor(scenario, this.#weather)
    this.#journeys = new Journeys(
      scenario,
      () => this.#clock.now(),
      (property, detail) => this.#findings.violate(property, detail),
    )
    this.#streams = new Streams({
      scenario,
      library,
      clock: this.#clock,
      cluster: this.#cluster,
      journeys: this.#journeys,
      findings: this.#findings,
    })
    this.#producer = this.#streams.producer
    if (scenario.hostileListener) listenWithHostility(this.#producer.events$)
    this.#producer.events$.subscribe((event) => {
      if (event.type === 'undelivered') this.#undelivered.add(event.error)
      if (event.type === 'interceptorFailed') this.#findings.violate('threw', String(event.error))
    })
    this.#microtasks = microtasksOf(scenario)
    if (scenario.streams.some(isSlow)) this.#findings.count('asyncSerializer')
    this.#findings.count('hostile', scenario.streams.filter(({ hostile }) => hostile).length)
  }

  async run(): Promise<void> {
    this.#findings.count('runs')
    for (const fault of this.#scenario.faults) {
      this.#findings.count('brokerFaults')
      script(fault, topic, this.#cluster, this.#clock)
    }
    const { lateAt, partitions } = this.#scenario
    if (lateAt !== undefined)
      this.#clock.at(lateAt, () => this.#cluster.createTopic('late', { partitions }))
    for (const [index, stream] of this.#scenario.streams.entries())
      this.#streams.open(stream, `s${index}`)
    this.#planSession()
    await this.#runUntil(healedAt)
    this.#heal()
    const { deliveryTimeoutMs, maxBlockMs, requestTimeoutMs } = this.#scenario.config
    const patience = deliveryTimeoutMs + maxBlockMs
    await this.#runUntil(healedAt + patience + 2 * requestTimeoutMs + slackMs)
    // A paced source gives its next record when the gate opens, one that was waiting for those before
    // it goes on when they have left: and that has its own time again.
    for (const stream of this.#streams.histories) {
      const isSlow = stream.isPaced || stream.plan.maxOutstanding !== undefined
      const planned = isSlow ? stream.plan.records.length : 0
      for (let left = planned; left > 0 && stream.end === null; left -= 1) {
        await this.#runUntil(this.#clock.now() + patience)
      }
    }
    await this.#finish()
  }

  history(): History {
    const log = this.#topics.flatMap((name) =>
      this.#cluster.records(name).map(({ partition, offset, timestamp, value }) => ({
        id: idOf(value!),
        partition: placeNumber(name, partition),
        offset,
        timestamp,
      })),
    )
    if (new Set(log.map(({ id }) => id)).size < log.length) this.#findings.count('duplicateInLog')
    this.#countSituations()
    this.#findings.counters.networkFaults = this.#weather.faults
    this.#findings.counters.zombie = this.#cluster.zombies
    return {
      streams: this.#streams.histories,
      log,
      journeys: this.#journeys.all,
      undelivered: this.#undelivered,
      violations: this.#findings.violations,
      counters: this.#findings.counters,
      trace: this.#findings.trace,
    }
  }

  #countSituations(): void {
    const { config } = this.#scenario
    this.#findings.count('undelivered', this.#undelivered.size)
    if (config.compression === 'lz4') this.#findings.count('lz4')
    if (config.partitioner === 'roundRobin') this.#findings.count('roundRobin')
    const journeys = this.#journeys.all
    this.#findings.count('astray', journeys.filter(({ plan }) => isAstray(plan)).length)
    const late = journeys.filter(({ plan, sentAt }) => plan.topic === 'late' && sentAt !== null)
    this.#findings.count('lateTopic', late.length)
    const pullers = this.#streams.histories.filter(isFreePuller)
    if (journeys.some(({ stream, plan }) => isAstray(plan) || stream.isSlow))
      this.#findings.count('besideOthers', pullers.length)
    const window = isBrownout(this.#scenario) ? slowWindow(journeys, this.#scenario) : null
    if (window === null) return
    for (const { plan, givenAt } of journeys) {
      if (plan.partition === null && givenAt > window.from && givenAt < window.to)
        this.#findings.count('keptAway')
    }
  }

  #planSession(): void {
    const { flushAt, close, partitionsForAt } = this.#scenario
    if (partitionsForAt != null) this.#clock.at(partitionsForAt, () => this.#ask())
    if (flushAt !== null) this.#clock.at(flushAt, () => this.#flush())
    if (close === null) return
    this.#clock.at(close.at, () => {
      this.#findings.count('earlyClose')
      this.#close(close.timeout < 0 ? {} : { timeout: close.timeout })
    })
  }

  #ask(): void {
    const { partitions, brokers } = this.#scenario
    const begin = this.#clock.now()
    const wrong = (detail: string) => this.#findings.violate('partitionsFor is answered', detail)
    this.#findings.count('partitionsFor')
    this.#asking += 1
    this.#producer.partitionsFor(topic).then(
      (infos) => {
        this.#asking -= 1
        const leaders = infos.map(({ leader }) => leader)
        if (
          infos.some(({ partition }, index) => partition !== index) ||
          infos.length !== partitions
        )
          wrong(`${infos.length} of ${partitions}`)
        if (leaders.some((one) => one !== null && (one < 1 || one > brokers)))
          wrong(`led by ${leaders.join()}`)
      },
      ({ code }: DeliveryError) => {
        this.#asking -= 1
        const { config, faults, close } = this.#scenario
        const took = this.#clock.now() - begin
        // The end of the producer affects all its streams.
        const isClosed = code === 'CLOSED' && close !== null
        const isFatal = faults.some((fault) => fault.kind === 'reply' && fault.error === code)
        const { cluster } = this.#library.engineOf(this.#producer as never)
        const isKnown = cluster.usable(topic) !== undefined
        const isOver = code === 'METADATA_TIMEOUT' && took >= config.maxBlockMs && !isKnown
        if (isClosed || isFatal || (isOver && !isPatient(this.#scenario))) return
        wrong(`${code} after ${took} ms`)
      },
    )
  }

  #flush(): void {
    this.#findings.count('flush')
    this.#flushing += 1
    const given = this.#streams.histories.flatMap((stream) =>
      stream.isShared ? stream.inputs.map((input) => ({ stream, input })) : [],
    )
    void this.#producer.flush().then(() => {
      this.#flushing -= 1
      for (const { stream, input } of given) {
        // What a failing stream holds back for its error has its result, but it is not out yet.
        const isOut =
          input.results.length > 0 ||
          stream.end !== null ||
          stream.plan.kind === 'fail' ||
          stream.plan.kind === 'pacedFail' ||
          stream.plan.kind === 'send'
        if (!isOut) this.#findings.violate('flush waits for every result', `${input.id} has none`)
      }
    })
  }

  #close(options: { timeout?: number }): void {
    void this.#producer.close(options).then(() => {
      this.#closed = true
    })
  }

  /** The weather turns calm, and every broker works again, except for one if the scenario says so. */
  #heal(): void {
    const { brokers, brokenForever } = this.#scenario
    this.#weather.calm()
    this.#cluster.clearFaults()
    for (let broker = 1; broker <= brokers; broker += 1) {
      this.#cluster.thawView(broker)
      this.#cluster.resumeBroker(broker)
      this.#cluster.startBroker(broker)
    }
    if (brokenForever) this.#cluster.stopBroker(brokers, { failover: false })
    else this.#giveLeaders()
  }

  #giveLeaders(): void {
    const { partitions } = this.#scenario
    for (const name of this.#topics) {
      for (let partition = 0; partition < partitions; partition += 1) {
        if (this.#cluster.leaderOf(name, partition) === -1)
          this.#cluster.moveLeader(name, partition, 1)
      }
    }
  }

  /** Those that have come into being by now, which all have at the end. */
  get #topics(): readonly string[] {
    return this.#scenario.lateAt === undefined ? [topic] : [topic, 'late']
  }

  async #finish(): Promise<void> {
    this.#streams.check()
    if (this.#asking > 0) this.#findings.violate('partitionsFor is answered', 'it has not been')
    if (this.#flushing > 0) this.#findings.violate('every flush ends', `${this.#flushing} have not`)
    if (this.#scenario.close === null) this.#close({})
    await this.#runUntil(this.#clock.now() + slackMs)
    if (!this.#closed) this.#findings.violate('close ends', 'it has not')
    const { heldBytes: held, waitingBatches } = this.#library.engineOf(this.#producer as never)
    if (waitingBatches !== 0)
      this.#findings.violate('no batch waits forever', `${waitingBatches} are counted as waiting`)
    if (held !== 0) this.#findings.violate('memory is returned', `${held} bytes are still held`)
    if (this.#clock.pending > 0)
      this.#findings.violate('nothing is left', `${this.#clock.pending} timers`)
    if (this.#cluster.connections > 0)
      this.#findings.violate('nothing is left', `${this.#cluster.connections} connections`)
    for (const violation of this.#cluster.violations)
      this.#findings.violate('the protocol is followed', violation)
  }

  async #runUntil(until: number): Promise<void> {
    const { bufferMemory } = this.#scenario.config
    const engine = this.#library.engineOf(this.#producer as never)
    const drains = this.#microtasks === Number.POSITIVE_INFINITY
    if (drains) await drained()
    for (let steps = 0; this.#clock.step(until); steps += 1) {
      if (drains) await drained()
      else for (let turn = 0; turn < this.#microtasks; turn += 1) await null
      this.#watchTopology(engine.cluster.topology)
      if (engine.heldBytes > bufferMemory) {
        this.#findings.violate(
          'memory is bounded',
          `${engine.heldBytes} of ${bufferMemory} bytes are held`,
        )
      }
      if (steps > 200_000) throw new Error(`time stands still at ${this.#clock.now()}`)
    }
    for (let turn = 0; turn < 8; turn += 1) await null
    this.#clock.runUntil(until)
  }

  /** Counts when the bootstrap servers are asked again although brokers were known. */
  #watchTopology(topology: Topology): void {
    const { hasBootstrap } = topology
    if (hasBootstrap && this.#hadBootstrap === false) this.#findings.count('rebootstrap')
    this.#hadBootstrap = hasBootstrap
    for (const { partition, leaderEpoch } of topology.topics.get(topic)?.partitions ?? []) {
      const known = this.#epochs[partition] ?? -1
      this.#epochs[partition] = leaderEpoch
      if (leaderEpoch < known) {
        this.#findings.violate(
          'leaders never go back',
          `${partition} from epoch ${known} to ${leaderEpoch}`,
        )
      }
    }
  }
}

function clusterFor(
  { brokers, partitions, config, tape, isStamped }: Scenario,
  weather: TapeWeather,
): SimulatedCluster {
  const { maxMessageBytes } = config
  const timestampType = isStamped ? ('LogAppendTime' as const) : ('CreateTime' as const)
  const topics = { [topic]: { partitions, maxMessageBytes, timestampType } }
  return new SimulatedCluster({ brokers, weather, topics, random: randomFrom(tape) })
}

/** Promises settle between two steps of the clock: a serializer's chain is a few microtasks long. */
function microtasksOf({ streams, partitionsForAt }: Scenario): number {
  const kinds = streams.map(({ kind }) => kind)
  if (kinds.includes('pacedAsync') || kinds.includes('writable')) return Number.POSITIVE_INFINITY
  if (streams.some(isSlow)) return 8
  return kinds.includes('send') || partitionsForAt != null ? 2 : 0
}

function isSlow({ records }: StreamPlan): boolean {
  return records.some(({ serializeMs }) => serializeMs > 0)
}

/** Every microtask has run, including those that microtasks have created. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Randomness from the scenario, so that a run is a function of it. */
function randomFrom(tape: readonly number[]): () => number {
  let state = tape.reduce((sum, one) => (Math.imul(sum, 31) + one) | 0, 0x9e3779b9)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
