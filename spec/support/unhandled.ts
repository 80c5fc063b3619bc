// Exceptions that RxJS reports because there is no one to throw them to: in a teardown, or in a
// subscriber.

import { config } from 'rxjs'
import { onTestFinished } from 'vitest'

/**
 * What is reported from now on until the end of the test. RxJS reports it from a timer, some time
 * later.
 */
export function unhandledErrors(): unknown[] {
  const unhandled: unknown[] = []
  const before = config.onUnhandledError
  config.onUnhandledError = (error) => unhandled.push(error)
  onTestFinished(async () => {
    // The last exceptions are reported in time to be recorded, and do not reach the next test.
    await new Promise((resolve) => setTimeout(resolve))
    config.onUnhandledError = before
  })
  return unhandled
}

/** Every single exception: RxJS wraps those of teardowns, also several times. */
export function thrownIn(error: unknown): unknown[] {
  const { errors } = error as { errors?: readonly unknown[] }
  return Array.isArray(errors) ? errors.flatMap(thrownIn) : [error]
}
