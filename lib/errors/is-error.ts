// Whether something that was thrown is an error, also of another realm. Jest runs modules in a `vm` context
// with an Error of its own, but Node's modules throw Node's, so `instanceof` does not recognize them.

const names = ['[object Error]', '[object DOMException]']

/** Whether it is an error. Never throws. */
export function isError(thing: unknown): thing is Error {
  try {
    return thing instanceof Error || names.includes(Object.prototype.toString.call(thing))
  } catch {
    return false
  }
}

/** The errors of which it is made; null if it is no aggregate. */
export function partsOf(error: Error): readonly Error[] | null {
  const { errors } = error as Partial<AggregateError>
  return error.name === 'AggregateError' && Array.isArray(errors) ? errors : null
}
