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

/** What a thing is, in words. */
export function kindOf(thing: unknown): string {
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
