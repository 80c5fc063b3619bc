import { errorCodes, type KafkaErrorCode, type KafkaErrorName } from './error-codes.ts'
import { isBranded, KafkaError } from './kafka-error.ts'
import { wordsOf } from './quoted.ts'

/**
 * Why a record was not delivered: a limit of the producer, the user's own code, or Kafka's name of a
 * broker's error.
 */
export type DeliveryErrorCode =
  | 'DELIVERY_TIMEOUT' // delivery.timeout.ms passed since the record was accepted
  | 'METADATA_TIMEOUT' // max.block.ms passed, and the topic or partition was not found
  | 'BUFFER_EXHAUSTED' // max.block.ms passed without room in buffer.memory, or too many records wait
  | 'RECORD_TOO_LARGE' // larger than max.request.size, buffer.memory or the broker's limit
  | 'INVALID_RECORD' // not a record: no topic, a negative timestamp, …
  | 'SERIALIZER_FAILED' // a serializer threw, took longer than max.block.ms, or did not return bytes
  | 'PARTITIONER_FAILED' // a partitioner threw, or did not return a partition
  | 'SIBLING_FAILED' // not attempted, because an earlier record of its stream failed
  | 'BATCH_REFUSED' // the broker refused its batch because of another record
  | 'DISCARDED' // its stream was unsubscribed with onUnsubscribe: 'discard'
  | 'CLOSED' // the producer was closed before the record was delivered
  | 'CONNECTION_LOST' // the connection ended before the result came, and no retries are left
  | 'SEQUENCE_LOST' // the broker forgot the producer and took a later batch, so this one would be out of order
  | 'AUTHENTICATION_FAILED'
  | 'ACCESS_DENIED' // the runtime does not let the program connect (Node --permission, Deno)
  | 'BOOTSTRAP_UNRESOLVED' // no name of bootstrap.servers resolved within bootstrap.resolve.timeout.ms
  | KafkaErrorName

/**
 * After these, the same record may still be delivered: a limit was exceeded, a connection ended, or another
 * record failed. Java's timeouts are retriable, too.
 */
const passing: ReadonlySet<DeliveryErrorCode> = new Set([
  'DELIVERY_TIMEOUT',
  'METADATA_TIMEOUT',
  'BUFFER_EXHAUSTED',
  'SIBLING_FAILED',
  'BATCH_REFUSED',
  'CONNECTION_LOST',
  'SEQUENCE_LOST',
])

/** Whether a failed record may nevertheless be in the log, considering all its attempts. */
export type Persisted = 'no' | 'possibly'

/** The facts of a {@link DeliveryError}. */
export interface DeliveryErrorFacts {
  readonly message?: string | undefined
  readonly record?: unknown
  readonly topic?: string | undefined
  /** -1 or absent before a partition was chosen. */
  readonly partition?: number | undefined
  readonly persisted: Persisted
  /** How often it was sent. */
  readonly attempts?: number | undefined
  /** Milliseconds since it was accepted. */
  readonly ageMs?: number | undefined
  readonly limitMs?: number | undefined
  readonly limitBytes?: number | undefined
  readonly cause?: unknown
}

/** What the failure of a stream says about all its records. */
export interface Lists<R> {
  readonly unsent: readonly Undelivered<R>[]
  readonly unknown: readonly Undelivered<R>[]
}

const noLists = Object.freeze({ unsent: Object.freeze([]), unknown: Object.freeze([]) })

/** A failed record in the lists of a {@link DeliveryError}. */
export interface Undelivered<R = unknown> {
  readonly record: R
  readonly error: DeliveryError<R>
}

/**
 * A record was not delivered, or it is unknown whether it was (`persisted`).
 *
 * As the `error` of a `toKafka` stream, it describes the first record that failed and lists all
 * records without an acknowledgement, that one included: `unsent` records are not in the log, `unknown`
 * records may be. For
 * a single record (`send()`, `writable()`, `toKafkaSettled`, the entries of those lists) the lists and
 * counts are empty.
 *
 * `retriable` says whether the same record may be delivered later without any change: after a timeout, a
 * full buffer, a lost connection, or a code that Kafka calls retriable. If `persisted` is `possibly`, it
 * may then be in the log twice.
 */
