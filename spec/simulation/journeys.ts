import type { StreamHistory } from './history.ts'
import { isAstray, type RecordPlan, type Scenario } from './scenario.ts'
import { topic } from './setting.ts'
import type { WireBatch } from './wiretap.ts'

// What happens to each record between its source and its result, observed from outside: by interceptors,
// serializers and the wire. Has the rules that need this: what may be inside, what may wait, and what must
// not be sent any more.

export interface Journey {
  readonly id: string
  readonly stream: StreamHistory
  readonly plan: RecordPlan
  readonly givenAt: number
  /** The shared producer knew its topic then. */
  readonly isTopicKnown: boolean
  /** When the first interceptor saw it; null while it waits at the entrance. */
  enteredAt: number | null
  /** The promise of its serializer is out. */
  isSerializing: boolean
  /** When it was on the wire first, and in which partition. */
  sentAt: number | null
  /** It was the first of its batch then. */
  beganBatch: boolean
  partition: number | null
  /** How often an interceptor was told its result, when first, and the last one. */
  told: number
  toldAt: number | null
  error: unknown
  /** It was waiting when its stream was unsubscribed. */
  isDropped: boolean
  /** The rule that it would break if it were sent now. */
  forbidden: string | null
  /** Its result has left its stream. */
  isOut: boolean
}

/** What a serializer may have of a stream's promises at once. */
const promisesMax = 16

export class Journeys {
  #scenario: Scenario
  #now: () => number
  #violate: (property: string, detail: string) => void
  #byId = new Map<string, Journey>()
  /** Records of streams in input order that are inside. */
  #inside = new Map<StreamHistory, number>()

  constructor(
    scenario: Scenario,
    now: () => number,
    violate: (property: string, detail: string) => void,
  ) {
    this.#scenario = scenario
    this.#now = now
    this.#violate = violate
  }

