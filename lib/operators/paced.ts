import { Observable, type Subscriber } from 'rxjs'
import type { Engine } from '../producer/engine.ts'
import { engineOf, type KafkaProducer } from '../producer/kafka-producer.ts'
import type { Pass } from '../producer/pass.ts'
import { type AsyncSource, asyncSourceOf } from './async-source.ts'

// A source that is pulled only while the producer has use for more. The gate (producer/gate.ts) says
// when, to each source by its own pass (producer/pass.ts); this file pulls, from whatever can be pulled
// from, and lets go of it on unsubscribe.

/** What can be pulled from: a Node `Readable` is an AsyncIterable. */
export type Pullable<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>

/**
 * What one pull may bring in before the event loop gets its turn: a millisecond or two of work. Twice as
 * much keeps a timer waiting for 4 ms, and more alive at once, for nothing.
 */
const yieldItems = 1024
/**
 * The same where the items are large: enough for a few batches in one request. Of records of 1 KiB half
 * as much costs a tenth more, for requests have their price.
 */
const yieldBytes = 512 * 1024

/**
 * Emits what `source` has, pulling only as long as `producer` has use for more: a file of any size
 * streams through in the memory of a few requests. At most one item is pulled beyond that, as long as
 * the operators between here and `toKafka(producer)` are synchronous.
 *
 * It stops while `buffer.memory` has no room for a batch more (whoever's the records in it are), and
 * while a record of the streams that it feeds waits for metadata, a serializer's promise or its turn;
 * what waits so of other streams does not stop it. Through operators that are not synchronous its
 * records can't be told from those of others: then, but for the first 64 items, whatever waits does.
 * What it is asked for finds room, also with `max.block.ms` 0; only a record that is larger than an
 * eighth of `buffer.memory`, or than 32 KiB and half a batch, may have to wait for it.
 *
 * On unsubscribe the source is released (`return()`, `destroy()`, `close()`, `cancel()`), also while a
 * pull is pending; what it throws then is nobody's error. A source that fails is an `error`.
 *
 * @param source - an array, a generator, an async generator, a Node `Readable`, a `ReadableStream`
 * @param producer - the producer that the items are going to
 *
 * @example
 * ```ts
 * paced(readline.createInterface({ input }), producer).pipe(
 *   map((line) => ({ topic: 'lines', value: line })),
 *   toKafka(producer),
 * )
 * ```
 */
export function paced<T, K = never, V = never>(
  source: Pullable<T>,
  producer: KafkaProducer<K, V>,
): Observable<T> {
  return new Observable<T>((out) => {
    const engine = engineOf(producer)
    const puller = isIterable(source)
      ? new SyncPuller(source[Symbol.iterator](), engine, out)
      : new AsyncPuller(asyncSourceOf(source), engine, out)
    out.add(() => puller.release())
    puller.pull()
  })
}

class SyncPuller<T> {
  #iterator: Iterator<T>
  #engine: Engine
  #pass: Pass
  #out: Subscriber<T>
  #done = false
  /** Inside `next`, where a generator takes no `return`: it gets that once it is back. */
  #isPulling = false
  #unwait: (() => void) | null = null

  constructor(iterator: Iterator<T>, engine: Engine, out: Subscriber<T>) {
    this.#iterator = iterator
    this.#engine = engine
    this.#pass = engine.gate.passFor()
    this.#out = out
  }

  /** Emits until the gate closes, the source ends, or the event loop is due. */
  pull(): void {
    this.#unwait = null
    const before = this.#pass.begin()
    try {
      if (this.#pullOn()) this.#resume()
    } finally {
      this.#pass.end(before)
    }
  }

  release(): void {
    this.#unwait?.()
    if (this.#done) return
    this.#done = true
    if (!this.#isPulling) this.#return()
  }

  #return(): void {
    try {
      this.#iterator.return?.()
    } catch {
      // A source that fails while it is let go of fails for nobody.
    }
  }

  /** Whether it only pauses, for the event loop. */
  #pullOn(): boolean {
    const engine = this.#engine
    const pass = this.#pass
    const bytesMax = engine.queuedBytes + yieldBytes
    for (let items = 0; items < yieldItems; items += 1) {
      if (this.#out.closed) return false
      if (!pass.isOpen) {
        this.#unwait = pass.wait(() => this.#resume())
        return false
      }
      if (engine.queuedBytes >= bytesMax) break
      pass.pulled()
      if (!this.#emitNext()) return false
    }
    return true
  }

  /** After the burst that runs now, so that the engine sends what it has meanwhile. */
  #resume(): void {
    this.#engine.runtime.clock.soon(() => {
      if (!this.#done) this.pull()
    })
  }

  #emitNext(): boolean {
    let result: IteratorResult<T>
    this.#isPulling = true
    try {
      result = this.#iterator.next()
    } catch (error) {
      this.#done = true
      this.#out.error(error)
      return false
    }
    this.#isPulling = false
    if (this.#done) {
      if (!result.done) this.#return()
      return false
    }
    if (result.done) {
      this.#done = true
      this.#out.complete()
      return false
    }
    this.#out.next(result.value)
    return true
  }
}

class AsyncPuller<T> {
  #iterator: AsyncSource<T>
  #engine: Engine
  #pass: Pass
  #out: Subscriber<T>
  #done = false
  #unwait: (() => void) | null = null

  constructor(iterator: AsyncSource<T>, engine: Engine, out: Subscriber<T>) {
    this.#iterator = iterator
    this.#engine = engine
    this.#pass = engine.gate.passFor()
    this.#out = out
  }

  pull(): void {
    void this.#run().catch((error: unknown) => {
      if (this.#done) return
      this.#done = true
      this.#out.error(error)
    })
  }

  release(): void {
    this.#unwait?.()
    if (this.#done) return
    this.#done = true
    this.#iterator.release()
  }

  async #run(): Promise<void> {
    for (let items = 1; !this.#done; items += 1) {
      // A source that always has something would otherwise keep the event loop to itself.
      if (items % yieldItems === 0) await this.#nextTurn()
      while (!this.#done && !this.#pass.isOpen) await this.#opened()
      if (this.#done) return
      const result = await this.#iterator.next()
      if (this.#done) return
      if (result.done) {
        this.#done = true
        this.#out.complete()
        return
      }
      // While it came others may have taken the room that there was for it.
      while (!this.#done && !this.#pass.isOpen) await this.#opened()
      if (this.#done) return
      this.#emit(result.value)
    }
  }

  #emit(value: T): void {
    const before = this.#pass.begin()
    try {
      this.#pass.pulled()
      this.#out.next(value)
    } finally {
      this.#pass.end(before)
    }
  }

  #opened(): Promise<void> {
    return new Promise((resolve) => {
      this.#unwait = this.#pass.wait(() => this.#engine.runtime.clock.soon(resolve))
    })
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#engine.runtime.clock.soon(resolve))
  }
}

function isIterable<T>(source: Pullable<T>): source is Iterable<T> {
  return typeof (source as Partial<Iterable<T>>)?.[Symbol.iterator] === 'function'
}
