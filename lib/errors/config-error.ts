import { KafkaError, setKnown } from './kafka-error.ts'

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
  /** The key as Kafka spells it; `[hidden]` if an unknown key looks like a value. */
  readonly key: string
  /** The value. Secrets are hidden, and objects and functions are described. */
  readonly value?: unknown
  /** What is allowed. */
  readonly allowed?: string | undefined
  /** One error for each problem of the configuration, if there are several. */
  readonly problems?: readonly ConfigError[] | undefined
}

/** A setting is unknown, out of range, or contradicts another. Thrown synchronously, by the call itself. */
export class ConfigError extends KafkaError {
  readonly code: ConfigErrorCode
  readonly key: string
  declare readonly value: unknown
  declare readonly allowed: string | undefined
  readonly #problems: readonly ConfigError[]

  override get name(): 'ConfigError' {
    return 'ConfigError'
  }

  constructor(code: ConfigErrorCode, message: string, facts: ConfigErrorFacts) {
    super(message)
    this.code = code
    this.key = facts.key
    setKnown<ConfigError>(this, { value: facts.value, allowed: facts.allowed })
    this.#problems = facts.problems ?? []
  }

  /**
   * If several settings are wrong, one error for each. `code`, `key`, `value` and `allowed` are then
   * those of the first. Empty if there is only one problem.
   */
  get problems(): readonly ConfigError[] {
    return this.#problems
  }

  /** As for every error, with all problems, if there are several. */
  override toJSON(): Record<string, unknown> {
    const said = super.toJSON()
    if (this.#problems.length === 0) return said
    return { ...said, problems: this.#problems.map((problem) => problem.toJSON()) }
  }
}
