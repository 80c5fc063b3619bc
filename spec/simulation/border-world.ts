import type { ProducerRecord } from '../../lib/model.ts'
import { SimulatedCluster } from '../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { bootstrapOf } from './bootstrap.ts'
import { BorderCode } from './border-code.ts'
import { type BorderHistory, type BorderOutcome, Taken } from './border-history.ts'
import { borderProperties } from './border-oracle.ts'
import {
  type BorderRecord,
  type BorderScenario,
  border,
  type Call,
  maxBlockMs,
} from './border-scenario.ts'
import { BorderStreams } from './border-streams.ts'
import { isThrown } from './border-things.ts'
import type { Regime } from './campaign.ts'
import type { Library } from './library.ts'
import { listenForStrays } from './strays.ts'
import { TapeWeather } from './tape-weather.ts'

// One run of the border regime: a shared producer, streams and sends whose user code misbehaves wherever it
// is called, in virtual time. At the end, nothing of it may be left.

/** From then on the network is calm. */
const healedAt = 2000

/** User code of every kind around one producer. */
export const borderRegime: Regime<BorderScenario> = { scenarios: border, run: runBorder }

export async function runBorder(
  scenario: BorderScenario,
  library: Library,
): Promise<BorderOutcome> {
  const strays = listenForStrays()
  const run = new BorderRun(scenario, library)
  try {
    await run.run()
    await settled()
  } finally {
    strays.end()
  }
  const outcome = run.outcome()
  const violate = (property: string, detail: string) =>
    outcome.violations.push({ property, detail })
  for (const [property, check] of Object.entries(borderProperties)) {
    for (const detail of check(outcome)) violate(property, detail)
  }
  for (const error of strays.rejections) violate('no rejection is unhandled', said(error))
  for (const error of strays.reported)
    if (!isThrown(error)) violate('nothing of ours is reported', said(error))
  return outcome
}

class BorderRun {
  #scenario: BorderScenario
  #library: Library
  #clock = new VirtualClock()
  #weather: TapeWeather
  #cluster: SimulatedCluster
  #producer
  #code: BorderCode
  #streams: BorderStreams
  #violations: { property: string; detail: string }[] = []
  #counters: Partial<Record<string, number>> = {}
  #serial = 0
  /** What listeners must be told about the interceptors. */
  #intercepted: unknown[] = []
  /** There are no events any more. */
  #isSilent = false
  #open = 0
  #isClosing = false
  #isCutShort = false
  #closed = false

