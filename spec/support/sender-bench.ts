import { Accumulator, type AccumulatorSettings } from '../../lib/accumulator/accumulator.ts'
import type { Batch } from '../../lib/accumulator/batch.ts'
import { Memory } from '../../lib/accumulator/memory.ts'
import { Share } from '../../lib/collections/share.ts'
import { Turn } from '../../lib/collections/turn.ts'
import type { KafkaError } from '../../lib/errors/kafka-error.ts'
import { codecs } from '../../lib/records/compression.ts'
import type { Failure } from '../../lib/sender/failure.ts'
import { Sender, type SenderSettings } from '../../lib/sender/sender.ts'
import { TopicTable } from '../../lib/topics/topic-table.ts'
import { type EnvelopeSpec, envelope } from './envelopes.ts'
import { FakeClock } from './fake-runtime.ts'
import { recordsOf } from './roll-of.ts'
import { ScriptedDispatch } from './scripted-dispatch.ts'

// The accumulator and the sender, connected as in the producer, over scripted brokers and a clock
// that stands still. Nothing drains or reports by itself: only a wake-up of the sender starts a
// turn, so that a lost wake-up shows.

export interface Outcome {
  readonly partition: number
  readonly values: readonly string[]
  /** -1 if it failed, or is unknown. */
  readonly offset: number
  readonly failure: Failure | null
  readonly doubt: boolean
  readonly batch: Batch
}

export interface BenchSettings extends Partial<AccumulatorSettings>, Partial<SenderSettings> {
  readonly bufferMemory?: number
  /** How many batches are sent in one turn. Default 1000. */
  readonly batchesPerTurn?: number
}

export class SenderBench {
  readonly clock = new FakeClock()
  readonly dispatch = new ScriptedDispatch()
  readonly memory: Memory
  readonly accumulator: Accumulator
  readonly sender: Sender
  readonly outcomes: Outcome[] = []
  readonly fatal: KafkaError[] = []
  readonly topics = new TopicTable(this.clock)
  /** The current burst of a source that is about to emit more; null if there is none. */
  burst: number | null = null
  /** How often the sender has requested a turn after the event loop's own. */
  laters = 0
  /** Whether results are reported; if not, they wait, as when a turn has reported enough. */
  isReporting = true
  /** Called for each batch whose results are given. */
  onReport: (outcome: Outcome) => void = () => {}
  #turn: Turn

  /** By default: acks=all, idempotent, no linger, a batch for each record, backoff 100 ms. */
  constructor(settings: BenchSettings = {}) {
    const { clock, dispatch } = this
    const all = { ...defaults, ...settings }
    this.memory = new Memory({ limit: settings.bufferMemory ?? 1 << 20, batchSize: all.batchSize })
    this.#turn = new Turn(clock)
    this.accumulator = new Accumulator(all, this.memory, clock, {
      due: (lease) => this.sender.lease(lease),
      expired: (batch) => this.sender.expired(batch),
    })
    this.sender = new Sender(all, {
      dispatch,
      clock,
      random: () => 0.5,
      wake: () => this.#turn.soon(),
      burst: () => this.burst,
      fatal: (error) => {
        this.fatal.push(error)
        this.accumulator.hurry()
        this.sender.abort({ code: 'CLOSED', cause: error })
      },
    })
    this.#turn.on('report', () => this.#report())
    const turn = this.#turn
    const turns = {
      get serial() {
        return turn.serial
      },
      isLong: false,
      // The spec begins a source's next burst, before the turn that is requested.
      later: () => {
        this.laters += 1
        if (this.burst === null) turn.later()
      },
    }
    const share = new Share(turns, settings.batchesPerTurn ?? 1_000)
    this.#turn.on('drain', () => this.sender.drain(share))
  }

  /** Appends a record and lets the sender act at once; returns whether there was memory. */
  give(value: string, partition = 0, spec: EnvelopeSpec = {}): boolean {
    const given = this.append(value, partition, spec)
    this.clock.settle()
    return given
  }

  /** Appends a record as one of a burst: the sender notices nothing before the clock is settled. */
  append(value: string, partition = 0, spec: EnvelopeSpec = {}): boolean {
    return this.accumulator.append(
      envelope({ topicState: this.topics.of('t'), ...spec, value, partition }),
    )
  }

  /** Runs an action of a broker, and what the sender does at once because of it. */
  turn(happening: () => void): void {
    this.#turn.run(happening)
    this.clock.settle()
  }

  /** Answers the producer's request for an identity. */
  identify(producerId = 7, epoch = 0): void {
    this.turn(() => this.dispatch.giveIdentity(producerId, epoch))
  }

  /** Moves the leader of a partition of `t`, and reports it. */
  move(partition: number, node: number, epoch = 0): void {
    this.dispatch.lead(partition, node, epoch)
    this.turn(() => this.moved(partition))
  }

  /** Reports to the sender, in another actor's turn, that a partition has another leader. */
  moved(partition: number): void {
    this.sender.moved([this.topics.of('t').at(partition)])
  }

  /**
   * `a,b@7` for acknowledged records, `a!CODE` for failed ones, with `?` if they may be in the log.
   */
  get results(): readonly string[] {
    return this.outcomes.map(({ values, offset, failure, doubt }) =>
      failure === null ? `${values}@${offset}` : `${values}!${failure.code}${doubt ? '?' : ''}`,
    )
  }

  #report(): boolean {
    const { settled } = this.sender
    const length = this.isReporting ? settled.length : 0
    for (let left = length; left > 0; left -= 1) {
      const { batch, failure } = settled.peek()!
      const values = recordsOf(batch).map(({ value }) => String(value))
      const { partition, baseOffset: offset, doubt } = batch
      const outcome = { partition, values, offset, failure, doubt, batch }
      this.outcomes.push(outcome)
      this.onReport(outcome)
      batch.reported()
      this.sender.told()
    }
    return length > 0
  }
}

const defaults = {
  batchSize: 1, // each record is a batch
  codec: codecs.none,
  compressionLevel: undefined,
  lingerMs: 0,
  deliveryTimeoutMs: 120_000,
  acks: -1,
  idempotent: true,
  maxInFlight: 5,
  maxRequestSize: 1 << 20,
  requestTimeoutMs: 30_000,
  availabilityTimeoutMs: 0,
  retries: 2147483647,
  backoff: () => 100,
} as const satisfies AccumulatorSettings & SenderSettings
