import { Observable, type Subscriber } from 'rxjs'
import type { ProducerRecord, RecordMetadata } from '../../lib/model.ts'
import type { KafkaProducer } from '../../lib/producer/kafka-producer.ts'
import type { KafkaProducerPool } from '../../lib/producer/producer-pool.ts'
import type { Transaction } from '../../lib/producer/transaction-body.ts'
import { VirtualClock } from '../../lib/testing/virtual-clock.ts'
import { bootstrapOf } from './bootstrap.ts'
import type { Regime } from './campaign.ts'
import type { Library } from './library.ts'
import { group, idOf, sourceTopic, TransactionsCluster, topic } from './transactions-cluster.ts'
import {
  type Attempt,
  type TransactionsHistory,
  transactionProperties,
} from './transactions-oracle.ts'
import {
  healedAt,
  type Owner,
  type TransactionsScenario,
  transactionScenarios,
  type Unit,
} from './transactions-scenario.ts'

// One run of transactions: up to four producers in virtual time, with one cluster. After all events the
// cluster is healed; waiting work then gets time, and at the end nothing may be left.

/** After everything is healed, all that waits is over within this, but for what max.block.ms allows. */
const endingMs = 200_000
/** More than this happens in no run. */
const stepsMax = 60_000
/** Larger than max.request.size. */
const tooLarge = 'x'.repeat(4000)

/** Transactions of several producers, and of several with one id. */
export const transactionsRegime: Regime<TransactionsScenario> = {
  scenarios: transactionScenarios,
  run: runTransactions,
}

export async function runTransactions(
  scenario: TransactionsScenario,
  library: Library,
): Promise<TransactionsHistory> {
  const run = new TransactionsWorld(scenario, library)
  await run.run()
  const { history } = run
  for (const [property, check] of Object.entries(transactionProperties)) {
    for (const detail of check(history, scenario)) history.violations.push({ property, detail })
  }
  return history
}

/** A record that knows which of its transaction it is. */
type Numbered = ProducerRecord & { readonly index: number }

type Producers = KafkaProducer<never, string> | KafkaProducerPool<never, string>

class TransactionsWorld {
  readonly history: TransactionsHistory = {
    attempts: [],
    visible: [],
    offsets: [],
    takeovers: [],
    identities: [],
    violations: [],
    counters: {},
  }
  #scenario: TransactionsScenario
  #library: Library
  #clock = new VirtualClock()
  #cluster: TransactionsCluster
  #producers = new Map<Owner, Producers>()
  #steps = 0

