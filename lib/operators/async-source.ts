// What can be pulled from by promises, made alike: an async iterable, a Node `Readable`, a
// `ReadableStream`. Each has its own way to let go of it while a pull is pending. Used by paced.ts.

/** An async source, and the way to let go of it while `next` is pending. */
export interface AsyncSource<T> {
  next(): Promise<IteratorResult<T>>
  release(): void
}

/** A source by promises of what is one. */
export function asyncSourceOf<T>(source: AsyncIterable<T> | ReadableStream<T>): AsyncSource<T> {
  if (isReadableStream(source)) return readerOf(source)
  if (typeof (source as Partial<AsyncIterable<T>>)?.[Symbol.asyncIterator] !== 'function') {
    throw new TypeError('paced takes an Iterable, an AsyncIterable, a Readable or a ReadableStream')
  }
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    release: () => {
      // A Readable's `return()` waits for a pending pull, `destroy()` does not; the lines of readline
      // go on without their iterator, until `close()`.
      const { destroy, close, on } = source as Partial<Releasable>
      if (typeof destroy === 'function') destroy.call(source)
      else if (typeof close === 'function' && typeof on === 'function') close.call(source)
      void (async () => iterator.return?.())().catch(ignored)
    },
  }
}

function readerOf<T>(stream: ReadableStream<T>): AsyncSource<T> {
  const reader = stream.getReader()
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    release: () => void reader.cancel().catch(ignored),
  }
}

/** A source that fails while it is let go of fails for nobody. */
function ignored(): void {}

function isReadableStream<T>(source: unknown): source is ReadableStream<T> {
  return typeof (source as Partial<ReadableStream<T>>)?.getReader === 'function'
}

/** What streams, and readline's interface, have. */
interface Releasable {
  destroy(): void
  close(): void
  on(): void
}
