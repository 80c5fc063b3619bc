// Faults as data: which requests fail, and how. `script.on('Produce', { nth: 3 })` returns a Fault, whose
// methods say how. The exchange asks the script about every request. Invariant: matching has no
// randomness, so the same requests always meet the same faults.

import { errorCodes, type KafkaErrorName } from '../errors/error-codes.ts'
import { quoted } from '../errors/quoted.ts'
import { checkName, checkNames, type NamesOf } from './known-names.ts'
import { type ApiName, type MockRequest, servedApis } from './served-apis.ts'

/** The requests that a fault applies to. All given properties must match. */
export interface FaultFilter {
  /** The broker that gets the request. */
  readonly broker?: number | undefined
  /** A topic that the request names. */
  readonly topic?: string | undefined
  /** A partition that the request names. Default: any. */
  readonly partition?: number | undefined
  /** The first of the matching requests that fails, counted from 1. Default 1. */
  readonly nth?: number | undefined
  /** How many of them fail. Default: 1 with `nth`, otherwise all. */
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

/** A place in a request: a topic, and a partition if the API has them. */
export type Place = readonly [topic: string, partition: number | null]

/** The errors with which a broker appends the batch nevertheless. */
const afterAppend: readonly KafkaErrorName[] = [
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
]

/** How the requests of a {@link FaultFilter} fail. The methods can be chained. */
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

  /** The number of requests that it has applied to. */
  get hits(): number {
    return this.#hits
  }

  /** Ends the fault. */
  cancel(): void {
    this.#cancelled = true
  }

  /** Closes the connection before the broker has processed the request. */
  closeBeforeAppend(): this {
    return this.#add({ kind: 'close', appended: false })
  }

  /** Processes the request, and then closes the connection instead of answering. */
  closeAfterAppend(): this {
    return this.#add({ kind: 'close', appended: true })
  }

  /**
   * Answers with this error, for the matching partitions. The batch is appended only with `appended`, which is the
   * default for REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND.
   */
  reply(error: KafkaErrorName, { appended = afterAppend.includes(error) } = {}): this {
    if (!Object.hasOwn(errorCodes, error))
      throw new RangeError(`${error} is not an error code of Kafka`)
    return this.#add({ kind: 'reply', error, appended })
  }

  /** Delays the answer by this many milliseconds. Later requests of the connection wait for it. */
  delay(ms: number): this {
    return this.#add({ kind: 'delay', ms })
  }

  /** Sets the answer's `throttleTimeMs`, and does not read from the connection for that time. */
  throttle(ms: number): this {
    return this.#add({ kind: 'throttle', ms })
  }

  /** Never answers this request or later ones. The connection stays open. */
  hang({ appended = true } = {}): this {
    return this.#add({ kind: 'hang', appended })
  }

  /** Sends only this many bytes of the answer (including its four bytes of size), and closes the connection. */
  truncate(bytes: number): this {
    return this.#add({ kind: 'truncate', bytes })
  }

  /** Removes this many bytes from the end of the answer, and adjusts its size. */
  shorten(bytes: number): this {
    return this.#add({ kind: 'shorten', bytes })
  }

  /** Adds this many bytes to the answer, and adjusts its size. */
  lengthen(bytes: number): this {
    return this.#add({ kind: 'lengthen', bytes })
  }

  /** Sends these bytes instead of the answer. Default: 64 meaningless bytes. */
  garbage(bytes: Uint8Array = nonsense()): this {
    return this.#add({ kind: 'garbage', bytes })
  }

  /** Calls `listener` before the broker processes the request, for example to move a leader. */
  call(listener: (request: MockRequest) => void): this {
    return this.#add({ kind: 'call', listener })
  }

  /** @internal The effects of this fault on this request, which it counts. */
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

  /** @internal Whether it applies to this place of a request that it matched. */
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

/** A fault that a request has met, and its effects. */
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

  /** All faults of a request, in the order in which they were scripted. */
  meet(request: MockRequest, places: readonly Place[]): MetFault[] {
    return this.#faults.flatMap((fault) =>
      fault.meet(request, places).map((effect) => ({ fault, effect })),
    )
  }

  clear(): void {
    for (const fault of this.#faults.splice(0)) fault.cancel()
  }
}

// Its first four bytes are an impossible frame size.
function nonsense(): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, index) => 0x7f ^ ((index * 0x9d) & 0xff))
}
