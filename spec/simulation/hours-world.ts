import { Subject } from 'rxjs'
import type { ProducerRecord } from '../../lib/model.ts'
import type { ProducerEvent } from '../../lib/producer/events.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { bootstrapOf } from './bootstrap.ts'
import type { Regime } from './campaign.ts'
import { HoursCluster, securityOf } from './hours-cluster.ts'
import { type HoursHistory, hoursProperties, type Sent } from './hours-oracle.ts'
import {
  type HoursConfig,
  type HoursScenario,
  hours,
  type Sending,
  type Step,
} from './hours-scenario.ts'
import { finalCodes } from './hours-tls.ts'
import type { Library } from './library.ts'

// One run of hours: a shared producer and one stream of it, in virtual time. After the steps everything is
// healed; waiting records then get time, and at the end nothing may be left.

/** After everything is healed, all that waits for more than its linger is done within this. */
const healingMs = 150_000
/** Connections that nobody uses are closed by then (connections.max.idle.ms). */
const idleMs = 11 * 60_000
/** Nothing of a record's own may end it. */
const forever = 2_147_483_647

/** Hours of one producer: outages, idle times, topics that come back, brokers that forget. */
export const hoursRegime: Regime<HoursScenario> = { scenarios: hours, run: runHours }

export async function runHours(scenario: HoursScenario, library: Library): Promise<HoursHistory> {
  const run = new HoursRun(scenario, library)
  await run.run()
  const { history } = run
  for (const [property, check] of Object.entries(hoursProperties)) {
    for (const detail of check(history, scenario)) history.violations.push({ property, detail })
  }
  return history
}

class HoursRun {
  readonly history: HoursHistory
  #scenario: HoursScenario
  #clock = new VirtualClock()
  #cluster: HoursCluster
  #library: Library
  #producer
  #records$ = new Subject<ProducerRecord<string | undefined, string>>()
  #flushing = 0
  #asking = 0
  /** Connections that are of use, and since when there is none. */
  #connected = 0
  #quietSince = -1

