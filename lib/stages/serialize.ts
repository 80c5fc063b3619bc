import type { OperatorFunction, Subscriber } from 'rxjs'
import type { Turn } from '../collections/turn.ts'
import type { Bytes, Envelope, Feed } from '../model.ts'
import { passThrough } from '../serialization/pass-through.ts'
import type { Serializer, SerializerContext } from '../serialization/serializer.ts'
import { failed } from './envelope.ts'
import type { Holding, Holdings } from './holding.ts'
import { Lanes } from './lanes.ts'
import { onward, operator, type Stage } from './operator.ts'
import { flawOfFields, flawOfRecord, headerList, isBytes } from './record-check.ts'

// Second stage: key, value and headers become bytes.
// Order kept for each feed and topic: a serializer's promise holds back what comes after it there,
// and nothing else. At most 16 promises a feed are out at once, at most `maxWaiting` records wait.
// Completes when all have settled. A serializer that throws, rejects or gives what is no bytes fails
// that one record, and so does what is no record, or has getters that throw.

/** What {@link serialize} needs. */
export interface SerializeOptions {
  readonly key: Serializer<never>
  readonly value: Serializer<never>
  /** Records of one feed that may wait for promises. */
  readonly maxWaiting: number
  readonly turn: Turn
  readonly holdings: Holdings
}

/** Serializes key and value of each record, its headers too. */
export function serialize(options: SerializeOptions): OperatorFunction<Envelope, Envelope> {
  return operator((out) => new Serialize(options, out))
}

class Serialize implements Stage<Envelope>, Holding {
  #options: SerializeOptions
  #out: Subscriber<Envelope>
  #onward: Pick<Stage<Envelope>, 'next'>
  #keyPasses: boolean
  #valuePasses: boolean
  /** Feeds that wait for a promise. */
  #lanes = new Map<Feed, Lanes>()
  #completing = false

  constructor(options: SerializeOptions, out: Subscriber<Envelope>) {
    this.#options = options
    this.#out = out
    this.#onward = onward(out)
    this.#keyPasses = (options.key as unknown) === passThrough
    this.#valuePasses = (options.value as unknown) === passThrough
    options.holdings.add(this)
  }

  next(envelope: Envelope): void {
    const lanes = this.#lanes.size > 0 ? this.#lanes.get(envelope.feed) : undefined
    if (lanes !== undefined && envelope.failure === null) {
      this.#queue(lanes, envelope)
      return
    }
    const pending = this.#serialize(envelope)
    if (pending === null) this.#onward.next(envelope)
    else this.#open(envelope.feed).start(envelope, pending)
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#completing = true
    this.#checkComplete()
  }

  close(): void {
    this.#options.holdings.delete(this)
    this.#lanes.clear()
  }

  get isHolding(): boolean {
    return this.#lanes.size > 0
  }

  *held(): Iterable<Envelope> {
    for (const lanes of this.#lanes.values()) yield* lanes.held()
  }

  withdraw(feed: Feed | null): Envelope[] {
    const taken: Envelope[] = []
    for (const [owner, lanes] of this.#lanes) {
      if (feed !== null && owner !== feed) continue
      taken.push(...lanes.held())
      lanes.close()
      this.#lanes.delete(owner)
    }
    this.#checkComplete()
    return taken
  }

  #queue(lanes: Lanes, envelope: Envelope): void {
    const { maxWaiting } = this.#options
    if (lanes.length < maxWaiting) {
      lanes.add(envelope)
      return
    }
    const message = `${maxWaiting} records of the stream already wait for a serializer's promise`
    this.#onward.next(failed(envelope, 'BUFFER_EXHAUSTED', { message }))
  }

