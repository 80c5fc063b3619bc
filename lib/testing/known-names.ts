// Checks the names in a test's options. An unknown name would be a fault that never occurs, or a setting
// without effect: the test would pass, and prove nothing.

import { suggestion } from '../errors/near-miss.ts'
import { kindOf, quoted } from '../errors/quoted.ts'

/** All names that an object of a type may have. */
export type NamesOf<O> = { readonly [N in keyof O]-?: true }

/**
 * Throws a TypeError if `given` is not an object, and a RangeError if it has a name that is not among
 * `known`. `all` describes them, as in `the options of MockCluster`.
 */
export function checkNames<O>(all: string, given: O, known: NamesOf<NoInfer<O>>): void {
  checkObject(all, given, `{ ${Object.keys(known).join(', ')} }`)
  for (const name in given) checkName(all, name, known)
}

/** Throws a RangeError if a name is not among the keys of `known`. */
export function checkName(all: string, name: string, known: object): void {
  const names = Object.keys(known)
  if (names.includes(name)) return
  // In plain JavaScript it may be anything.
  const meant = typeof name === 'string' ? suggestion(name, names) : ''
  throw new RangeError(`${quoted(name)} is not among ${all}${meant} (they are ${names.join(', ')})`)
}

/** Throws a TypeError if `given` is not an object; `form` describes the expected form. */
export function checkObject(all: string, given: unknown, form: string): void {
  const isObject = typeof given === 'object' && given !== null
  if (isObject && !Array.isArray(given) && !(given instanceof Map)) return
  throw new TypeError(`${all} must be an object, not ${kindOf(given)} (as in ${form})`)
}