  constructor(scenario: HoursScenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    this.#cluster = new HoursCluster(scenario, this.#clock)
    const { lives, losses, lockOuts, passwords } = this.#cluster
    const refusals: HoursHistory['refusals'] = []
    const told = { sent: [], lives, losses, lockOuts, passwords, refusals }
    this.history = { ...told, violations: [], counters: {} }
    const runtime = this.#cluster.simulated.runtime(this.#clock)
    const plain = configOf(
      scenario.config,
      bootstrapOf(this.#cluster.bootstrapServers, scenario.isAtHome),
    )
    const config = { ...plain, ...securedBy(scenario, this.#cluster) }
    this.#producer = new library.KafkaProducer<string | undefined, string>(config, { runtime })
    this.#producer.events$.subscribe((event) => this.#watch(event))
    this.#records$.pipe(library.toKafkaSettled(this.#producer)).subscribe({
      next: (result) => {
        if (result.status === 'rejected') this.#done(result.record.value, result.error.code)
        else this.#done(result.metadata.record.value, result.metadata)
      },
      error() {}, // the producer was closed
    })
  }

  #watch(event: ProducerEvent): void {
    const { type } = event
    if (type === 'retried' || type === 'epochBumped') this.#count(type)
    if (type === 'connected') this.#connected += 1
    if (type !== 'disconnected') return
    if (event.wasReady) this.#connected -= 1
    if (this.#connected > 0) return
    if (event.wasReady) this.#quietSince = this.#clock.now()
    if (!isFinal(event.cause)) return
    this.#count('refusedByTls')
    this.history.refusals.push({ at: this.#clock.now(), quietSince: this.#quietSince })
  }

  async run(): Promise<void> {
    this.#count('runs')
    this.#begin()
    for (const [index, step] of this.#scenario.steps.entries()) {
      this.#schedule(index)
      await this.#perform(step)
    }
    const { config } = this.#scenario
    this.#cluster.complete()
    this.#cluster.heal()
    this.#pass(config.lingerMs + healingMs)
    this.history.endedAt = this.#clock.now()
    await drained()
    this.#cluster.read()
    this.#checkWaiting()
    this.#records$.complete()
    this.#pass(idleMs)
    if (this.#unfinished.length === 0) this.#checkIdle()
    await this.#close()
  }

  /** The brokers are known before anything happens to them. */
  #begin(): void {
    for (const topic of ['a', 'b'] as const) this.#send({ topic, partition: null })
    this.#pass(this.#scenario.config.lingerMs + 5000)
    this.#cluster.unmoor()
  }

  /** What becomes of passwords and handshakes in this step. */
  #schedule(index: number): void {
    for (const change of this.#scenario.tls?.changes ?? []) {
      if (change.step !== index) continue
      this.#clock.at(this.#clock.now() + change.atMs, () => {
        this.#count(
          change.refusal === null ? 'renewed' : `refused${change.refusal.late ? 'Late' : 'Early'}`,
        )
        this.#cluster.changeTls(change)
      })
    }
    for (const start of this.#scenario.starts?.changes ?? []) {
      if (start.step !== index) continue
      this.#clock.at(this.#clock.now() + start.atMs, () => {
        this.#count('started')
        this.#cluster.startAnew(start)
      })
    }
    for (const change of this.#scenario.secured?.changes ?? []) {
      if (change.step !== index) continue
      this.#clock.at(this.#clock.now() + change.atMs, () => {
        this.#count(change.kind)
        this.#cluster.change(change)
      })
    }
  }

  async #perform({ sends, gapMs, deed, deedMs, passMs }: Step): Promise<void> {
    const begin = this.#clock.now()
    for (const [index, sending] of sends.entries())
      this.#clock.at(begin + index * gapMs, () => this.#send(sending))
    this.#clock.at(begin + deedMs, () => {
      this.#count(deed.kind)
      if (deed.kind === 'flush') this.#flush()
      else if (deed.kind === 'ask') this.#ask(deed.topic)
      else this.#cluster.perform(deed)
    })
    this.#pass(Math.max(sends.length * gapMs, deedMs) + passMs)
    if (this.#flushing + this.#asking > 0) await drained()
  }

  #send(sending: Sending): void {
    if (!this.#cluster.has(sending)) return
    const { sent } = this.history
    const id = sent.length
    const one: Sent = { id, sending, givenAt: this.#clock.now(), doneAt: null, result: null }
    sent.push(one)
    this.#count('records')
    const { topic, key, partition } = sending
    const place = key === undefined && partition !== null ? { partition } : {}
    this.#records$.next({ topic, key, value: String(id), ...place })
  }

  #done(value: unknown, result: NonNullable<Sent['result']>): void {
    const one = this.history.sent[Number(value)]!
    if (one.result !== null) this.#violate('one result for each record', `${one.id} has two`)
    one.doneAt = this.#clock.now()
    one.result = result
  }

  #flush(): void {
    const waiting = this.#unfinished
    this.#flushing += 1
    this.#producer.flush().then(() => {
      this.#flushing -= 1
      const left = waiting.filter(({ result }) => result === null)
      if (left.length > 0) this.#violate('flush waits for every result', `${left[0]!.id} has none`)
    })
  }

  #ask(topic: string): void {
    this.#asking += 1
    this.#producer.partitionsFor(topic).then(
      () => {
        this.#asking -= 1
      },
      (error: { readonly code?: unknown }) => {
        this.#asking -= 1
        const isRefused = error.code === 'AUTHENTICATION_FAILED'
        const { lockOuts, passwords } = this.history
        if (isRefused && (lockOuts.length > 0 || passwords.wasOvertaken(this.#clock.now()))) return
        this.#violate('partitionsFor is answered', String(error))
      },
    )
  }

  get #unfinished(): readonly Sent[] {
    return this.history.sent.filter(({ result }) => result === null)
  }

  #checkWaiting(): void {
    const isWaiting = this.#unfinished.length > 0
    if (this.#flushing > 0 && !isWaiting) this.#violate('every flush ends', 'one has not')
    if (this.#asking > 0) this.#violate('partitionsFor is answered', 'it has not been')
  }

  #checkIdle(): void {
    const { pending, pendingInBackground } = this.#clock
    const { connections } = this.#cluster.simulated
    if (pending + pendingInBackground + connections > 0)
      this.#violate(
        'an idle producer has nothing',
        `${pending} timers, ${pendingInBackground} in the background, ${connections} connections`,
      )
  }

  async #close(): Promise<void> {
    let closed = false
    this.#producer.close({ timeout: 0 }).then(() => {
      closed = true
    })
    this.#pass(60_000)
    await drained()
    if (!closed) this.#violate('close ends', 'it has not')
    if (this.#unfinished.length > 0)
      this.#violate('one result for each record', `${this.#unfinished[0]!.id} has none`)
    const { heldBytes } = this.#library.engineOf(this.#producer as never)
    if (heldBytes > 0) this.#violate('memory is returned', `${heldBytes} bytes are held`)
    if (this.#clock.pending + this.#clock.pendingInBackground > 0)
      this.#violate('nothing is left', 'a timer is')
    for (const violation of this.#cluster.simulated.violations)
      this.#violate('the protocol is followed', violation)
  }

  #pass(ms: number): void {
    this.#clock.runUntil(this.#clock.now() + ms)
  }

  #violate(property: string, detail: string): void {
    this.history.violations.push({ property, detail })
  }

  #count(counter: string): void {
    const { counters } = this.history
    counters[counter] = (counters[counter] ?? 0) + 1
  }
}

/** Whether TLS failed so that no other attempt helps, whatever the library makes of it. */
function isFinal(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (finalCodes.has((one as NodeJS.ErrnoException).code)) return true
  }
  return false
}

function securedBy(scenario: HoursScenario, cluster: HoursCluster) {
  const trust = cluster.simulated.clientSettings
  const protocol = { ...trust, 'security.protocol': securityOf(scenario) }
  const { secured } = scenario
  if (secured === undefined) return protocol
  return {
    ...protocol,
    'sasl.mechanism': secured.mechanism,
    'sasl.username': 'me',
    'sasl.password': () => cluster.passwords.read(),
  } as const
}

function configOf(config: HoursConfig, bootstrapServers: string) {
  return {
    'bootstrap.servers': bootstrapServers,
    'linger.ms': config.lingerMs,
    'batch.size': config.batchSize,
    'max.in.flight.requests.per.connection': config.maxInFlight,
    'metadata.max.age.ms': config.metadataMaxAgeMs,
    'metadata.max.idle.ms': config.metadataMaxIdleMs,
    'retry.backoff.max.ms': config.retryBackoffMaxMs,
    'reconnect.backoff.max.ms': config.retryBackoffMaxMs,
    'delivery.timeout.ms': forever,
    'max.block.ms': forever,
  }
}

/** Every microtask has run, including those that microtasks have created. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
