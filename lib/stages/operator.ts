import { Observable, type OperatorFunction, Subject, type Subscriber, takeUntil } from 'rxjs'

// The one place where a stage, a plain class of ours, meets RxJS.
//
// 1. The teardown is there before the source is subscribed: a synchronous source that is cut short by
//    take(n) downstream is released at once, not pulled to its end.
// 2. A throw inside a stage becomes `error` downstream. Stages catch what the user's code throws, so
//    what arrives here is a bug of ours.

/** What a stage does with what comes in. It emits into the subscriber that `open` got. */
export interface Stage<I> {
  next(value: I): void
  /** The source failed. The stage passes it on once it has emitted what it holds. */
  fail(cause: unknown): void
  /** The source is done. The stage completes once it has emitted what it holds. */
  complete(): void
  /** Nobody listens any more: nothing of the stage may be left, no timer, no subscription. */
  close(): void
}

/**
 * An operator whose every subscription has a stage of its own, made by `open`, which also gets the
 * way to unsubscribe from the source before the stage itself is done.
 */
export function operator<I, O>(
  open: (out: Subscriber<O>, release: () => void) => Stage<I>,
): OperatorFunction<I, O> {
  return (source) =>
    new Observable<O>((out) => {
      const closed = new Subject<void>()
      const stage = open(out, () => closed.next())
      let released = false
      closed.subscribe(() => {
        released = true
      })
      out.add(() => {
        closed.next()
        stage.close()
      })
      source.pipe(takeUntil(closed)).subscribe({
        next(value) {
          try {
            stage.next(value)
          } catch (cause) {
            out.error(cause)
          }
        },
        error(cause) {
          try {
            stage.fail(cause)
          } catch (bug) {
            out.error(bug)
          }
        },
        complete() {
          try {
            if (!out.closed && !released) stage.complete()
          } catch (bug) {
            out.error(bug)
          }
        },
      })
    })
}
