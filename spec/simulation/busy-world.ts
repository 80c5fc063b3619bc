import fc from 'fast-check'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { busyRuntime, runUntil } from './busy-runtime.ts'
import type { Regime } from './campaign.ts'
import type { Library } from './library.ts'

// A producer on an event loop that something else keeps for long, again and again. Brokers answer within
// milliseconds, but what sockets bring waits in the queue of the budget (collections/loop-budget.ts) until the
// loop comes to it, often for longer than `request.timeout.ms`. Nothing is lost in this world, so whatever is
// sent again, and every connection that ends, is the fault of a timer that has overtaken an answer.

interface BusyScenario {
  readonly brokers: number
  readonly requestTimeoutMs: number
  readonly maxInFlight: number
  readonly lingerMs: number
  /** How long each iteration of the event loop takes, in turn. */
  readonly iterations: readonly number[]
  /** When each record is given, and its partition. */
  readonly records: readonly { readonly at: number; readonly partition: number }[]
}

const topic = 't'
const partitions = 4
const answersIn = 1
const endAt = 600_000

const scenarios: fc.Arbitrary<BusyScenario> = fc.record({
  brokers: fc.integer({ min: 1, max: 3 }),
  // An alarm that is up to 50 ms late counts as one in time.
  requestTimeoutMs: fc.integer({ min: 60, max: 200 }),
  maxInFlight: fc.constantFrom(1, 2, 5),
  lingerMs: fc.constantFrom(0, 5, 50),
  iterations: fc.array(fc.constantFrom(0, 0, 0, 1, 5, 30, 150, 400), {
    minLength: 1,
    maxLength: 20,
  }),
  records: fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 3000 }), partition: fc.nat(partitions - 1) }),
    { minLength: 1, maxLength: 30 },
  ),
})

async function run(scenario: BusyScenario, library: Library) {
  const world = new World(scenario, library)
  await world.run()
  return { violations: [...world.violations()], counters: world.counters }
}

export const busyRegime: Regime<BusyScenario> = { scenarios, run }

class World {
  readonly counters = { runs: 1, records: 0, waited: 0, pastTheTimeout: 0 }
  #scenario: BusyScenario
  #clock = new VirtualClock()
  #cluster: SimulatedCluster
  #producer: KafkaProducer
  #acknowledged = 0
  #failures: string[] = []
  #ended = 0

  constructor(scenario: BusyScenario, library: Library) {
    this.#scenario = scenario
    this.#cluster = new SimulatedCluster({
      brokers: scenario.brokers,
      topics: { [topic]: { partitions } },
      latencyMs: answersIn,
    })
    this.#producer = new library.KafkaProducer(
      {
        'bootstrap.servers': this.#cluster.bootstrapServers,
        acks: 1,
        'enable.idempotence': false,
        'request.timeout.ms': scenario.requestTimeoutMs,
        'linger.ms': scenario.lingerMs,
        'delivery.timeout.ms': endAt,
        'max.block.ms': endAt,
        'max.in.flight.requests.per.connection': scenario.maxInFlight,
      },
      { runtime: busyRuntime(this.#cluster.runtime(this.#clock), library, this.#iteration) },
    )
    this.#producer.events$.subscribe((event) => {
      if (event.type === 'disconnected' && event.cause !== null) this.#ended += 1
    })
  }

  async run(): Promise<void> {
    for (const [index, { at, partition }] of this.#scenario.records.entries()) {
      this.#clock.at(at, () => this.#send(`${index}`, partition))
    }
    await runUntil(this.#clock, endAt)
    void this.#producer.close()
    await runUntil(this.#clock, endAt + 10_000)
  }

  *violations(): Generator<{ readonly property: string; readonly detail: string }> {
    const { length } = this.#scenario.records
    for (const detail of this.#failures) yield { property: 'every record is acknowledged', detail }
    if (this.#acknowledged < length)
      yield {
        property: 'every record is acknowledged',
        detail: `${length - this.#acknowledged} are not`,
      }
    const values = this.#cluster.records(topic).map(({ value }) => String(value))
    const twice = values.filter((value, index) => values.indexOf(value) !== index)
    if (twice.length > 0)
      yield { property: 'what was answered is not sent again', detail: twice.join() }
    if (this.#ended > 0)
      yield { property: 'no connection ends', detail: `${this.#ended} have ended` }
  }

  /** How long the next iteration takes. */
  #iteration = (count: number): number => {
    const { iterations, requestTimeoutMs } = this.#scenario
    const takes = iterations[count % iterations.length]!
    if (takes > 0) this.counters.waited += 1
    if (takes > requestTimeoutMs) this.counters.pastTheTimeout += 1
    return takes
  }

  #send(value: string, partition: number): void {
    this.counters.records += 1
    this.#producer.send({ topic, partition, value }).then(
      () => {
        this.#acknowledged += 1
      },
      (error) => this.#failures.push(String(error)),
    )
  }
}
