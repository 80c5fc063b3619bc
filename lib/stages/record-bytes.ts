import { isThenable, watchRejection } from '../collections/thenable.ts'
import { kindOf } from '../errors/quoted.ts'
import type { Bytes, Envelope, Headers } from '../model.ts'
import { passThrough } from '../serialization/pass-through.ts'
import type { Serializer } from '../serialization/serializer.ts'
import { failed } from './envelope.ts'
import { flawOfFields, flawOfRecord, headerList, isBytes } from './record-check.ts'

// One record's key, value and headers as bytes, by the user's serializers.
//
// Invariant: whatever they do, and whatever came in, the envelope is filled or failed, once: immediately,
// or when their promises have settled. Used by the serialize stage.

export interface Serializers {
  readonly key: Serializer<never>
  readonly value: Serializer<never>
}

export class RecordBytes {
  #key: Serializer<never>
  #value: Serializer<never>
  #keyPasses: boolean
  #valuePasses: boolean

  constructor({ key, value }: Serializers) {
    this.#key = key
    this.#value = value
    this.#keyPasses = (key as unknown) === passThrough
    this.#valuePasses = (value as unknown) === passThrough
  }

  /** Null once the envelope is filled or failed; a promise if user code returned one. */
  fill(envelope: Envelope): Promise<void> | null {
    if (envelope.failure !== null) return null
    const headers = headersOf(envelope)
    if (headers === false) return null
    let key: unknown
    let value: unknown
    try {
      const { record } = envelope
      const givenKey = record.key ?? null
      key = this.#keyPasses && isBytes(givenKey) ? givenKey : this.#ask(envelope, headers, givenKey)
      const { value: given } = record
      if (given === undefined && isOfKafkajs(record)) {
        dismiss(key)
        invalid(envelope, ofKafkajs)
        return null
      }
      value = this.#valuePasses && isBytes(given) ? given : this.#call(envelope, headers, given)
      // As in Java, a serializer may add headers to the list that came with the record.
      if (!this.#valuePasses || !this.#keyPasses) envelope.headers = headerList(headers)
      if (isThenable(key) || isThenable(value)) return filled(envelope, key, value)
      take(envelope, key, value)
    } catch (cause) {
      dismiss(key)
      dismiss(value)
      failed(envelope, 'SERIALIZER_FAILED', { cause })
    }
    return null
  }

  #ask({ topic }: Envelope, headers: Headers | null, key: unknown): Bytes | Promise<Bytes> {
    return this.#key(key as never, { topic, headers, isKey: true })
  }

  #call({ topic }: Envelope, headers: Headers | null, value: unknown): Bytes | Promise<Bytes> {
    return this.#value(value as never, { topic, headers, isKey: false })
  }
}

/**
 * Copies everything but key and value from the object that came in, and returns its headers as they are.
 * False if it cannot be sent: then it has failed.
 */
function headersOf(envelope: Envelope): Headers | null | false {
  try {
    const { record } = envelope
    const noRecord = flawOfRecord(record)
    if (noRecord !== null) return invalid(envelope, noRecord)
    // Each is read once: a getter may return something else, or throw, the next time.
    const { topic, partition, timestamp, headers } = record
    const flaw = flawOfFields(topic, partition, timestamp)
    if (flaw !== null) return invalid(envelope, isThenable(record) ? notPromise : flaw)
    envelope.topic = topic
    if (typeof partition === 'number') envelope.partition = partition
    if (typeof timestamp === 'number') envelope.timestamp = timestamp
    if (headers === undefined || headers === null) return null
    envelope.headers = headerList(headers)
    return headers
  } catch (cause) {
    failed(envelope, 'INVALID_RECORD', { cause })
    return false
  }
}

/** The shape of kafkajs: a topic with a list of messages. */
function isOfKafkajs(record: object): boolean {
  return Array.isArray((record as { messages?: unknown }).messages)
}

const ofKafkajs =
  'it has messages, as in kafkajs, and no value; here each message is a record of its own: ' +
  'messages.map((message) => producer.send({ topic, ...message }))'

const notPromise = 'a record is an object, not a promise: wait for it before you send it'

function invalid(envelope: Envelope, message: string): false {
  failed(envelope, 'INVALID_RECORD', { message })
  return false
}

function take(envelope: Envelope, key: unknown, value: unknown): void {
  if (!isBytes(key)) throw new TypeError(`the key serializer returned ${kindOf(key)}, not bytes`)
  if (!isBytes(value))
    throw new TypeError(`the value serializer returned ${kindOf(value)}, not bytes`)
  envelope.key = key
  envelope.value = value
}

async function filled(envelope: Envelope, key: unknown, value: unknown): Promise<void> {
  try {
    const [keyBytes, valueBytes] = await Promise.all([key, value])
    // It may have its result by now: it took too long, or was withdrawn.
    if (envelope.failure === null) take(envelope, keyBytes, valueBytes)
  } catch (cause) {
    if (envelope.failure === null) failed(envelope, 'SERIALIZER_FAILED', { cause })
  }
}

/** A serializer's result for a record that has failed: if it is a promise, it is ignored. */
function dismiss(given: unknown): void {
  try {
    if (isThenable(given)) watchRejection(given, nothing)
  } catch {
    // It cannot even be asked whether it is a promise.
  }
}

function nothing(): void {}
