import type { Journey } from './journeys.ts'
import type { StreamPlan } from './scenario.ts'

// What happened in a run, as its user saw it. The oracle reads it.

export type Result =
  | {
      readonly kind: 'acknowledged'
      readonly partition: number
      readonly offset: number
      readonly timestamp: number
    }
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly persisted: 'no' | 'possibly'
      readonly listed: boolean
    }

export interface Input {
  readonly id: string
  readonly results: Result[]
}

export class StreamHistory {
  readonly name: string
  readonly plan: StreamPlan
  /** Some of its values take time to serialize, and hold back later records. */
  readonly isSlow: boolean
  /** In the order in which they were given. */
  readonly inputs: Input[] = []
  /** Ids of acknowledged records by partition, in the order of their results. */
  readonly acknowledged = new Map<number, string[]>()
  /** Ids in the order of their results, except for those that the stream's error lists. */
  readonly left: string[] = []
  /** How the stream has ended; null while it has not. */
  end: 'completed' | 'failed' | 'unsubscribed' | null = null
  error: unknown = null
  /** Its subscriber is about to unsubscribe: waiting records are dropped. */
  isLeaving = false
  /** Something was emitted after its end. */
  readonly late: string[] = []
  #byId = new Map<string, Input>()

  constructor(name: string, plan: StreamPlan) {
    this.name = name
    this.plan = plan
    this.isSlow = plan.records.some(({ serializeMs }) => serializeMs > 0)
  }

  /** Its records have results of their own only: the interceptors tell them, also when it has ended. */
  get isWritable(): boolean {
    return this.plan.kind === 'writable'
  }

  /** It gives its records when there is use for them, each in its own time. */
  get isPaced(): boolean {
    return this.plan.kind.startsWith('paced') || this.isWritable
  }

  /** Its batches are those of the shared producer. */
  get isShared(): boolean {
    return !this.plan.kind.startsWith('owned')
  }

  given(id: string): void {
    if (this.#byId.has(id)) return
    const input = { id, results: [] }
    this.inputs.push(input)
    this.#byId.set(id, input)
  }

  result(id: string, result: Result): void {
    const isListed = result.kind === 'failed' && result.listed
    if (!isListed) this.left.push(id)
    if (this.end !== null && !isListed && !this.isWritable) this.late.push(id)
    this.#byId.get(id)?.results.push(result)
    if (result.kind !== 'acknowledged') return
    const list = this.acknowledged.get(result.partition) ?? []
    list.push(id)
    this.acknowledged.set(result.partition, list)
  }
}

/** A record of the log, by its id. */
export interface Landed {
  readonly id: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
}

/** How often the campaign reached what it claims to reach. */
export type Counter =
  | 'runs'
  | 'records'
  | 'networkFaults'
  | 'brokerFaults'
  | 'retry'
  | 'split'
  | 'expiry'
  | 'epochBump'
  | 'fiveInFlight'
  | 'fullBuffer'
  | 'metadataTimeout'
  | 'leaderHint'
  | 'disconnect'
  | 'possiblyPersisted'
  | 'duplicateInLog'
  | 'abandonedStream'
  | 'failedStream'
  | 'asyncSerializer'
  | 'threads'
  | 'flush'
  | 'earlyClose'
  | 'zombie'
  | 'rebootstrap'
  | 'inputOrder'
  | 'heldForTurn'
  | 'gateClosed'
  | 'leftWhilePulling'
  | 'writables'
  | 'writeWaited'
  | 'aborted'
  | 'keyed'
  | 'roundRobin'
  | 'keptAway'
  | 'discarded'
  | 'withdrawn'
  | 'tooManyWait'
  | 'undelivered'
  | 'partitionsFor'
  | 'astray'
  | 'lateTopic'
  | 'hostile'
  | 'besideOthers'
  | 'lz4'

export interface History {
  readonly streams: readonly StreamHistory[]
  readonly log: readonly Landed[]
  /** What happened to each record between its source and its result. */
  readonly journeys: readonly Journey[]
  /** The failures that were events of the shared producer. */
  readonly undelivered: ReadonlySet<unknown>
  /** What was found wrong while it ran: the property, and a sentence. */
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Partial<Record<Counter, number>>
  /** A digest of all that went over the wire, for replays. */
  readonly trace: string
}
