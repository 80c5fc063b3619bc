// Things as the sentences of errors name them: of bearable length, and of an object, which may hold
// what nobody is to see, its kind alone.

const longest = 80

/** A value: a string in quotes, cut after 80 characters; a number, true or false; of the rest its kind. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  return typeof value === 'bigint' ? cut(`${value}n`) : kindOf(value)
}

/** A text, which ends after 80 characters. */
export function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

/**
 * A text of somebody else's that is to be shown; empty where it has one of these secrets of ours in it. To leave out
 * the secret alone would tell it where the text is known, such as a broker's 'Invalid username or password'.
 */
export function withheld(text: string, secrets: readonly string[]): string {
  return secrets.some((secret) => secret !== '' && text.includes(secret)) ? '' : text
}

/** What was thrown, in words: its message, cut where it is a mere string. Never throws. */
export function wordsOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return typeof thrown === 'string' ? cut(thrown) : kindOf(thrown)
    const { message } = thrown
    return typeof message === 'string' ? message : wordless
  } catch {
    return wordless
  }
}

/** Its message is no string, or cannot be read: a getter throws, or it is a proxy that was revoked. */
const wordless = 'an error without a message'

/** What a thing is, in words. Never throws. */
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
