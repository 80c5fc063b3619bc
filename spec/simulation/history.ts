import type { StreamKind } from './scenario.ts'

// What happened in a run, as its user saw it. The oracle reads it.

export type Result =
  | { readonly kind: 'acknowledged'; readonly partition: number; readonly offset: number }
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
  readonly kind: StreamKind
  /** Records that a paced source is to give, each in its own time. */
  readonly planned: number
  /** In the order in which they were given. */
  readonly inputs: Input[] = []
  /** Ids of acknowledged records by partition, in the order of their results. */
  readonly acknowledged = new Map<number, string[]>()
  /** How the stream has ended; null while it has not. */
  end: 'completed' | 'failed' | 'unsubscribed' | null = null
  error: unknown = null
  /** Something was emitted after its end. */
  readonly late: string[] = []
  #byId = new Map<string, Input>()

  /** `planned` is how many records it is to give. */
  constructor(name: string, kind: StreamKind, planned: number) {
    this.name = name
    this.kind = kind
    this.planned = kind === 'paced' ? planned : 0
  }

  given(id: string): void {
    const input = { id, results: [] }
    this.inputs.push(input)
    this.#byId.set(id, input)
  }

  result(id: string, result: Result): void {
    if (this.end !== null && !(result.kind === 'failed' && result.listed)) this.late.push(id)
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

export interface History {
  readonly streams: readonly StreamHistory[]
  readonly log: readonly Landed[]
  /** What was found wrong while it ran: the property, and a sentence. */
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Partial<Record<Counter, number>>
  /** A digest of all that went over the wire, for replays. */
  readonly trace: string
}
