/** A promise whose state a spec can read without waiting for it. */
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
    /** Its state after everything has happened that was about to. */
    async now() {
      await new Promise((resolve) => setImmediate(resolve))
      return state
    },
  }
}
