import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { bootstrapOf } from './bootstrap.ts'
import type { Regime } from './campaign.ts'
import { type ConsumingHistory, consumingProperties } from './consuming-oracle.ts'
import { Program } from './consuming-program.ts'
import { type ConsumingScenario, consumingScenarios } from './consuming-scenario.ts'
import type { Library } from './library.ts'
import { group, idOf, TransactionsCluster, topic } from './transactions-cluster.ts'
import { healedAt, partitionCount } from './transactions-scenario.ts'

// One run of consume-transform-produce in virtual time: programs that read one source, with one cluster.
// After all events the cluster is healed, and a program must reach the end of the source.

const endingMs = 200_000
/** More than this happens in no run. */
const stepsMax = 60_000

/** exactlyOnce, whatever happens to the program, its group, its id and its brokers. */
export const consumingRegime: Regime<ConsumingScenario> = {
  scenarios: consumingScenarios,
  run: runConsuming,
}

export async function runConsuming(
  scenario: ConsumingScenario,
  library: Library,
): Promise<ConsumingHistory> {
  const run = new ConsumingWorld(scenario, library)
  await run.run()
  const { history } = run
  for (const [property, check] of Object.entries(consumingProperties)) {
    for (const detail of check(history, scenario)) history.violations.push({ property, detail })
  }
  return history
}

class ConsumingWorld {
  readonly history: ConsumingHistory = {
    emitted: [],
    outputs: [],
    committed: new Map(),
    mostWaiting: 0,
    commits: 0,
    codes: [],
    takeovers: [],
    identities: [],
    violations: [],
    counters: {},
  }
  #scenario: ConsumingScenario
  #library: Library
  #clock = new VirtualClock()
  #cluster: TransactionsCluster
  #producers: KafkaProducer<never, string>[] = []
  #programs: Program[] = []
  #steps = 0

  constructor(scenario: ConsumingScenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    const { history } = this
    const parts = { history, sourcePartitions: partitionCount }
    this.#cluster = new TransactionsCluster(scenario, this.#clock, parts)
  }

