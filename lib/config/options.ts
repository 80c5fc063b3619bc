// Options besides the configuration. Unknown names are refused, as in the configuration: otherwise a typo
// would silently have no effect.

import { ConfigError } from '../errors/config-error.ts'
import { suggestion } from '../errors/near-miss.ts'
import { kindOf, quoted } from '../errors/quoted.ts'
import { keySpelledLike, looksLikeKey } from './unknown-key.ts'
import { printable } from './words.ts'

/** All names that options of a type may have. */
export type OptionNames<O> = { readonly [N in keyof O]-?: true }

/**
 * Throws a {@link ConfigError} where options are no object, or have a name that is not among `names`.
 *
 * @param taker - who takes them, as users call it
 */
export function checkOptions<O>(
  taker: string,
  options: unknown,
  names: OptionNames<O>,
): asserts options is O {
  const known = Object.keys(names)
  if (!isPlain(options)) {
    const allowed = `{ ${known.join(', ')} }`
    const message = `the options of ${taker} must be an object, not ${kindOf(options)} (accepted: ${allowed})`
    throw new ConfigError('INVALID_VALUE', message, { key: '', value: printable(options), allowed })
  }
  for (const name in options) if (!known.includes(name)) throw unknownOption(taker, name, known)
}

/** The error for an option with an invalid value. */
export function wrongOption(
  code: 'INVALID_VALUE' | 'OUT_OF_RANGE',
  key: string,
  value: unknown,
  allowed: string,
): ConfigError {
  const message = `${key} is ${quoted(value)}; it must be ${allowed}`
  return new ConfigError(code, message, { key, value: printable(value), allowed })
}

/** Whether it is an object of names and values; it may inherit some. */
export function isPlain(options: unknown): options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false
  return !(options instanceof Map)
}

/**
 * The configuration as it is now, for every subscription, because the caller may change the object. A value
 * that is not a configuration is returned unchanged, for the error that says so.
 */
export function snapshotOf<Config>(config: Config): Config {
  if (!isPlain(config) || Object.getOwnPropertySymbols(config).length > 0) return config
  const given: Readonly<Record<string, unknown>> = config
  const snapshot: Record<string, unknown> = {}
  for (const name in given) snapshot[name] = given[name]
  return snapshot as Config
}

function unknownOption(taker: string, name: string, known: readonly string[]): ConfigError {
  const meant = hint(name, known)
  // It may be a value mistaken for options, and possibly a secret.
  const isShown = meant !== '' || looksLikeKey(name)
  const called = isShown ? `'${name}'` : `a name of ${name.length} characters`
  const allowed = known.join(', ')
  const message = `${called} is not an option of ${taker}${meant} (accepted: ${allowed})`
  return new ConfigError('UNKNOWN_KEY', message, { key: isShown ? name : '[hidden]', allowed })
}

function hint(name: string, known: readonly string[]): string {
  const key = keySpelledLike(name)
  return key === undefined ? suggestion(name, known) : `: '${key}' is a key of the configuration`
}