  get all(): readonly Journey[] {
    return [...this.#byId.values()]
  }

  given(id: string, stream: StreamHistory, plan: RecordPlan, isTopicKnown: boolean): void {
    if (!stream.isWritable) stream.given(id)
    this.#byId.set(id, {
      id,
      stream,
      plan,
      givenAt: this.#now(),
      isTopicKnown,
      enteredAt: null,
      isSerializing: false,
      sentAt: null,
      beganBatch: false,
      partition: null,
      told: 0,
      toldAt: null,
      error: null,
      isDropped: false,
      forbidden: null,
      isOut: false,
    })
  }

  of(id: string): Journey {
    return this.#byId.get(id)!
  }

  /** It is in the pipeline. */
  entered(id: string): void {
    const journey = this.of(id)
    const { stream } = journey
    journey.enteredAt = this.#now()
    if (stream.isWritable) stream.given(id)
    const { maxOutstanding } = stream.plan
    if (maxOutstanding === undefined) return
    const inside = (this.#inside.get(stream) ?? 0) + 1
    this.#inside.set(stream, inside)
    if (inside > maxOutstanding)
      this.#violate('maxOutstanding limits the records inside', `${inside} of ${maxOutstanding}`)
  }

  /** Its result has left. */
  out(id: string): void {
    const journey = this.of(id)
    const { stream, enteredAt } = journey
    journey.isOut = true
    if (enteredAt !== null) this.#inside.set(stream, (this.#inside.get(stream) ?? 0) - 1)
  }

  serializing(id: string, isSerializing: boolean): void {
    const journey = this.of(id)
    journey.isSerializing = isSerializing
    if (!isSerializing) return
    const pending = this.#ofFeed(journey).filter(isWithSerializer).length
    if (pending > promisesMax) {
      this.#violate(
        'the pending promises of a stream are limited',
        `${pending} of ${journey.stream.name}`,
      )
    }
  }

  sent({ partition, ids }: WireBatch): void {
    for (const id of ids) {
      const journey = this.of(id)
      if (journey.partition !== null && journey.partition !== partition) {
        const places = `${journey.partition}, then ${partition}`
        this.#violate('a record keeps its partition', `${id} was sent to ${places}`)
      }
      if (journey.forbidden !== null && journey.sentAt === null) {
        this.#violate(journey.forbidden, `${id} was`)
      }
      if (journey.sentAt === null) journey.beganBatch = id === ids[0]
      journey.partition = partition
      journey.sentAt ??= this.#now()
    }
  }

  /** An interceptor hears what became of it; whether it is of a writable, which has no other results. */
  told(id: string, error: unknown): void {
    const journey = this.of(id)
    if (journey.stream.isWritable) journey.stream.given(id)
    journey.told += 1
    journey.toldAt ??= this.#now()
    journey.error = error
    // Of many that are dropped, interceptors hear in turns of their own.
    const isDiscarded = (error as { readonly code?: string } | null)?.code === 'DISCARDED'
    const { isLeaving, isShared, end } = journey.stream
    journey.isDropped = isLeaving || (isDiscarded && isShared && end !== null)
  }

  /** Its result was reported, but not that of an earlier record of its stream. */
  isAhead(id: string): boolean {
    const { stream } = this.of(id)
    const place = stream.inputs.findIndex((input) => input.id === id)
    return stream.inputs.slice(0, place).some((input) => this.of(input.id).told === 0)
  }

  /**
   * The stream was unsubscribed: its waiting records, as far as they show, must not be sent any more; nor,
   * with `discards`, those that are not in flight.
   */
  left(
    stream: StreamHistory,
    { isInformed, discards }: { isInformed: boolean; discards: boolean },
  ) {
    let forbidden = 0
    let isBehindPromise = false
    for (const journey of this.#byId.values()) {
      if (journey.stream !== stream || journey.sentAt !== null) continue
      isBehindPromise ||= isWithSerializer(journey)
      const waits = !isInformed || isBehindPromise || journey.enteredAt === null
      if (waits) journey.forbidden = 'waiting records of an unsubscribed stream are not sent'
      else if (discards) journey.forbidden = 'discarded records are not sent'
      if (journey.forbidden !== null) forbidden += 1
    }
    return forbidden
  }

  /** A source that waits for the producer's use for more goes on; what it `knows` of topics. */
  wanted(history: StreamHistory, knows: (topic: string) => boolean): void {
    const { name } = history
    const { config, partitions, faults, close } = this.#scenario
    const now = this.#now()
    const failsAtOnce = config.maxBlockMs === 0 || config.maxWaiting !== undefined
    const isCalm = !failsAtOnce && faults.length === 0 && close === null
    let bytes = 0
    for (const journey of this.#byId.values()) {
      const { id, stream, plan, told, enteredAt, givenAt, sentAt } = journey
      if (!stream.isShared || told > 0) continue
      // What fails at once is told at the end of the burst only.
      const isOld = givenAt < now - 1
      const isStanding = enteredAt === null && !stream.isWritable && isOld
      const isUnplaced = enteredAt !== null && (isAstray(plan) || !knows(plan.topic ?? topic))
      const waits = isStanding || isWithSerializer(journey) || (isUnplaced && (isOld || isCalm))
      // It fails for its size, with what a batch adds to it, and is told so at the end of the burst.
      const isTooLarge = plan.bytes + 61 > config.maxRequestSize
      const isInBatch = enteredAt !== null && sentAt === null && !isUnplaced && !isTooLarge
      if (stream === history && waits) {
        const property = 'nothing is pulled while an own record waits'
        this.#violate(property, `${name}, while ${id} does`)
      } else if (isInBatch && (stream === history || !this.#isSlow(stream))) bytes += plan.bytes
    }
    const topics = this.#scenario.lateAt === undefined ? 1 : 2
    const max = Math.min(config.bufferMemory, Math.max(2, topics * partitions) * config.batchSize)
    if (config.compression === 'none' && !failsAtOnce && bytes >= max) {
      const detail = `${name}, with ${bytes} of ${max} bytes unsent`
      this.#violate('a paced source is at most one request ahead', detail)
    }
  }

  /** What it gives may wait for a promise. All `send()`s are one feed. */
  #isSlow(stream: StreamHistory): boolean {
    if (stream.plan.kind !== 'send') return stream.isSlow
    return this.#scenario.streams.some(
      ({ kind, records }) => kind === 'send' && records.some(({ serializeMs }) => serializeMs > 0),
    )
  }

  /** Looks whether more wait than may. */
  checkWaiting(id: string, isInformed: boolean): void {
    const { maxWaiting } = this.#scenario.config
    if (maxWaiting === undefined) return
    const now = this.#now()
    const here = this.#ofFeed(this.of(id)).filter(
      ({ told, givenAt, stream, enteredAt }) =>
        told === 0 && givenAt < now - 1 && !(stream.isWritable && enteredAt === null),
    )
    const behind = here.filter(({ enteredAt }) => enteredAt !== null)
    const first = behind.findIndex(isWithSerializer)
    const serializing = first < 0 ? 0 : behind.length - first
    if (serializing > Math.max(1, maxWaiting)) {
      this.#violate(
        'maxWaiting limits the waiting records',
        `${serializing} for a serializer's promise`,
      )
    }
    // What there is no place for waits for metadata, unless a promise holds it back before that.
    const isPlain = here.every(({ plan }) => plan.serializeMs === 0)
    const unplaced = behind.filter(({ plan }) => isAstray(plan)).length
    if (isPlain && unplaced > maxWaiting) {
      this.#violate(
        'maxWaiting limits the waiting records',
        `${unplaced} for metadata, of ${maxWaiting}`,
      )
    }
    if (!isInformed && here.length > 3 * maxWaiting + 1) {
      this.#violate('maxWaiting limits the waiting records', `${here.length} of ${maxWaiting}`)
    }
  }

  /** All `send()`s are one feed. */
  #ofFeed({ stream }: Journey): Journey[] {
    const isSend = stream.plan.kind === 'send'
    return [...this.#byId.values()].filter((other) =>
      isSend ? other.stream.plan.kind === 'send' : other.stream === stream,
    )
  }
}

function isWithSerializer({ isSerializing, told }: Journey): boolean {
  return isSerializing && told === 0
}
