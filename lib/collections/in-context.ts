import type { AsyncContext } from '../runtime.ts'

// User code sees the AsyncLocalStorage of the caller that gave it, or of the record that it is called for,
// not of the code that happened to cause the call. Used wherever user code runs later than it was given.

/** Calls `work` in `context`; without one, in the current context. */
export function inContext<This, Given, Result>(
  context: AsyncContext | null,
  work: (this: This, given: Given) => Result,
  self: This,
  given: Given,
): Result {
  return context === null ? work.call(self, given) : context.runInAsyncScope(work, self, given)
}
