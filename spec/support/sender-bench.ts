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

// The accumulator and the sender as the producer joins them, over scripted brokers and a clock that
// stands still. Nothing drains or reports by itself: only a wake-up of the sender makes a turn, so
// that one that is lost shows.

export interface Outcome {
  readonly partition: number
  readonly values: readonly string[]
  /** -1 where it failed, or nobody knows. */
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
  /** The burst that a source is in that brings more; null where none does. */
  burst: number | null = null
  /** How often the sender has asked for a turn after the event loop's own. */
  laters = 0
  /** Called for each batch whose results are given. */
  onReport: (outcome: Outcome) => void = () => {}
  #turn: Turn

  /** Without other settings: acks=all, idempotent, no linger, a batch for each record, backoff 100 ms. */
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
      // A source's next burst is the spec's to begin: it comes before the turn that is asked for.
      later: () => {
        this.laters += 1
        if (this.burst === null) turn.later()
      },
    }
    const share = new Share(turns, settings.batchesPerTurn ?? 1_000)
    this.#turn.on('drain', () => this.sender.drain(share))
  }

  /** Appends a record and lets the sender do what it does at once; whether there was memory. */
  give(value: string, partition = 0, spec: EnvelopeSpec = {}): boolean {
    const given = this.append(value, partition, spec)
    this.clock.settle()
    return given
  }

  /** Appends a record, as one of a burst: the sender sees nothing before the clock is settled. */
  append(value: string, partition = 0, spec: EnvelopeSpec = {}): boolean {
    return this.accumulator.append(
      envelope({ topicState: this.topics.of('t'), ...spec, value, partition }),
    )
  }

  /** A broker does something, and the sender what follows from it at once. */
  turn(happening: () => void): void {
    this.#turn.run(happening)
    this.clock.settle()
  }

  /** Says who the producer is, when it has asked. */
  identify(producerId = 7, epoch = 0): void {
    this.turn(() => this.dispatch.giveIdentity(producerId, epoch))
  }

  /** Leads a partition of `t` elsewhere, and says so. */
  move(partition: number, node: number, epoch = 0): void {
    this.dispatch.lead(partition, node, epoch)
    this.turn(() => this.moved(partition))
  }

  /** Tells the sender, in a turn of somebody else's, that a partition is led elsewhere. */
  moved(partition: number): void {
    this.sender.moved([this.topics.of('t').at(partition)])
  }

  /** `a,b@7` for what was acknowledged, `a!CODE` for what failed, with `?` where it may be in the log. */
  get results(): readonly string[] {
    return this.outcomes.map(({ values, offset, failure, doubt }) =>
      failure === null ? `${values}@${offset}` : `${values}!${failure.code}${doubt ? '?' : ''}`,
    )
  }

  #report(): boolean {
    const { settled } = this.sender
    const { length } = settled
    for (let left = length; left > 0; left -= 1) {
      const { batch, failure } = settled.shift()!
      const values = recordsOf(batch).map(({ value }) => String(value))
      const { partition, baseOffset: offset, doubt } = batch
      const outcome = { partition, values, offset, failure, doubt, batch }
      this.outcomes.push(outcome)
      this.onReport(outcome)
      batch.reported()
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
