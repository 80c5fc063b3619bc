import type { OperatorFunction, Subscriber } from 'rxjs'
import { isThenable, watchRejection } from '../collections/thenable.ts'
import type { Envelope, Interceptor } from '../model.ts'
import { onward, operator, type Stage, unchanged } from './operator.ts'

// First stage: the interceptors see the record, and may replace it. Order is kept. Completes with its
// source. An interceptor that throws, or returns a promise, is reported and skipped.

/** Options of {@link intercept}. */
export interface InterceptOptions {
  readonly interceptors: readonly Interceptor[]
  /** Called if an interceptor threw, or did not return a record. Must not throw. */
  readonly report: (error: unknown, interceptor: Interceptor) => void
}

/** Passes each record through `onSend` of the interceptors, in their order. */
export function intercept(options: InterceptOptions): OperatorFunction<Envelope, Envelope> {
  if (options.interceptors.length === 0) return unchanged
  return operator((out) => new Intercept(options, out))
}

class Intercept implements Stage<Envelope> {
  #options: InterceptOptions
  #out: Subscriber<Envelope>
  #onward: Pick<Stage<Envelope>, 'next'>

  constructor(options: InterceptOptions, out: Subscriber<Envelope>) {
    this.#options = options
    this.#out = out
    this.#onward = onward(out)
  }

  next(envelope: Envelope): void {
    for (const interceptor of this.#options.interceptors) this.#apply(interceptor, envelope)
    this.#onward.next(envelope)
  }

  fail(cause: unknown): void {
    this.#out.error(cause)
  }

  complete(): void {
    this.#out.complete()
  }

  close(): void {}

  #apply(interceptor: Interceptor, envelope: Envelope): void {
    if (envelope.failure !== null) return
    try {
      if (interceptor.onSend === undefined) return
      const record = interceptor.onSend(envelope.record, envelope.original)
      if (isThenable(record)) {
        watchRejection(record, nothing)
        throw new TypeError('onSend of an interceptor returned a promise; it must be synchronous')
      }
      if (typeof record !== 'object' || record === null) {
        throw new TypeError('onSend of an interceptor did not return a record')
      }
      envelope.record = record
    } catch (error) {
      this.#options.report(error, interceptor)
    }
  }
}

/** Its result is ignored: it was reported that it is a promise. */
function nothing(): void {}
