import { kindOf } from '../errors/quoted.ts'

// Gives sources that are pulled by promises one interface: an async iterable, a Node `Readable`, a
// `ReadableStream`. Each has its own way to be released while a pull is pending. Used by paced.ts.

/** An async source, and the way to release it while `next` is pending. */
export interface AsyncSource<T> {
  next(): Promise<IteratorResult<T>>
  /** It has ended or failed. */
  ended(): void
  /** The rest is not needed. Does not throw. */
  release(): void
}

/** An async source over an object that is one. */
export function asyncSourceOf<T>(source: AsyncIterable<T> | ReadableStream<T>): AsyncSource<T> {
  if (isReadableStream(source)) return readerOf(source)
  if (typeof (source as Partial<AsyncIterable<T>>)?.[Symbol.asyncIterator] !== 'function') {
    throw new TypeError(
      'the source of paced must be an Iterable, an AsyncIterable, a Readable or a ReadableStream',
    )
  }
  const iterator = source[Symbol.asyncIterator]()
  const early = earlyFailureOf(source)
  return {
    next: () => early.take() ?? iterator.next(),
    ended: () => early.forget(),
    release: () => {
      // A Readable's `return()` waits for a pending pull, `destroy()` does not; readline goes on without
      // its iterator, until `close()`.
      const { destroy, close, on } = source as Partial<Emitting>
      quietly(() => {
        if (typeof destroy === 'function') destroy.call(source)
        else if (typeof close === 'function' && typeof on === 'function') close.call(source)
      })
      void (async () => iterator.return?.())().catch(ignored)
    },
  }
}

/** Whether it can be pulled from without promises. */
export function isIterable<T>(source: unknown): source is Iterable<T> {
  return typeof (source as Partial<Iterable<T>> | null)?.[Symbol.iterator] === 'function'
}

/** The error for an iterator that has not returned an object with a value. */
export function noResult(thing: unknown): TypeError {
  return new TypeError(
    `the iterator that paced pulls from returned ${kindOf(thing)}, not an object`,
  )
}

/** How a source failed before the first pull. */
interface EarlyFailure {
  /** A promise that rejects with it, once; null if there is none. */
  take(): Promise<never> | null
  /** Its errors are handled elsewhere from now on. */
  forget(): void
}

/**
 * A Readable's iterator listens to it only from the first pull on. If it failed before that, while the gate
 * is shut, its `error` event would end the program. After the release it still has a listener: the error of
 * a destroyed stream is ignored.
 */
function earlyFailureOf(source: object): EarlyFailure {
  const { on, off, destroy } = source as Partial<Emitting>
  if (typeof on !== 'function' || typeof off !== 'function' || typeof destroy !== 'function') {
    return none
  }
  let failure: { readonly error: unknown } | null = null
  let isAsked = false
  const note = (error: unknown) => {
    failure ??= { error }
  }
  on.call(source, 'error', note)
  return {
    take: () => {
      if (isAsked) return null
      isAsked = true
      return failure === null ? null : Promise.reject(failure.error)
    },
    forget: () => void off.call(source, 'error', note),
  }
}

const none: EarlyFailure = { take: () => null, forget() {} }

function readerOf<T>(stream: ReadableStream<T>): AsyncSource<T> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    ended: () => reader.releaseLock(),
    release: () =>
      quietly(() => {
        void reader.cancel().catch(ignored)
        reader.releaseLock()
      }),
  }
}

/** The error of a source that fails while it is released is ignored. */
function quietly(release: () => void): void {
  try {
    release()
  } catch {
    ignored()
  }
}

function ignored(): void {}

function isReadableStream<T>(source: unknown): source is ReadableStream<T> {
  return typeof (source as Partial<ReadableStream<T>>)?.getReader === 'function'
}

/** The methods of streams, and of readline's interface. */
interface Emitting {
  destroy(): void
  close(): void
  on(event: 'error', listener: (error: unknown) => void): void
  off(event: 'error', listener: (error: unknown) => void): void
}
