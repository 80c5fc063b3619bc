import { type Subscriber, throwError } from 'rxjs'

// What the user's code throws where no stage can turn it into a result: in a teardown, or in a
// subscriber that lets exceptions through. It is the fault of one stream or listener: RxJS reports it
// as it reports what a subscriber throws (later, to `config.onUnhandledError` or as an uncaught
// exception), and the producer goes on for all others.
// Called wherever streams and listeners are told something.

/** Has RxJS report what was thrown, later. */
export function reportUnhandled(thrown: unknown): void {
  throwError(() => thrown).subscribe()
}

/** Makes a call that may run the user's code. What it throws is reported, and goes no further. */
export function contained(call: () => void): void {
  try {
    call()
  } catch (thrown) {
    reportUnhandled(thrown)
  }
}

/** Fails the stream of a subscriber that has thrown. If the stream has ended, RxJS reports it. */
export function failedBy(thrown: unknown, out: Subscriber<unknown>): void {
  if (out.closed) reportUnhandled(thrown)
  else contained(() => out.error(thrown))
}