  /** Null once the envelope is filled or failed; a promise of that where the user's code gave one. */
  #serialize(envelope: Envelope): Promise<void> | null {
    if (envelope.failure !== null || !isRecord(envelope)) return null
    let key: unknown
    try {
      const { record } = envelope
      const { value: given } = record
      const givenKey = record.key ?? null
      key = this.#keyPasses && passes(givenKey) ? givenKey : this.#call(envelope, true)
      const value = this.#valuePasses && passes(given) ? given : this.#call(envelope, false)
      // As in Java a serializer may add headers: to the list that came with the record.
      if (!this.#valuePasses || !this.#keyPasses) envelope.headers = headerList(record.headers)
      if (isThenable(key) || isThenable(value)) return filled(envelope, key, value)
      fill(envelope, key, value)
    } catch (cause) {
      // The value's serializer threw while the key's promise is out: nobody else waits for that one.
      if (key instanceof Promise) key.catch(nothing)
      failed(envelope, 'SERIALIZER_FAILED', { cause })
    }
    return null
  }

  #call({ record, topic }: Envelope, isKey: boolean): Bytes | Promise<Bytes> {
    const context: SerializerContext = {
      topic,
      headers: record.headers ?? null,
      isKey,
    }
    return isKey
      ? this.#options.key((record.key ?? null) as never, context)
      : this.#options.value(record.value as never, context)
  }

  #open(feed: Feed): Lanes {
    const lanes = new Lanes({
      serialize: (envelope) => this.#serialize(envelope),
      emit: (envelope) => this.#options.holdings.handOn(envelope, this.#onward),
      settled: (work) => this.#options.turn.run(work),
      empty: () => this.#emptied(feed),
    })
    this.#lanes.set(feed, lanes)
    this.#options.holdings.begun()
    return lanes
  }

  #emptied(feed: Feed): void {
    this.#lanes.delete(feed)
    this.#checkComplete()
  }

  #checkComplete(): void {
    if (this.#completing && this.#lanes.size === 0) this.#out.complete()
  }
}

/** Whether what came in can be sent; it has failed where not. Takes over all but key and value. */
function isRecord(envelope: Envelope): boolean {
  try {
    const { record } = envelope
    const noRecord = flawOfRecord(record)
    if (noRecord !== null) return invalid(envelope, noRecord)
    // Each is read once: a getter may say something else, or throw, the next time.
    const { topic, partition, timestamp, headers } = record
    const flaw = flawOfFields(topic, partition, timestamp)
    if (flaw !== null) return invalid(envelope, flaw)
    envelope.topic = topic
    if (typeof partition === 'number') envelope.partition = partition
    if (typeof timestamp === 'number') envelope.timestamp = timestamp
    if (headers) envelope.headers = headerList(headers)
    return true
  } catch (cause) {
    failed(envelope, 'INVALID_RECORD', { cause })
    return false
  }
}

function invalid(envelope: Envelope, message: string): false {
  failed(envelope, 'INVALID_RECORD', { message })
  return false
}

/** Without a serializer these are bytes as they are; anything else asks the default, which refuses. */
function passes(data: unknown): data is Bytes {
  return typeof data === 'string' || data === null || data instanceof Uint8Array
}

function fill(envelope: Envelope, key: unknown, value: unknown): void {
  if (!isBytes(key)) throw new TypeError(`the key serializer gave ${typeof key}, not bytes`)
  if (!isBytes(value)) throw new TypeError(`the value serializer gave ${typeof value}, not bytes`)
  envelope.key = key
  envelope.value = value
}

async function filled(envelope: Envelope, key: unknown, value: unknown): Promise<void> {
  try {
    const [keyBytes, valueBytes] = await Promise.all([key, value])
    fill(envelope, keyBytes, valueBytes)
  } catch (cause) {
    failed(envelope, 'SERIALIZER_FAILED', { cause })
  }
}

function nothing(): void {}

function isThenable(thing: unknown): thing is PromiseLike<unknown> {
  if (typeof thing !== 'object' || thing === null) return false
  return typeof (thing as { then?: unknown }).then === 'function'
}
