// All problems of a configuration, reported at once, so that a file can be fixed in one step.

import { ConfigError } from '../errors/config-error.ts'

/** Beyond these, only the number is reported: each line of a pasted key would be a problem. */
const shownMax = 20

export class Problems {
  readonly #found: ConfigError[] = []

  add(problem: ConfigError): void {
    this.#found.push(problem)
  }

  /** Runs `work`; a `ConfigError` from it is one of the problems, anything else is thrown on. */
  attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.add(error)
    }
  }

  /** Throws what was found: the one error, or one that contains all of them. */
  throwIfAny(): void {
    const [first, ...others] = this.#found
    if (first === undefined) return
    throw others.length === 0 ? first : together(first, this.#found)
  }
}

function together(first: ConfigError, all: readonly ConfigError[]): ConfigError {
  const lines = all.slice(0, shownMax).map(({ message }) => `- ${message}`)
  const rest = all.length - lines.length
  if (rest > 0) lines.push(`- and ${rest} more`)
  const message = `${all.length} settings are wrong:\n${lines.join('\n')}`
  const { code, key, value, allowed } = first
  return new ConfigError(code, message, { key, value, allowed, problems: Object.freeze([...all]) })
}
