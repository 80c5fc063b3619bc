// Faults as data: which requests, and what goes wrong with them. `script.on('Produce', { nth: 3 })`
// gives a Fault, whose methods say what. The exchange asks the script about every request.
// Invariant: matching has no randomness, so the same requests always meet the same faults.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import { quoted } from '../errors/quoted.ts'
import { checkName, checkNames, type NamesOf } from './known-names.ts'
import { type ApiName, type MockRequest, servedApis } from './served-apis.ts'

/** Which requests a fault is for. All that is given must fit. */
export interface FaultFilter {
  /** The broker that is asked. */
  readonly broker?: number | undefined
  /** A topic that the request names. */
  readonly topic?: string | undefined
  /** A partition that the request names. Without it, any. */
  readonly partition?: number | undefined
  /** Of the requests that fit: only from this one on, counted from 1. Default 1. */
  readonly nth?: number | undefined
  /** How many of them. Default: 1 with `nth`, else all. */
  readonly times?: number | undefined
}

const filters: NamesOf<FaultFilter> = {
  broker: true,
  topic: true,
  partition: true,
  nth: true,
  times: true,
}

/** What goes wrong, as data. */
export type FaultEffect =
  | { readonly kind: 'call'; readonly listener: (request: MockRequest) => void }
  | { readonly kind: 'reply'; readonly error: KafkaErrorName; readonly appended: boolean }
  | { readonly kind: 'close'; readonly appended: boolean }
  | { readonly kind: 'hang'; readonly appended: boolean }
  | { readonly kind: 'delay' | 'throttle'; readonly ms: number }
  | { readonly kind: 'truncate' | 'shorten' | 'lengthen'; readonly bytes: number }
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array }

/** A place that a request names: a topic, and a partition where the API has them. */
export type Place = readonly [topic: string, partition: number | null]

/** A broker appends although it answers so. */
const afterAppend: readonly KafkaErrorName[] = [
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
]

/** What goes wrong with the requests that {@link FaultFilter} describes. Methods can be chained. */
export class Fault {
  readonly api: ApiName
  readonly filter: FaultFilter
  readonly #effects: FaultEffect[] = []
  #fitting = 0
  #hits = 0
  #cancelled = false

  /** @internal */
  constructor(api: ApiName, filter: FaultFilter) {
    this.api = api
    this.filter = filter
  }

  /** How many requests it has met. */
  get hits(): number {
    return this.#hits
  }

  /** It meets no more requests. */
  cancel(): void {
    this.#cancelled = true
  }

  /** The connection is cut before the broker has done anything. */
  closeBeforeAppend(): this {
    return this.#add({ kind: 'close', appended: false })
  }

  /** The broker does what it was asked, then the connection is cut instead of an answer. */
  closeAfterAppend(): this {
    return this.#add({ kind: 'close', appended: true })
  }

  /**
   * The answer is this error, for the partitions that fit. The batch is not appended, unless
   * `appended`; which is the default of REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND.
   */
  reply(error: KafkaErrorName, { appended = afterAppend.includes(error) } = {}): this {
    if (!Object.hasOwn(errorCodes, error)) throw new RangeError(`no error of Kafka is ${error}`)
    return this.#add({ kind: 'reply', error, appended })
  }

  /** The answer comes so many milliseconds late; later requests of the connection wait behind it. */
  delay(ms: number): this {
    return this.#add({ kind: 'delay', ms })
  }

  /** The answer says `throttleTimeMs`, and the broker leaves the connection unread for so long. */
  throttle(ms: number): this {
    return this.#add({ kind: 'throttle', ms })
  }

  /** The answer never comes, and nothing after it; the connection stays open. */
  hang({ appended = true } = {}): this {
    return this.#add({ kind: 'hang', appended })
  }

  /** Only so many bytes of the answer arrive (its four bytes of size included), then the end. */
  truncate(bytes: number): this {
    return this.#add({ kind: 'truncate', bytes })
  }

  /** The answer lacks its last bytes, and its size agrees with that. */
  shorten(bytes: number): this {
    return this.#add({ kind: 'shorten', bytes })
  }

  /** The answer has so many bytes too many, and its size agrees with that. */
  lengthen(bytes: number): this {
    return this.#add({ kind: 'lengthen', bytes })
  }

  /** These bytes arrive instead of the answer. Default: 64 bytes of nonsense. */
  garbage(bytes: Uint8Array = nonsense()): this {
    return this.#add({ kind: 'garbage', bytes })
  }

  /** Calls `listener` before the broker looks at the request: the place to move a leader. */
  call(listener: (request: MockRequest) => void): this {
    return this.#add({ kind: 'call', listener })
  }

  /** @internal What goes wrong with this request, and counts it. */
  meet(request: MockRequest, places: readonly Place[]): readonly FaultEffect[] {
    const { broker = request.broker, nth = 1 } = this.filter
    if (this.#cancelled || request.api !== this.api || request.broker !== broker) return []
    if (this.#named() && !places.some(([topic, partition]) => this.fits(topic, partition)))
      return []
    this.#fitting += 1
    const times = this.filter.times ?? (this.filter.nth === undefined ? Infinity : 1)
    if (this.#fitting < nth || this.#fitting >= nth + times) return []
    this.#hits += 1
    return this.#effects
  }

  /** @internal Whether it is for this place of a request that it met. */
  fits(topic: string | undefined, partition: number | null | undefined): boolean {
    const { topic: wanted = topic, partition: index = partition ?? undefined } = this.filter
    return wanted === topic && (index === partition || partition == null)
  }

  #named(): boolean {
    return this.filter.topic !== undefined || this.filter.partition !== undefined
  }

  #add(effect: FaultEffect): this {
    this.#effects.push(effect)
    return this
  }
}

/** A fault that a request has met, and what it does. */
export interface MetFault {
  readonly fault: Fault
  readonly effect: FaultEffect
}

export class FaultScript {
  readonly #faults: Fault[] = []

  on(api: ApiName, filter: FaultFilter = {}): Fault {
    checkName('the APIs of a broker', api, servedApis)
    checkNames('the filters of a fault', filter, filters)
    const { nth = 1 } = filter
    if (!(nth >= 1)) throw new RangeError(`nth is ${quoted(nth)}; requests are counted from 1`)
    const fault = new Fault(api, filter)
    this.#faults.push(fault)
    return fault
  }

  /** All that goes wrong with a request, in the order in which it was scripted. */
  meet(request: MockRequest, places: readonly Place[]): MetFault[] {
    return this.#faults.flatMap((fault) =>
      fault.meet(request, places).map((effect) => ({ fault, effect })),
    )
  }

  clear(): void {
    for (const fault of this.#faults.splice(0)) fault.cancel()
  }
}

// Its first four bytes are a size that no frame has.
function nonsense(): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, index) => 0x7f ^ ((index * 0x9d) & 0xff))
}
