import type { DeliveryError } from '../../lib/errors/delivery-error.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { bootstrapOf } from './bootstrap.ts'
import type { Regime } from './campaign.ts'
import { script } from './faults.ts'
import type { Library } from './library.ts'
import { placeAmong } from './placement.ts'
import {
  ownRack,
  pausedOf,
  type RackRecord,
  type RacksScenario,
  racksScenarios,
} from './racks-scenario.ts'
import { TapeWeather } from './tape-weather.ts'

// One run of a rack-aware producer. If a record's topic is known, its partition is chosen within the call,
// from what is known at that moment. So the allowed partitions are computed right before, in another way
// than in the library.

const topic = 't'
const endAt = 40_000

interface Given {
  readonly plan: RackRecord
  /** Where it may go; null where its topic was not known yet. */
  readonly allowed: readonly number[] | null
  partition: number | null
}

type Violation = { readonly property: string; readonly detail: string }

async function run(scenario: RacksScenario, library: Library) {
  const world = new World(scenario, library)
  await world.run()
  return { violations: [...world.violations()], counters: world.counters }
}

export const racksRegime: Regime<RacksScenario> = { scenarios: racksScenarios, run }

class World {
  readonly counters = { runs: 1, chosen: 0, near: 0, anywhere: 0, moved: 0, brownouts: 0 }
  #scenario: RacksScenario
  #library: Library
  #clock = new VirtualClock({ creepMs: 0.0001 })
  #cluster: SimulatedCluster
  #producer: KafkaProducer
  #given: Given[] = []
  #unsettled = 0

  constructor(scenario: RacksScenario, library: Library) {
    const { racks, partitions, tape } = scenario
    this.#scenario = scenario
    this.#library = library
    this.#cluster = new SimulatedCluster({
      brokers: racks.length,
      racks,
      topics: { [topic]: { partitions } },
      weather: new TapeWeather(tape),
      random: randomFrom(scenario),
    })
    this.#producer = this.#made()
  }

  async run(): Promise<void> {
    for (const fault of this.#scenario.faults) script(fault, topic, this.#cluster, this.#clock)
    for (const plan of this.#scenario.records) this.#clock.at(plan.at, () => this.#give(plan))
    await this.#runUntil(endAt)
    void this.#producer.close()
    await this.#runUntil(endAt + 10_000)
  }

  *violations(): Generator<Violation> {
    const { partitions } = this.#scenario
    if (this.#unsettled > 0)
      yield { property: 'every record has a result', detail: `${this.#unsettled} have none` }
    for (const detail of this.#cluster.violations)
      yield { property: 'the protocol is followed', detail }
    for (const { plan, allowed, partition } of this.#given) {
      if (partition === null) continue
      const due = plan.partition ?? (plan.key === null ? null : placeAmong(plan.key, partitions))
      if (due !== null && partition !== due)
        yield { property: 'a key and a partition say where', detail: `${partition}, not ${due}` }
      if (due === null && allowed !== null && !allowed.includes(partition)) {
        const detail = `${partition} at ${plan.at}, not among ${allowed.join()}`
        yield { property: 'records without a key stay in the rack for as long as they can', detail }
      }
    }
    yield* this.#spread()
  }

  /** Among the partitions of the rack, those on which batches wait get less. */
  *#spread(): Generator<Violation> {
    const paused = pausedOf(this.#scenario)
    if (paused === null) return
    this.counters.brownouts += 1
    const free = this.#given.filter(({ plan }) => plan.partition === null && plan.at > 100)
    const [there, beside] = [paused - 1, 2 - paused].map(
      (wanted) => free.filter(({ partition }) => partition === wanted).length,
    )
    if (there! > 5 + beside! / 2)
      yield {
        property: 'a partition in the rack on which batches wait gets fewer records',
        detail: `${there} and ${beside}`,
      }
  }

  #made(): KafkaProducer {
    const config = {
      'bootstrap.servers': bootstrapOf(this.#cluster.bootstrapServers),
      'client.rack': ownRack,
      'partitioner.rack.aware': true,
      'partitioner.adaptive.partitioning.enable': this.#scenario.adaptive,
      'metadata.max.age.ms': this.#scenario.metadataMaxAgeMs,
      'batch.size': 1,
      'linger.ms': 0,
      'request.timeout.ms': 1000,
      'delivery.timeout.ms': 20_000,
      'enable.metrics.push': false,
    }
    const runtime = this.#cluster.runtime(this.#clock)
    return new this.#library.KafkaProducer(config as never, { runtime }) as never
  }

  #give(plan: RackRecord): void {
    const given: Given = { plan, allowed: this.#allowed(), partition: null }
    this.#given.push(given)
    this.#unsettled += 1
    const { partition, key } = plan
    const settled = (where: number | undefined) => {
      this.#unsettled -= 1
      given.partition = where === undefined || where < 0 ? null : where
    }
    this.#producer.send({ topic, partition, key, value: 'x' } as never).then(
      (metadata) => settled(metadata.partition),
      (error: DeliveryError) => settled(error.partition),
    )
  }

  /** By what the client knows: led in the rack; else led at all; else any. */
  #allowed(): readonly number[] | null {
    const { cluster, outstanding } = this.#library.engineOf(this.#producer as never)
    const known = cluster.usable(topic)
    // After a rest what is known may be too old, and the record waits for an answer.
    const rested = outstanding === 0 && this.#scenario.metadataMaxAgeMs < endAt
    if (known === undefined || rested) return null
    const { brokers } = cluster.topology
    const all = [...known.partitions.entries()]
    const led = all.filter(([, { leader }]) => leader >= 0)
    const near = led.filter(([, { leader }]) => brokers.get(leader)?.rack === ownRack)
    const best = [near, led, all].find((some) => some.length > 0)!
    this.counters.chosen += 1
    if (best === near && near.length < led.length) this.counters.near += 1
    if (best !== near) this.counters.anywhere += 1
    if (all.some(([index, { leader }]) => leader !== 1 + (index % this.#scenario.racks.length)))
      this.counters.moved += 1
    return best.map(([index]) => index)
  }

  async #runUntil(until: number): Promise<void> {
    await null
    for (let steps = 0; this.#clock.step(until); steps += 1) {
      await null
      await null
      if (steps > 200_000) throw new Error(`time stands still at ${this.#clock.now()}`)
    }
    this.#clock.runUntil(until)
    for (let turn = 0; turn < 8; turn += 1) await null
  }
}

/** Chance that is the scenario's own. */
function randomFrom({ tape, records }: RacksScenario): () => number {
  let state = [...tape, ...records.map(({ at }) => at)].reduce(
    (sum, one) => (Math.imul(sum, 31) + one) | 0,
    0x9e3779b9,
  )
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
