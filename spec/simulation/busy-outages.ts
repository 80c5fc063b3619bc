import fc from 'fast-check'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { busyRuntime, runUntil } from './busy-runtime.ts'
import type { Regime } from './campaign.ts'
import type { Library } from './library.ts'

// A producer on a busy event loop, while brokers stop and start and leaders move. What a backoff or an answer
// begins may come late and in another order. When the last disturbance is over, everything that waits is sent
// after one more backoff. A producer that has nothing in flight and no timer would wait for minutes.

interface OutageScenario {
  readonly brokers: number
  /** Those of 2.1 have no topic ids and no trusted epochs. */
  readonly version: '2.1' | '4.4'
  readonly latencyMs: number
  readonly maxInFlight: number
  readonly lingerMs: number
  /** How long each iteration of the event loop takes, in turn. */
  readonly iterations: readonly number[]
  readonly outages: readonly { readonly at: number; readonly broker: number; readonly ms: number }[]
  readonly moves: readonly {
    readonly at: number
    readonly partition: number
    readonly broker: number
  }[]
  readonly records: readonly { readonly at: number; readonly partition: number }[]
}

const topic = 't'
const partitions = 3
const lastDisturbanceMs = 1_000
/** Far beyond every backoff (1 s at most), and far below delivery.timeout.ms and metadata.max.age.ms. */
const settledMs = 20_000
const endAt = 600_000

const moments = fc.integer({ min: 0, max: 300 })
const scenarios: fc.Arbitrary<OutageScenario> = fc.record({
  brokers: fc.integer({ min: 2, max: 3 }),
  version: fc.constantFrom('2.1' as const, '2.1' as const, '4.4' as const),
  latencyMs: fc.integer({ min: 1, max: 20 }),
  maxInFlight: fc.constantFrom(1, 1, 2, 5),
  lingerMs: fc.constantFrom(0, 5),
  iterations: fc.array(fc.constantFrom(0, 0, 1, 3, 10, 30, 60), { minLength: 1, maxLength: 12 }),
  outages: fc.array(
    fc.record({ at: moments, broker: fc.nat(2), ms: fc.integer({ min: 1, max: 200 }) }),
    { maxLength: 4 },
  ),
  moves: fc.array(
    fc.record({ at: moments, partition: fc.nat(partitions - 1), broker: fc.nat(2) }),
    { maxLength: 2 },
  ),
  records: fc.array(fc.record({ at: moments, partition: fc.nat(partitions - 1) }), {
    minLength: 10,
    maxLength: 60,
  }),
})

async function run(scenario: OutageScenario, library: Library) {
  const world = new World(scenario, library)
  await world.run()
  return { violations: [...world.violations()], counters: world.counters }
}

export const outageRegime: Regime<OutageScenario> = { scenarios, run }

class World {
  readonly counters = { runs: 1, records: 0, retried: 0 }
  #scenario: OutageScenario
  #clock = new VirtualClock()
  #cluster: SimulatedCluster
  #producer: KafkaProducer
  #settled = 0
  #failures: string[] = []
  /** How many had no result when all had been quiet for long. */
  #waiting = 0

  constructor(scenario: OutageScenario, library: Library) {
    this.#scenario = scenario
    this.#cluster = new SimulatedCluster({
      brokers: scenario.brokers,
      version: scenario.version,
      topics: { [topic]: { partitions } },
      latencyMs: scenario.latencyMs,
    })
    const { iterations } = scenario
    this.#producer = new library.KafkaProducer(
      {
        'bootstrap.servers': this.#cluster.bootstrapServers,
        'linger.ms': scenario.lingerMs,
        'batch.size': 200,
        'max.block.ms': endAt,
        'max.in.flight.requests.per.connection': scenario.maxInFlight,
      },
      {
        runtime: busyRuntime(
          this.#cluster.runtime(this.#clock),
          library,
          (count) => iterations[count % iterations.length]!,
        ),
      },
    )
    this.#producer.events$.subscribe(({ type }) => {
      if (type === 'retried') this.counters.retried += 1
    })
  }

  async run(): Promise<void> {
    const { brokers, outages, moves, records } = this.#scenario
    for (const [index, { at, partition }] of records.entries()) {
      this.#clock.at(at, () => this.#send(`${index}`, partition))
    }
    for (const { at, broker, ms } of outages) {
      const id = (broker % brokers) + 1
      this.#clock.at(at, () => this.#cluster.stopBroker(id))
      this.#clock.at(at + ms, () => this.#cluster.startBroker(id))
    }
    for (const { at, partition, broker } of moves) {
      this.#clock.at(at, () => this.#move(partition, (broker % brokers) + 1))
    }
    await runUntil(this.#clock, lastDisturbanceMs + settledMs)
    this.#waiting = records.length - this.#settled
    await runUntil(this.#clock, endAt)
    void this.#producer.close()
    await runUntil(this.#clock, endAt + 10_000)
  }

  *violations(): Generator<{ readonly property: string; readonly detail: string }> {
    for (const detail of this.#failures) yield { property: 'every record is acknowledged', detail }
    if (this.#waiting > 0)
      yield {
        property: 'nothing waits while its broker could take it',
        detail: `${this.#waiting} after ${settledMs} ms of quiet`,
      }
  }

  /** A broker that is down leads nothing. */
  #move(partition: number, broker: number): void {
    try {
      this.#cluster.moveLeader(topic, partition, broker)
    } catch {}
  }

  #send(value: string, partition: number): void {
    this.counters.records += 1
    this.#producer.send({ topic, partition, value }).then(
      () => {
        this.#settled += 1
      },
      (error) => {
        this.#settled += 1
        this.#failures.push(String(error))
      },
    )
  }
}
