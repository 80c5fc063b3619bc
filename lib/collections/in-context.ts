import type { AsyncContext } from '../runtime.ts'

// User code sees the AsyncLocalStorages of whoever gave it, or the record that it is called for, and not
// those of whoever happened to cause the call. Called wherever user code runs later than it was given.

/** Calls `work` in `context`; without one, in that of the caller. */
export function inContext<This, Given, Result>(
  context: AsyncContext | null,
  work: (this: This, given: Given) => Result,
  self: This,
  given: Given,
): Result {
  return context === null ? work.call(self, given) : context.runInAsyncScope(work, self, given)
}