  constructor(scenario: BorderScenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    this.#weather = new TapeWeather(scenario.tape)
    const { brokers, partitions, config } = scenario
    const topics = { t: { partitions } }
    this.#cluster = new SimulatedCluster({ brokers, weather: this.#weather, topics })
    this.#code = new BorderCode({
      done: (deed) => this.#count('at' in deed ? `${deed.does} ${deed.at}` : deed.does),
      after: (ms, does) => this.#clock.at(this.#clock.now() + ms, does),
      call: (what, one) => this.#call(what, one),
      told: (one, error) => one.told.push(error),
      heldUp: ({ stream }) => {
        // All that is sent by promises is one feed.
        for (const one of this.#streams.histories)
          if (one === stream || (one.kind === 'send' && stream.kind === 'send')) one.isHeldUp = true
      },
      intercepted: (what) => {
        if (!this.#isSilent) this.#intercepted.push(what)
      },
    })
    const runtime = this.#cluster.runtime(this.#clock)
    const plain = configOf(config, bootstrapOf(this.#cluster.bootstrapServers))
    const own = this.#code.config(config.hasPartitioner)
    this.#producer = new library.KafkaProducer({ ...plain, ...own } as never, { runtime })
    this.#producer.events$.subscribe({
      next: (event) => {
        if (event.type === 'interceptorFailed') this.#interceptorFailed(event.error)
      },
      complete: () => {
        this.#isSilent = true
      },
    })
    this.#streams = new BorderStreams({
      library,
      producer: this.#producer as never,
      code: this.#code,
      at: (at, does) => this.#clock.at(at, does),
      take: (stream, plan) => this.#take(stream, plan),
      violate: (property, detail) => this.#violations.push({ property, detail }),
    })
  }

  async run(): Promise<void> {
    this.#count('runs')
    for (const [index, stream] of this.#scenario.streams.entries())
      this.#streams.open(stream, `s${index}`)
    await this.#runUntil(healedAt)
    this.#weather.calm()
    await this.#runUntil(healedAt + 2 * maxBlockMs)
    if (this.#open > 0) this.#violate('what is asked for is answered', `${this.#open} are not`)
    if (!this.#isClosing) this.#checkIdle()
    this.#close({})
    await this.#runUntil(this.#clock.now() + 10_000)
    this.#checkClosed()
  }

  outcome(): BorderOutcome {
    const log = this.#cluster.records('t').map(({ partition, offset, ...one }) => ({
      partition,
      offset,
      key: one.key?.toString() ?? null,
      text: one.value?.toString() ?? '',
      headers: one.headers.map(({ key, value }) => `${key}=${value}`).join(),
    }))
    return {
      streams: this.#streams.histories,
      log,
      isCutShort: this.#isCutShort,
      violations: this.#violations,
      counters: this.#counters,
    }
  }

  /** A record is about to be given. */
  #take(stream: BorderHistory, plan: BorderRecord): ProducerRecord {
    const id = `${stream.name}:${stream.taken.length}`
    const record = this.#code.record(id, plan, () => taken)
    const taken = new Taken(id, this.#serial, stream, plan, this.#isClosing)
    this.#serial += 1
    this.#count('records')
    stream.taken.push(taken)
    this.#code.know(record, taken)
    return record
  }

  #call(what: Call, { stream }: Taken): void {
    this.#count(`call: ${what}`)
    const { histories } = this.#streams
    const other = histories[(histories.indexOf(stream) + 1) % histories.length]!
    if (what === 'send') this.#streams.send()
    else if (what === 'open') this.#streams.openInner()
    else if (what === 'next') this.#streams.next(stream)
    else if (what === 'nextOther') this.#streams.next(other)
    else if (what === 'leave') this.#streams.leave(stream)
    else if (what === 'leaveOther') this.#streams.leave(other)
    else if (what === 'complete') this.#streams.complete(stream)
    else if (what === 'close') this.#close({})
    else if (what === 'closeNow') this.#close({ timeout: 0 })
    else if (what === 'flush') this.#flush()
    else if (what === 'ready') this.#ask(this.#producer.ready({ topics: ['t'] }))
    else this.#ask(this.#producer.partitionsFor('t'))
  }

  #ask(answer: Promise<unknown>): void {
    this.#open += 1
    const answered = () => {
      this.#open -= 1
    }
    answer.then(answered, (error: { readonly code?: string }) => {
      answered()
      if (!this.#isClosing || error.code !== 'CLOSED')
        this.#violate('what is asked for is answered', said(error))
    })
  }

  #flush(): void {
    const given = this.#streams.histories.flatMap(({ taken }) => taken)
    const waiting = given.filter(({ told }) => told.length === 0)
    this.#open += 1
    this.#producer.flush().then(() => {
      this.#open -= 1
      const left = waiting.filter(
        ({ told, isFirst, stream: { end } }) =>
          told.length === 0 && (isFirst || end === 'completed'),
      )
      if (left.length > 0) this.#violate('flush waits for every result', `${left[0]!.id} has none`)
    })
  }

  #close(options: { readonly timeout?: number }): void {
    this.#isClosing = true
    // A second after close() a record that has no place yet has to have one when a connection fails.
    const isStormy = this.#clock.now() < healedAt && this.#scenario.tape.length > 0
    if (options.timeout === 0 || isStormy) this.#isCutShort = true
    this.#producer.close(options).then(() => {
      this.#closed = true
    })
  }

  #interceptorFailed(error: unknown): void {
    const index = this.#intercepted.findIndex(
      (what) => what === error || (what === TypeError && error instanceof TypeError),
    )
    if (index < 0)
      this.#violate('what interceptors throw is an event', `nobody threw ${said(error)}`)
    else this.#intercepted.splice(index, 1)
  }

  #checkIdle(): void {
    const { outstanding, heldBytes, queuedBytes, waitingBatches, waitingForMemory } =
      this.#library.engineOf(this.#producer as never)
    const left = { outstanding, heldBytes, queuedBytes, waitingBatches, waitingForMemory }
    for (const [name, count] of Object.entries(left))
      if (count !== 0) this.#violate('memory is returned', `${name} is ${count}`)
    if (this.#clock.pending > 0) this.#violate('nothing is left', `${this.#clock.pending} timers`)
  }

  #checkClosed(): void {
    if (!this.#closed) this.#violate('close ends', 'it has not')
    const { heldBytes, outstanding } = this.#library.engineOf(this.#producer as never)
    if (heldBytes + outstanding > 0)
      this.#violate('memory is returned', `${heldBytes} bytes, ${outstanding} records`)
    const { pending, pendingInBackground } = this.#clock
    if (pending + pendingInBackground > 0) this.#violate('nothing is left', 'a timer is')
    if (this.#cluster.connections > 0) this.#violate('nothing is left', 'a connection is')
    for (const violation of this.#cluster.violations)
      this.#violate('the protocol is followed', violation)
    const untold = this.#intercepted.length
    if (untold > 0) this.#violate('what interceptors throw is an event', `${untold} are none`)
  }

  async #runUntil(until: number): Promise<void> {
    const { bufferMemory } = this.#scenario.config
    const engine = this.#library.engineOf(this.#producer as never)
    await microtasks()
    for (let steps = 0; this.#clock.step(until); steps += 1) {
      await microtasks()
      if (engine.heldBytes > bufferMemory)
        this.#violate('memory is bounded', `${engine.heldBytes} of ${bufferMemory} bytes`)
      if (steps > 100_000) throw new Error(`time stands still at ${this.#clock.now()}`)
    }
    this.#clock.runUntil(until)
  }

  #violate(property: string, detail: string): void {
    this.#violations.push({ property, detail })
  }

  #count(counter: string): void {
    this.#counters[counter] = (this.#counters[counter] ?? 0) + 1
  }
}

function configOf(config: BorderScenario['config'], bootstrapServers: string) {
  return {
    'bootstrap.servers': bootstrapServers,
    'linger.ms': config.lingerMs,
    'batch.size': config.batchSize,
    'buffer.memory': config.bufferMemory,
    'compression.type': config.compression,
    'request.timeout.ms': config.requestTimeoutMs,
    'max.block.ms': maxBlockMs,
    'delivery.timeout.ms': maxBlockMs,
  }
}

/** What a chain of promises takes. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await null
}

/** Every microtask has run, RxJS has reported its errors, and Node the unhandled rejections. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setTimeout(resolve, 1))
}

function said(what: unknown): string {
  try {
    return String((what as Error | undefined)?.stack ?? what)
  } catch {
    return 'something without words'
  }
}