export class DeliveryError<R = unknown> extends KafkaError {
  readonly code: DeliveryErrorCode
  declare readonly topic: string | undefined
  /** -1 if no partition was chosen. */
  declare readonly partition: number
  readonly persisted: Persisted
  /** How often it was sent. */
  readonly attempts: number
  /** Milliseconds since it was accepted; 0 if it was not. */
  readonly ageMs: number
  /** The limit that was exceeded, in milliseconds. */
  declare readonly limitMs: number | undefined
  /** The limit that was exceeded, in bytes. */
  declare readonly limitBytes: number | undefined
  /** How many records of the stream were acknowledged before it ended, and how many were not. */
  declare counts: {
    readonly acknowledged: number
    readonly unsent: number
    readonly unknown: number
  }
  /** The error of the source, if the source failed too. */
  declare sourceError: unknown
  /** The object that you passed in. Like the lists, it is not enumerable, so it does not show in logs. */
  declare readonly record: R

  override get name(): 'DeliveryError' {
    return 'DeliveryError'
  }

  constructor(code: DeliveryErrorCode, facts: DeliveryErrorFacts) {
    super(facts.message ?? sentence(code, facts), {
      cause: facts.cause,
      retriable: mayPass(code),
    })
    this.code = code
    this.persisted = facts.persisted
    this.attempts = facts.attempts ?? 0
    this.ageMs = facts.ageMs ?? 0
    // One by one, because a full buffer may fail a million records at once.
    const { topic, partition = -1, limitMs, limitBytes } = facts
    if (topic !== undefined) this.topic = topic
    if (partition >= 0) this.partition = partition
    if (limitMs !== undefined) this.limitMs = limitMs
    if (limitBytes !== undefined) this.limitBytes = limitBytes
    hidden(this, 'record', facts.record)
  }

  /** Records of the stream that are not in the log. Includes this one if `persisted` is `no`. */
  get unsent(): readonly Undelivered<R>[] {
    return listsOf<R>(this).unsent
  }

  /** Records of the stream that may be in the log, although no broker confirmed it. */
  get unknown(): readonly Undelivered<R>[] {
    return listsOf<R>(this).unknown
  }

  /** Makes it describe its stream. The lists may be long, so they are made when they are read. @internal */
  list(lists: () => Lists<R>): void {
    hidden(this, listsKey, lists)
  }
}

// Facts that most errors lack are on the prototype: they cost nothing, and do not show in logs.
const counts = Object.freeze({ acknowledged: 0, unsent: 0, unknown: 0 })
const defaults = { sourceError: undefined, partition: -1, counts }
for (const [key, value] of Object.entries(defaults)) hidden(DeliveryError.prototype, key, value)

// Not a field: of a million errors one has lists, and a private field costs a third of an error.
const listsKey = Symbol('lists')

interface Listing<R> {
  readonly [listsKey]?: Lists<R> | (() => Lists<R>)
}

function listsOf<R>(error: DeliveryError<R>): Lists<R> {
  const lists = (error as Listing<R>)[listsKey] ?? noLists
  if (typeof lists !== 'function') return lists
  const made = lists()
  hidden(error, listsKey, made)
  return made
}

function hidden(target: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  })
}

function mayPass(code: DeliveryErrorCode): boolean {
  const known: KafkaErrorCode | undefined = errorCodes[code as KafkaErrorName]
  return known?.retriable ?? passing.has(code)
}

/** The error's own facts, which are the same for all records of a batch. @internal */
export function sentence(
  code: DeliveryErrorCode,
  facts: Omit<DeliveryErrorFacts, 'record'>,
): string {
  const place = facts.topic === undefined ? 'record' : placeOf(facts.topic, facts.partition ?? -1)
  const limit =
    facts.limitMs !== undefined
      ? ` after ${facts.limitMs} ms`
      : facts.limitBytes !== undefined
        ? `: the limit is ${facts.limitBytes} bytes`
        : ''
  const { attempts = 0 } = facts
  const tries = attempts === 0 ? '' : ` (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`
  const last = facts.cause === undefined ? '' : `; ${wordsOf(facts.cause)}`
  const doubt = facts.persisted === 'possibly' ? '; it may be in the log' : ''
  return `${place}: ${code}${limit}${tries}${last}${advice(code, facts.cause)}${doubt}`
}

/** What to do, if the cause does not say it. */
function advice(code: DeliveryErrorCode, cause: unknown): string {
  const isUnknown =
    code === 'METADATA_TIMEOUT' && isBranded(cause) && cause.code === 'UNKNOWN_TOPIC_OR_PARTITION'
  return isUnknown ? '; create the topic, or check its spelling' : ''
}

function placeOf(topic: string, partition: number): string {
  return partition < 0 ? topic : `${topic}-${partition}`
}
