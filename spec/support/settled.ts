/** A promise that a spec can look at without waiting for it. */
export function settled<T>(promise: Promise<T>) {
  let state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  promise.then(
    () => {
      state = 'fulfilled'
    },
    () => {
      state = 'rejected'
    },
  )
  return {
    promise,
    /** What it is when everything that was to happen now has happened. */
    async now() {
      await new Promise((resolve) => setImmediate(resolve))
      return state
    },
  }
}
