// User code may return a promise instead of a value: ours or any thenable. Used wherever a user's callback
// returns something.

/** Whether it is a promise, or behaves like one. Throws what one of its getters throws. */
export function isThenable(thing: unknown): thing is PromiseLike<unknown> {
  if (typeof thing !== 'object' || thing === null) return false
  return typeof (thing as { then?: unknown }).then === 'function'
}

/** Its result is ignored; if it is rejected, `rejected` is called, so that Node reports nothing. */
export function watchRejection(promise: unknown, rejected: (error: unknown) => void): void {
  void Promise.resolve(promise).catch(rejected)
}
