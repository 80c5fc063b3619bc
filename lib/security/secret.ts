// Secrets that the user passes once, or as a function that is called for each connection, so that they may
// change while the producer lives. Used by the mechanisms; nothing is kept here.

import { AuthenticationError } from '../errors/authentication-error.ts'
import { kindOf } from '../errors/quoted.ts'

/**
 * A value, or a function that returns it or a promise of it. The function is called for each login.
 */
export type Source<T> = T | (() => T | PromiseLike<T>)

/** Takes the result of a source; `error` is null then. */
export type Taken<T> = (error: AuthenticationError | null, value: T) => void

/** Reads a string that is not empty from a source. `key` is its name in errors. */
export function askText(key: string, source: Source<string>, taken: Taken<string>): void {
  ask(key, source, (error, value) => {
    if (error !== null) taken(error, '')
    else if (typeof value === 'string' && value !== '') taken(null, value)
    else taken(notText(key, value), '')
  })
}

/** Reads a source, and calls `taken` once. If its function throws or rejects, it may be called again later. */
export function ask(key: string, source: unknown, taken: Taken<unknown>): void {
  if (typeof source !== 'function') {
    taken(null, source)
    return
  }
  let given: unknown
  let isPromise: boolean
  try {
    given = source()
    isPromise = typeof (given as { readonly then?: unknown } | undefined)?.then === 'function'
  } catch (cause) {
    taken(unavailable(key, cause), undefined)
    return
  }
  if (!isPromise) {
    taken(null, given)
    return
  }
  // Promise.resolve calls a foreign thenable once, and takes only its first result.
  Promise.resolve(given as PromiseLike<unknown>).then(
    (value) => taken(null, value),
    (cause: unknown) => taken(unavailable(key, cause), undefined),
  )
}

/** Never shows the value: says that a string is empty, or names the type. */
function notText(key: string, value: unknown): AuthenticationError {
  const what = value === '' ? 'an empty string' : kindOf(value)
  const sentence = `${key} returned ${what}; it must return a non-empty string`
  return new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence)
}

function unavailable(key: string, cause: unknown): AuthenticationError {
  const sentence = `${key} is not available: the function failed`
  return new AuthenticationError('CREDENTIALS_UNAVAILABLE', sentence, { retriable: true, cause })
}
