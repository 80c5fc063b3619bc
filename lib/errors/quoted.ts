// Values in error messages: of limited length, and for an object, which may hold secrets, only its type.

import { isError } from './is-error.ts'

const longest = 80

/** A value: a string in quotes, cut after 80 characters; a number, true or false; otherwise the type. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  return typeof value === 'bigint' ? cut(`${value}n`) : kindOf(value)
}

/** A text, cut after 80 characters. */
export function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

/**
 * A text from elsewhere that is to be shown; empty if it contains one of these secrets. Removing only the
 * secret would reveal it where the rest of the text is known, such as a broker's 'Invalid username or
 * password'.
 */
export function withheld(text: string, secrets: readonly string[]): string {
  return secrets.some((secret) => secret !== '' && text.includes(secret)) ? '' : text
}

/** An exception in words: its message, cut if it is a mere string. Never throws. */
export function wordsOf(thrown: unknown): string {
  try {
    if (!isError(thrown)) return typeof thrown === 'string' ? cut(thrown) : kindOf(thrown)
    const { message } = thrown
    return typeof message === 'string' ? message : wordless
  } catch {
    return wordless
  }
}

/** Its message is not a string, or cannot be read: a getter throws, or it is a revoked proxy. */
const wordless = 'an error without a message'

/** The type of a value, in words. Never throws. */
export function kindOf(thing: unknown): string {
  try {
    return kindIn(thing)
  } catch {
    return 'an object'
  }
}

function kindIn(thing: unknown): string {
  if (thing === undefined || thing === null) return `${thing}`
  if (typeof thing === 'function') return 'a function'
  if (typeof thing !== 'object') return `a ${typeof thing}`
  if (Array.isArray(thing)) return 'an array'
  const name = (Object.getPrototypeOf(thing) as { constructor?: { name?: unknown } } | null)
    ?.constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object (${name})`
    : 'an object'
}
