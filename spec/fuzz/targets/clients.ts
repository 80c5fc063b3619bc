// A whole producer in virtual time whose brokers send wrong data for two seconds, and are honest
// then. Every record has one result, within the timeouts. Later records are delivered, unless a
// broker said that nothing can be. close() ends, and leaves no timer, no connection and no memory
// behind. A wrong throttle time is obeyed, as by all clients, for at most five minutes
// (wire/throttle.ts); delivery is checked after that.

import { Subject } from 'rxjs'
import { type SendResult, toKafkaSettled } from '../../../lib/operators/to-kafka-settled.ts'
import { engineOf } from '../../../lib/producer/assembly.ts'
import { KafkaProducer } from '../../../lib/producer/kafka-producer.ts'
import { SimulatedCluster } from '../../../lib/testing/simulated-cluster.ts'
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts'
import type { Dice } from '../dice.ts'
import { HostileNetwork } from '../hostile-network.ts'
import { buffersOf, Finding, type Target } from '../target.ts'

const honestAt = 2000
const freshAt = 4000
/** No throttle time from the dishonest phase is in force any more. */
const judgedAt = 310_000
const config = {
  'request.timeout.ms': 500,
  'delivery.timeout.ms': 2000,
  'max.block.ms': 1500,
  'retry.backoff.ms': 20,
  'retry.backoff.max.ms': 200,
  'reconnect.backoff.ms': 10,
  'reconnect.backoff.max.ms': 200,
  'socket.connection.setup.timeout.ms': 300,
  'buffer.memory': 200_000,
}
/** What a producer may send in two seconds of wrong answers and the time after them. */
const requestsMax = 3000
/**
 * The total of buffers that it may request from Node: far less than any length that an answer
 * announces.
 */
const buffersMax = 16 * 1024 * 1024

interface Given {
  readonly topic: string
  readonly value: string
  readonly partition?: number
}

export class Clients implements Target {
  readonly name = 'clients'
  readonly #outcomes = new Set<string>()

  get outcomes(): number {
    return this.#outcomes.size
  }

  async run(dice: Dice): Promise<void> {
    const session = new Session(dice)
    const taken = buffersOf(() => session.run())
    if (taken > buffersMax) throw new Finding(`buffers of ${taken} bytes`, session.story)
    await session.end()
    for (const outcome of session.outcomes) this.#outcomes.add(outcome)
  }
}

class Session {
  readonly #dice: Dice
  readonly #clock = new VirtualClock({ creepMs: 0.0001 })
  readonly #cluster: SimulatedCluster
  readonly #network: HostileNetwork
  readonly #producer: KafkaProducer
  readonly #source = new Subject<Given>()
  readonly #results = new Map<string, number>()
  readonly #acknowledged = new Set<string>()
  readonly #failures = new Map<string, string>()
  readonly outcomes = new Set<string>()
  #given = 0
  #end: string | null = null

  constructor(dice: Dice) {
    this.#dice = dice
    const partitions = 1 + dice.below(4)
    const brokers = 1 + dice.below(3)
    const versions = dice.percent(50) ? {} : { Produce: [0, 3 + dice.below(11)] as const }
    const topics = { t: { partitions }, u: {} }
    this.#cluster = new SimulatedCluster({ brokers, topics, versions })
    const world = { topicIds: ['AAAAAAAAAAAAAAAAAAAAAQ'], records: () => dice.bytes(9) }
    this.#network = new HostileNetwork(dice, world)
    const { bootstrapServers } = this.#cluster
    this.#producer = new KafkaProducer(
      {
        'bootstrap.servers': bootstrapServers,
        ...config,
        'linger.ms': dice.pick([0, 5, 50]),
        'batch.size': dice.pick([100, 16384]),
        ...dice.pick([{}, {}, {}, { acks: '1', 'enable.idempotence': false }] as const),
      },
      { runtime: this.#network.over(this.#cluster.runtime(this.#clock)) },
    )
  }

  get story(): string {
    const results = JSON.stringify([...this.#results])
    return `${this.#given} given, ${this.#network.damaged} answers damaged, ${this.#end}, ${results}`
  }

  /** The time by which every record must have its result. */
  run(): void {
    this.#source.pipe(toKafkaSettled(this.#producer)).subscribe({
      next: (result) => this.#noted(result),
      error: (error: Error & { code?: string }) => {
        this.#end = `failed ${error.code}`
      },
      complete: () => {
        this.#end = 'completed'
      },
    })
    for (let left = 5 + this.#dice.below(20); left > 0; left -= 1) {
      this.#clock.at(this.#dice.below(honestAt), () =>
        this.#give(this.#dice.percent(80) ? 't' : 'u'),
      )
    }
    this.#advance(honestAt)
    this.#network.isHostile = false
    this.#advance(freshAt)
    this.#give('t')
    this.#advance(judgedAt)
    const judged = `r${this.#given}`
    this.#give('t')
    this.#advance(judgedAt + 6000)
    this.#source.complete()
    this.#advance(judgedAt + 12_000)
    this.#checkResults()
    if (this.#end === 'completed' && !this.#acknowledged.has(judged)) {
      this.#fail(`${judged} was not delivered: ${this.#failures.get(judged)}`)
    }
  }

  /** Closes, and checks what is left. */
  async end(): Promise<void> {
    let isClosed = false
    void this.#producer.close({ timeout: 5000 }).then(() => {
      isClosed = true
    })
    await drained()
    this.#advance(this.#clock.now() + 6000)
    await drained()
    if (!isClosed) this.#fail('close() has not ended')
    const { heldBytes, waitingBatches } = engineOf(this.#producer as never)
    if (heldBytes !== 0) this.#fail(`${heldBytes} bytes of buffer.memory are held`)
    if (waitingBatches !== 0) this.#fail(`${waitingBatches} batches are counted as waiting`)
    if (this.#clock.pending > 0) this.#fail(`${this.#clock.pending} timers are left`)
    if (this.#clock.pendingInBackground > 0) this.#fail('a timer in the background is left')
    if (this.#cluster.connections > 0)
      this.#fail(`${this.#cluster.connections} connections are left`)
  }

  #give(topic: string): void {
    const value = `r${this.#given}`
    this.#given += 1
    this.#source.next(this.#dice.percent(20) ? { topic, value, partition: 0 } : { topic, value })
  }

  #noted(result: SendResult<Given>): void {
    const { value } = result.status === 'fulfilled' ? result.metadata.record : result.record
    this.#results.set(value, (this.#results.get(value) ?? 0) + 1)
    const isFresh = value === `r${this.#given - 1}` && this.#clock.now() > freshAt
    if (result.status === 'fulfilled') this.#acknowledged.add(value)
    else this.#failures.set(value, result.error.message)
    if (result.status === 'fulfilled') this.outcomes.add(`acknowledged ${isFresh}`)
    else this.outcomes.add(`${result.error.code} ${isFresh}`)
  }

  #checkResults(): void {
    if (this.#end === null) this.#fail('the stream has not ended')
    for (let index = 0; index < this.#given; index += 1) {
      const times = this.#results.get(`r${index}`) ?? 0
      if (times !== 1 && this.#end === 'completed') this.#fail(`r${index} has ${times} results`)
    }
    const requests = this.#cluster.requests.length
    if (requests > requestsMax) this.#fail(`${requests} requests were sent`)
  }

  #advance(until: number): void {
    this.#clock.runUntil(until, 200_000)
  }

  #fail(what: string): never {
    throw new Finding(what, this.story)
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
