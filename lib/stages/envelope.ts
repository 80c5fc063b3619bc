import {
  DeliveryError,
  type DeliveryErrorCode,
  type DeliveryErrorFacts,
} from '../errors/delivery-error.ts'
import { withoutStack } from '../errors/kafka-error.ts'
import { wordsOf } from '../errors/quoted.ts'
import type {
  Bytes,
  CutToken,
  Envelope,
  Feed,
  Header,
  ProducerRecord,
  Stickiness,
} from '../model.ts'
import type { AsyncContext } from '../runtime.ts'
import type { TopicState } from '../topics/topic-state.ts'

// The envelope of a record: every field is set at creation and in one order, so that all have the same
// shape. The fields are only declared; otherwise each would be set twice, first to undefined.

export class RecordEnvelope implements Envelope {
  declare readonly feed: Feed
  declare readonly ticket: unknown
  declare readonly original: ProducerRecord
  declare record: ProducerRecord
  declare topic: string
  declare key: Bytes
  declare value: Bytes
  declare headers: readonly Header[] | null
  declare partition: number
  declare topicState: TopicState | null
  declare sticky: Stickiness | null
  declare timestamp: number
  declare readonly enteredAt: number
  declare token: CutToken | null
  declare context: AsyncContext | null
  declare failure: DeliveryError | null
  declare readonly isPaced: boolean
  declare neighbour: Envelope | null

  constructor(
    feed: Feed,
    ticket: unknown,
    record: ProducerRecord,
    enteredAt: number,
    timestamp: number,
    isPaced = false,
  ) {
    this.feed = feed
    this.ticket = ticket
    this.original = record
    this.record = record
    this.topic = ''
    this.key = null
    this.value = null
    this.headers = null
    this.partition = -1
    this.topicState = null
    this.sticky = null
    this.timestamp = timestamp
    this.enteredAt = enteredAt
    this.token = null
    this.context = null
    this.failure = null
    this.isPaced = isPaced
    this.neighbour = null
  }
}

/** The record is in no log and never will be: it has its error, and the later stages pass it on. */
export function failed(
  envelope: Envelope,
  code: DeliveryErrorCode,
  facts: Omit<DeliveryErrorFacts, 'persisted' | 'record'> = {},
): Envelope {
  const { message, attempts, ageMs, limitMs, limitBytes, cause } = facts
  const { topic, partition } = placeOf(envelope)
  // A literal: copying an object takes three times as long as making the error.
  envelope.failure = new DeliveryError(code, {
    message,
    record: envelope.original,
    topic: topic ?? facts.topic,
    partition,
    persisted: 'no',
    attempts,
    ageMs,
    limitMs,
    limitBytes,
    cause,
  })
  return envelope
}

/**
 * The same for a record that has waited, or for one too many. Usually many fail like this together. The
 * stack would not show the caller, and would be four fifths of the cost.
 */
export function gaveUp(
  envelope: Envelope,
  code: DeliveryErrorCode,
  facts: () => Omit<DeliveryErrorFacts, 'persisted' | 'record'>,
): Envelope {
  return withoutStack(() => failed(envelope, code, facts()))
}

/** Its bytes cannot be read, for example because they were transferred while it waited. */
export function unreadable(envelope: Envelope, cause: unknown): Envelope {
  const words = wordsOf(cause)
  const message = `${envelope.topic}: INVALID_RECORD: its key, value or headers cannot be read: ${words}`
  return failed(envelope, 'INVALID_RECORD', { message, cause })
}

/**
 * The record has to wait, so its bytes are in no batch when its caller continues. From here on nothing is
 * read from the object that came in.
 */
export function pinned(envelope: Envelope): void {
  const { topic, headers } = envelope
  envelope.record = { topic, headers, value: null }
}

/** Its destination, as far as it is known: the object that came in may be anything. */
function placeOf({ record, partition }: Envelope): {
  topic: string | undefined
  partition: number
} {
  try {
    const { topic, partition: asked } = record
    return {
      topic: typeof topic === 'string' ? topic : undefined,
      partition: partition < 0 && Number.isInteger(asked) ? (asked as number) : partition,
    }
  } catch {
    return { topic: undefined, partition }
  }
}
