import type { BorderKind, BorderRecord } from './border-scenario.ts'
import { hasHeader, textOf } from './border-things.ts'

// What happened in a run of the border regime, as its user saw it. border-oracle.ts reads it.

/** What became of a record, as its stream or promise says it. */
export interface Said {
  readonly error: unknown
  /** By the lists of the error that ended its stream. */
  readonly listed: boolean
  readonly partition: number
  readonly offset: number
}

/** One record that was given to the producer. */
export class Taken {
  readonly id: string
  /** In which order they were given, over all streams. */
  readonly serial: number
  readonly stream: BorderHistory
  readonly plan: BorderRecord
  /** It was given when the producer was being closed. */
  readonly isLate: boolean
  /** The text of its value in the log. */
  text: string
  /** Its headers there. */
  headers: string
  /** Codes with one of which it has to fail, for its code misbehaved; null while it has not. */
  harmed: readonly string[] | null = null
  /** Codes with which it may fail. */
  mayFail: readonly string[] = []
  /** Of each time that the interceptors heard of it: its error, or null. */
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
  /** Of toKafkaEach: the records of each item, in input order. */
  readonly items: (readonly Taken[])[] = []
  /** How many of them have come out. */
  out = 0
  end: 'completed' | 'failed' | 'left' | null = null
  /** What it failed with. */
  error: unknown = null
  /** A serializer's promise held it up for as long as a record may wait. */
  isHeldUp = false
  /** What `project` threw; null where it has not. */
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
  /** The producer was closed at once, with all that was outstanding, or in a storm. */
  readonly isCutShort: boolean
  readonly violations: { readonly property: string; readonly detail: string }[]
  readonly counters: Partial<Record<string, number>>
}
