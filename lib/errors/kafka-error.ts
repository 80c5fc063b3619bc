import { isError } from './is-error.ts'
import { wordsOf } from './quoted.ts'

// The base class of all errors of this package. One class per reaction, one literal code per cause.

const brand = Symbol.for('to-kafka.error')

/** Facts that every error may have in addition to its message. */
export interface KafkaErrorFacts {
  /** Whether the same call may succeed later without any change. */
  readonly retriable?: boolean | undefined
  readonly cause?: unknown
}

/**
 * The base class of all errors that this package throws, rejects with, or emits.
 *
 * Recognize them with `isKafkaError` and by `code`, never by the message.
 */
export abstract class KafkaError extends Error {
  /** One literal per cause. */
  abstract readonly code: string
  /** Whether the same call may succeed later without any change. */
  readonly retriable: boolean

  constructor(message: string, facts: KafkaErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.retriable = facts.retriable ?? false
  }

  /** The name of the class, also in a minified bundle. */
  abstract override get name(): string

  /** For `JSON.stringify`: name, message, all facts, and the cause. Without the stack and the record. */
  toJSON(): Record<string, unknown> {
    const facts = Object.entries(this).map(([key, value]) => [key, inJson(value)] as const)
    const said = { name: this.name, message: this.message, ...Object.fromEntries(facts) }
    return this.cause === undefined ? said : { ...said, cause: inJson(this.cause) }
  }
}

Object.defineProperty(KafkaError.prototype, brand, { value: true })

/**
 * Sets the facts that are known. The others are not even properties, so that they do not show when the error is
 * printed or logged; reading them gives undefined, or the default of the prototype.
 */
export function setKnown<E extends KafkaError>(error: E, facts: Partial<E>): void {
  for (const key in facts) if (facts[key] !== undefined) error[key] = facts[key] as E[typeof key]
}

/** Whether `thing` is an error of this package, or of another copy of it. */
export function isBranded(thing: unknown): thing is KafkaError {
  return isError(thing) && (thing as { [brand]?: boolean })[brand] === true
}

/**
 * Makes an error, or an object with one, without a stack. If many fail for one reason, all would have the
 * same stack, inside this package, at two thirds of the cost. (`Reflect.set`: the limit may be frozen.)
 */
export function withoutStack<Made>(make: () => Made): Made {
  const { stackTraceLimit } = Error
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** `JSON.stringify` takes nothing from an error by itself; for other objects, the type is enough. */
function inJson(value: unknown): unknown {
  if (isBranded(value)) return value.toJSON()
  if (isError(value)) return { name: value.name, message: wordsOf(value) }
  return isJson(value) ? value : wordsOf(value)
}

function isJson(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).every((each) => typeof each === 'number') // counts
  }
  return (
    value === undefined || value === null || ['string', 'number', 'boolean'].includes(typeof value)
  )
}
