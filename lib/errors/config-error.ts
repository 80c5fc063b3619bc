import { KafkaError } from './kafka-error.ts'

/** What is wrong with a setting. */
export type ConfigErrorCode =
  | 'UNKNOWN_KEY'
  | 'INVALID_VALUE'
  | 'OUT_OF_RANGE'
  | 'MISSING'
  | 'CONTRADICTION'
  | 'NOT_SUPPORTED'

/** The facts of a {@link ConfigError}. */
export interface ConfigErrorFacts {
  /** The key as Kafka spells it; `[hidden]` where an unknown one looks like a value. */
  readonly key: string
  /** What was given: hidden for secrets, and for objects and functions what they are, in words. */
  readonly value?: unknown
  /** What would have been accepted. */
  readonly allowed?: string | undefined
  /** What else is wrong with the same configuration. */
  readonly problems?: readonly ConfigError[] | undefined
}

/** A setting is unknown, out of range, or contradicts another. Thrown by the call that took it. */
export class ConfigError extends KafkaError {
  readonly code: ConfigErrorCode
  readonly key: string
  readonly value: unknown
  readonly allowed: string | undefined
  readonly #problems: readonly ConfigError[]

  override get name(): 'ConfigError' {
    return 'ConfigError'
  }

  constructor(code: ConfigErrorCode, message: string, facts: ConfigErrorFacts) {
    super(message)
    this.code = code
    this.key = facts.key
    this.value = facts.value
    this.allowed = facts.allowed
    this.#problems = facts.problems ?? []
  }

  /**
   * Where several settings are wrong, an error for each; `code`, `key`, `value` and `allowed` are then
   * those of the first. Empty where this is the only one.
   */
  get problems(): readonly ConfigError[] {
    return this.#problems
  }

  /** As that of every error; with all problems, where there are several. */
  override toJSON(): Record<string, unknown> {
    const said = super.toJSON()
    if (this.#problems.length === 0) return said
    return { ...said, problems: this.#problems.map((problem) => problem.toJSON()) }
  }
}
