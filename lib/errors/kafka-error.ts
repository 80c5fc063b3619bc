// The root of every error this package makes. One class per reaction, one literal code per cause.

const brand = Symbol.for('to-kafka.error')

/** Facts that every error may carry beside its message. */
export interface KafkaErrorFacts {
  /** Whether the same call may succeed later without anything being changed. */
  readonly retriable?: boolean
  readonly cause?: unknown
}

/**
 * What this package throws, rejects with or sends as an `error` notification.
 *
 * Recognise it by {@link isKafkaError} and by `code`; never by its message.
 */
export abstract class KafkaError extends Error {
  /** One literal for each cause. */
  abstract readonly code: string
  /** Whether the same call may succeed later without anything being changed. */
  readonly retriable: boolean

  constructor(message: string, facts: KafkaErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.retriable = facts.retriable ?? false
    Object.defineProperty(this, brand, { value: true })
  }

  /** The name of its class. */
  override get name(): string {
    return this.constructor.name
  }
}

/** Whether `thing` is an error of this package, also of another copy of it. */
export function isKafkaError(thing: unknown): thing is KafkaError {
  return thing instanceof Error && (thing as { [brand]?: boolean })[brand] === true
}