  async run(): Promise<void> {
    const { takeover, breaks, happenings } = this.#scenario
    this.#count('runs')
    const { simulated } = this.#cluster
    simulated.runtime(this.#clock)
    simulated.defineGroup(group, { generation: 1, members: { m1: null } })
    simulated.on('EndTxn').call((request) => {
      if (request.api === 'EndTxn' && request.body.committed) this.history.commits += 1
    })
    this.#begin('a', 1)
    for (const { at, kind } of breaks) {
      this.#clock.at(at, () => {
        this.#count(kind)
        this.#programs.at(-1)!.break(kind)
      })
    }
    if (takeover !== null) this.#clock.at(takeover.at, () => this.#takeOver(takeover.kind))
    for (const { at, deed } of happenings) {
      this.#clock.at(at, () => {
        this.#count(deed.kind)
        this.#cluster.perform(deed as never)
      })
    }
    await this.#pass(healedAt)
    this.#cluster.heal()
    for (let waits = 0; waits < endingMs / 5000 && !this.#isDone; waits += 1) {
      await this.#pass(5000)
      if (this.#programs.at(-1)!.isFenced && !this.#isDone) this.#again()
    }
    if (!this.#isDone)
      this.#violate('everything ends', `no program has come to the end: ${this.history.codes}`)
    await this.#close()
    for (const detail of this.#cluster.undecided()) this.#violate('everything ends', detail)
    this.#read()
  }

  get #isDone(): boolean {
    return this.#programs.some(({ isDone }) => isDone)
  }

  /** A program begins, as this member. */
  #begin(owner: 'a' | 'twin' | 'pool', generation: number): void {
    const { simulated } = this.#cluster
    const { KafkaProducer: One } = this.#library
    const { config, fencing } = this.#scenario
    const runtime = simulated.runtime(this.#clock)
    const id = owner === 'pool' ? `${idOf.pool}-0` : idOf[owner]
    const producer = new One<never, string>(
      {
        'bootstrap.servers': bootstrapOf(simulated.bootstrapServers),
        'client.id': owner,
        'transactional.id': id,
        'linger.ms': config.lingerMs,
        'batch.size': config.batchSize,
        'max.in.flight.requests.per.connection': config.maxInFlight,
        'transaction.timeout.ms': config.timeoutMs,
        'max.block.ms': config.maxBlockMs,
        'request.timeout.ms': config.requestTimeoutMs,
        'delivery.timeout.ms': 120_000,
      } as never,
      { runtime, warnings: false },
    )
    this.#producers.push(producer)
    const membership =
      fencing === 'group'
        ? { groupId: group, generationId: generation, memberId: `m${generation}` }
        : { groupId: group }
    const program = new Program({
      scenario: this.#scenario,
      library: this.#library,
      clock: this.#clock,
      cluster: simulated,
      history: this.history,
      producer,
      membership,
      number: this.#programs.length,
    })
    this.#programs.push(program)
    program.begin()
  }

  /** Another program takes over the partitions, without the knowledge of the one that had them. */
  #takeOver(kind: 'twin' | 'rebalance'): void {
    this.#count(kind)
    this.#cluster.simulated.defineGroup(group, { generation: 2, members: { m2: null } })
    this.#begin(kind === 'twin' ? 'twin' : 'pool', 2)
  }

  /** The last one was fenced by a foreign producer, which is gone: it is started again. */
  #again(): void {
    const { takeover } = this.#scenario
    for (const program of this.#programs) program.end()
    this.#count('again')
    this.#begin(takeover?.kind === 'rebalance' ? 'pool' : 'a', takeover === null ? 1 : 2)
  }

  async #close(): Promise<void> {
    for (const program of this.#programs) program.end()
    let open = this.#producers.length
    for (const producer of this.#producers) {
      producer.close({ timeout: 30_000 }).then(() => {
        open -= 1
      })
    }
    await this.#pass(120_000)
    if (open > 0) this.#violate('close ends', `${open} have not`)
    const { pending, pendingInBackground } = this.#clock
    if (pending + pendingInBackground > 0) this.#violate('nothing is left', 'a timer is')
    const { connections, violations } = this.#cluster.simulated
    if (connections > 0) this.#violate('nothing is left', `${connections} connections are`)
    for (const violation of violations) this.#violate('the protocol is followed', violation)
    for (const producer of this.#producers) {
      const { heldBytes } = this.#library.engineOf(producer as never)
      if (heldBytes > 0) this.#violate('memory is returned', `${heldBytes} bytes are held`)
    }
  }

  #read(): void {
    const { history } = this
    const { simulated } = this.#cluster
    history.outputs = simulated.committedRecords(topic).map(({ valueText, partition, offset }) => {
      const [message, index] = valueText!.split('/').map(Number)
      return { message: message!, index: index!, partition, offset }
    })
    history.committed = new Map(
      simulated.committedOffsets(group).map(({ partition, offset }) => [partition, offset]),
    )
    for (const code of history.codes) this.#count(code)
    this.#count('emitted', history.emitted.length)
    this.#count('networkFaults', this.#cluster.weather.faults)
  }

  /** Between two events, promises get their turn. */
  async #pass(ms: number): Promise<void> {
    const until = this.#clock.now() + ms
    do {
      for (let turn = 0; turn < 12; turn += 1) await null
      this.#steps += 1
    } while (this.#steps < stepsMax && this.#clock.step(until))
    if (this.#steps < stepsMax) this.#clock.runUntil(until)
    else if (this.#steps === stepsMax) this.#violate('nothing goes round for ever', `at ${until}`)
  }

  #violate(property: string, detail: string): void {
    this.history.violations.push({ property, detail })
  }

  #count(counter: string, by = 1): void {
    const { counters } = this.history
    counters[counter] = (counters[counter] ?? 0) + by
  }
}
