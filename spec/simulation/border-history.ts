import type { BorderKind, BorderRecord } from './border-scenario.ts'
import { hasHeader, textOf } from './border-things.ts'

// What happened in a run of the border regime, as its user saw it. Read by border-oracle.ts.

/** The result of a record, according to its stream or promise. */
export interface Said {
  readonly error: unknown
  /** In the lists of the error that ended its stream. */
  readonly listed: boolean
  readonly partition: number
  readonly offset: number
}

/** One record that was given to the producer. */
export class Taken {
  readonly id: string
  /** The order in which records were given, over all streams. */
  readonly serial: number
  readonly stream: BorderHistory
  readonly plan: BorderRecord
  /** It was given while the producer was closing. */
  readonly isLate: boolean
  /** The text of its value in the log. */
  text: string
  /** Its headers there. */
  headers: string
  /** It must fail with one of these codes, because its code misbehaved; null if it did not. */
  harmed: readonly string[] | null = null
  /** Codes with which it may fail. */
  mayFail: readonly string[] = []
  /** The error, or null, of each call to the interceptors. */
  readonly told: unknown[] = []
  readonly said: Said[] = []
  /** Of toKafkaEach: it is the first record of its item. */
  isFirst = true

  constructor(
    id: string,
    serial: number,
    stream: BorderHistory,
    plan: BorderRecord,
    isLate: boolean,
  ) {
    this.id = id
    this.serial = serial
    this.stream = stream
    this.plan = plan
    this.isLate = isLate
    this.text = textOf(id, plan)
    this.headers = hasHeader(plan) ? `h=${id}` : ''
  }
}

export class BorderHistory {
  readonly name: string
  readonly kind: BorderKind
  readonly taken: Taken[] = []
  /** With toKafkaEach: the records of each item, in input order. */
  readonly items: (readonly Taken[])[] = []
  /** How many items were emitted. */
  out = 0
  end: 'completed' | 'failed' | 'left' | null = null
  /** What it failed with. */
  error: unknown = null
  /** A serializer's promise delayed it for as long as a record may wait. */
  isHeldUp = false
  /** What `project` threw; null if it did not throw. */
  projectThrew: { readonly what: unknown } | null = null

  constructor(name: string, kind: BorderKind) {
    this.name = name
    this.kind = kind
  }

  /** One failure ends it. */
  get isFailing(): boolean {
    return this.kind === 'fail' || this.kind === 'each'
  }
}

export interface Landed {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly text: string
  readonly headers: string
}

export interface BorderOutcome {
  readonly streams: readonly BorderHistory[]
  readonly log: readonly Landed[]
  /** The producer was closed at once, with everything outstanding, or in a storm. */
  readonly isCutShort: boolean
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Partial<Record<string, number>>
}