  constructor(scenario: TransactionsScenario, library: Library) {
    this.#scenario = scenario
    this.#library = library
    this.#cluster = new TransactionsCluster(scenario, this.#clock, {
      history: this.history,
      sourcePartitions: scenario.units.length + 8,
    })
  }

  async run(): Promise<void> {
    this.#count('runs')
    this.#cluster.simulated.runtime(this.#clock)
    for (const unit of this.#scenario.units) this.#clock.at(unit.at, () => this.#want(unit))
    for (const { at, deed } of this.#scenario.happenings) {
      this.#clock.at(at, () => {
        this.#count(deed.kind)
        if (deed.kind === 'close') void this.#producers.get('a')?.close({ timeout: 100 })
        else this.#cluster.perform(deed)
      })
    }
    await this.#pass(healedAt)
    this.#cluster.heal()
    await this.#pass(endingMs)
    for (const { id, fate } of this.history.attempts)
      if (fate === null) this.#violate('everything ends', `${id} has not, once all was healed`)
    await this.#close()
    for (const detail of this.#cluster.undecided()) this.#violate('everything ends', detail)
    this.#cluster.read(this.history)
    this.#counted()
  }

  /** A transaction is requested. */
  #want(unit: Unit): void {
    const attempt: Attempt = {
      id: this.history.attempts.length,
      unit,
      given: [],
      begunAt: null,
      fate: null,
      settledAt: null,
      code: null,
      results: new Map(),
      isMixed: false,
    }
    this.history.attempts.push(attempt)
    try {
      if (unit.form === 'operator') this.#asOperator(attempt)
      else if (unit.form === 'function') this.#asFunction(attempt)
      else this.#asWritable(attempt)
    } catch (error) {
      // The producer was closed.
      this.#settled(attempt, error)
    }
  }

  #asOperator(attempt: Attempt): void {
    const producer = this.#producerOf(attempt.unit.owner)
    const source$ = new Observable<Numbered>((out) => this.#feed(attempt, out))
    const results$ = source$.pipe(this.#library.inTransaction(producer as never)) as Observable<
      RecordMetadata<Numbered>
    >
    const subscription = results$.subscribe({
      next: (result) => {
        const { partition, offset, record } = result
        const isOurs = record !== undefined && record === records.get(record)
        if (!isOurs) this.#violate('a result has the very object', '')
        else attempt.results.set(record.index, { partition, offset: offset! })
      },
      error: (error) => {
        attempt.isMixed = attempt.results.size > 0
        this.#settled(attempt, error)
      },
      complete: () => this.#settled(attempt, null),
    })
    if (attempt.unit.end !== 'leave') return
    this.#after(this.#lengthOf(attempt.unit) + 7, () => {
      subscription.unsubscribe()
      if (attempt.fate === null) this.#left(attempt)
    })
  }

  /** Gives the records of a transaction to an operator. */
  #feed(attempt: Attempt, out: Subscriber<Numbered>): void {
    const { unit } = attempt
    for (let index = 0; index < unit.partitions.length; index += 1) {
      this.#after(index * unit.gapMs, () => {
        if (!out.closed) out.next(this.#record(attempt, index))
      })
    }
    this.#after(this.#lengthOf(unit), () => {
      if (unit.end === 'fail') out.error(new Error('the source failed'))
      else if (unit.end !== 'leave') out.complete()
    })
  }

  #asFunction(attempt: Attempt): void {
    const { unit } = attempt
    const abort = new AbortController()
    const body = async (tx: Transaction<never, string>) => {
      for (let index = 0; index < unit.partitions.length; index += 1) {
        if (index > 0 && unit.gapMs > 0) await this.#sleep(unit.gapMs)
        const sent = tx.send(this.#record(attempt, index) as never)
        sent.then(
          ({ partition, offset }) => attempt.results.set(index, { partition, offset: offset! }),
          () => {},
        )
      }
      if (unit.offsets) {
        const offset = { topic: sourceTopic, partition: attempt.id, offset: attempt.id }
        await tx.sendOffsets([offset as never], { groupId: group } as never)
      }
      if (unit.end === 'fail') throw new Error('the function failed')
      if (unit.end === 'leave') abort.abort(new Error('nobody wants it'))
    }
    const { signal } = abort
    this.#producerOf(unit.owner)
      .transaction(body as never, { signal })
      .then(
        () => this.#settled(attempt, null),
        (error) => this.#settled(attempt, error),
      )
  }

  #asWritable(attempt: Attempt): void {
    const { unit } = attempt
    // A pool has none of its own.
    if (unit.owner === 'pool') {
      this.#asOperator(attempt)
      return
    }
    const producer = this.#producerOf(unit.owner) as KafkaProducer<never, string>
    const writer = producer.writable({ transaction: true }).getWriter()
    writer.closed.catch(() => {})
    const write = async () => {
      for (let index = 0; index < unit.partitions.length; index += 1) {
        if (index > 0 && unit.gapMs > 0) await this.#sleep(unit.gapMs)
        await writer.write(this.#record(attempt, index) as never)
      }
      if (unit.end === 'fail' || unit.end === 'leave') {
        await writer.abort(new Error('the writer gave up'))
        this.#left(attempt)
      } else {
        await writer.close()
        this.#settled(attempt, null)
      }
    }
    write().catch((error) => this.#settled(attempt, error))
  }

  #record(attempt: Attempt, index: number): Numbered {
    const { unit, id, given } = attempt
    const partition = unit.partitions[index]!
    const isLarge = unit.end === 'large' && index === unit.partitions.length - 1
    attempt.begunAt ??= this.#clock.now()
    given.push(partition)
    this.#count('records')
    const value = isLarge ? tooLarge : `${id}/${index}`
    const record = { topic, partition, value, index }
    records.set(record, record)
    return record
  }

  #settled(attempt: Attempt, error: unknown): void {
    if (attempt.fate !== null) {
      if (attempt.fate !== 'left') this.#violate('a transaction ends once', `${attempt.id}`)
      return
    }
    const { code, outcome } = (error ?? {}) as { code?: string; outcome?: string }
    attempt.code = error === null ? null : (code ?? String(error))
    attempt.fate = error === null ? 'committed' : outcome === 'unknown' ? 'unknown' : 'aborted'
    attempt.settledAt = this.#clock.now()
  }

  #left(attempt: Attempt): void {
    if (attempt.fate !== null) return
    attempt.fate = 'left'
    attempt.settledAt = this.#clock.now()
  }

  #producerOf(owner: Owner): Producers {
    const known = this.#producers.get(owner)
    if (known !== undefined) return known
    const { KafkaProducer: One, KafkaProducerPool: Pool } = this.#library
    const runtime = this.#cluster.simulated.runtime(this.#clock)
    const config = configOf(this.#scenario, owner, this.#cluster)
    const options = { runtime, warnings: false }
    const made =
      owner === 'pool' ? new Pool(config, { ...options, size: 2 }) : new One(config, options)
    this.#producers.set(owner, made as Producers)
    return made as Producers
  }

  async #close(): Promise<void> {
    let open = this.#producers.size
    for (const producer of this.#producers.values()) {
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
    for (const [owner, producer] of this.#producers) {
      const all = 'producers' in producer ? producer.producers : [producer]
      for (const one of all) {
        const { heldBytes } = this.#library.engineOf(one as never)
        if (heldBytes > 0) this.#violate('memory is returned', `${owner} holds ${heldBytes} bytes`)
      }
    }
  }

  #counted(): void {
    for (const { fate, code, unit } of this.history.attempts) {
      this.#count(fate ?? 'unended')
      this.#count(unit.form)
      if (code !== null) this.#count(code)
    }
    this.#count('networkFaults', this.#cluster.weather.faults)
  }

  #lengthOf({ partitions, gapMs }: Unit): number {
    return Math.max(0, partitions.length - 1) * gapMs
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#after(ms, resolve))
  }

  #after(ms: number, act: () => void): void {
    this.#clock.at(this.#clock.now() + ms, act)
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

/** Every record that was ever made is itself. */
const records = new WeakMap<object, object>()

function configOf(
  { config, isAtHome }: TransactionsScenario,
  owner: Owner,
  cluster: TransactionsCluster,
) {
  return {
    'bootstrap.servers': bootstrapOf(cluster.simulated.bootstrapServers, isAtHome),
    'client.id': owner,
    'transactional.id': idOf[owner],
    'linger.ms': config.lingerMs,
    'batch.size': config.batchSize,
    'max.in.flight.requests.per.connection': config.maxInFlight,
    'transaction.timeout.ms': config.timeoutMs,
    'max.block.ms': config.maxBlockMs,
    'request.timeout.ms': config.requestTimeoutMs,
    'delivery.timeout.ms': 120_000,
    'max.request.size': 2000,
  }
}
