// What RxJS reports because nobody could be given it: a throw in a teardown, or in a subscriber.

import { config } from 'rxjs'
import { onTestFinished } from 'vitest'

/** What is reported from now on, until the test is over. It comes by a timer of RxJS, some time later. */
export function unhandledErrors(): unknown[] {
  const unhandled: unknown[] = []
  const before = config.onUnhandledError
  config.onUnhandledError = (error) => unhandled.push(error)
  onTestFinished(async () => {
    // What was thrown last is reported in time to be noted, and not told to the next test.
    await new Promise((resolve) => setTimeout(resolve))
    config.onUnhandledError = before
  })
  return unhandled
}

/** Every single thing that was thrown: RxJS wraps what teardowns throw, also several times. */
export function thrownIn(error: unknown): unknown[] {
  const { errors } = error as { errors?: readonly unknown[] }
  return Array.isArray(errors) ? errors.flatMap(thrownIn) : [error]
}
