// What the user's code may give in place of an answer: a promise of one, ours or anybody's.
// Used wherever a callback of theirs gives something back.

/** Whether it is a promise, or acts as one. Throws what a getter of its throws. */
export function isThenable(thing: unknown): thing is PromiseLike<unknown> {
  if (typeof thing !== 'object' || thing === null) return false
  return typeof (thing as { then?: unknown }).then === 'function'
}

/** Nobody waits for it; where it is rejected, `rejected` is told, and Node is not. */
export function watchRejection(promise: unknown, rejected: (error: unknown) => void): void {
  void Promise.resolve(promise).catch(rejected)
}
