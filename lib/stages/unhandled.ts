import { Observable, type Subscriber } from 'rxjs'

// What user code throws where no stage can turn it into a result: in a teardown, or in a subscriber that
// lets exceptions through. It concerns only one stream or listener. RxJS reports it like an exception of a
// subscriber (later, to `config.onUnhandledError` or as an uncaught exception), and the producer goes on
// for all others. Used wherever streams and listeners are called.

/** Has RxJS report an exception, later. */
export function reportUnhandled(thrown: unknown): void {
  new Observable((out) => out.error(thrown)).subscribe()
}

/** Makes a call that may run user code. An exception is reported, and goes no further. */
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
