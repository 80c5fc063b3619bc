import { Observable, type Subscriber } from 'rxjs'
import { inContext } from '../collections/in-context.ts'
import { kindOf } from '../errors/quoted.ts'
import { engineOf, isProducer } from '../producer/assembly.ts'
import type { Engine } from '../producer/engine.ts'
import type { KafkaProducer } from '../producer/kafka-producer.ts'
import { refuseMisplaced } from '../producer/misplaced-producer.ts'
import type { Pass } from '../producer/pass.ts'
import type { AsyncContext } from '../runtime.ts'
import { failedBy } from '../stages/unhandled.ts'
import { AsyncPuller } from './async-puller.ts'
import { asyncSourceOf, isIterable, noResult } from './async-source.ts'
import { Burst } from './burst.ts'

// A source that is pulled only while the producer can use more. The gate (producer/gate.ts) tells each
// source by its own pass (producer/pass.ts). This file pulls, from any kind of source, and releases it on
// unsubscribe.

/** A source that `paced` can pull from. A Node `Readable` is an AsyncIterable. */
export type Pullable<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>

/**
 * Emits the items of `source`, and pulls only while `producer` can take more. So a file of any size
 * streams through in the memory of a few requests. At most one item too many is pulled, if the operators
 * between `paced` and `toKafka(producer)` are synchronous.
 *
 * It stops pulling while `buffer.memory` has no room for another batch, whichever stream filled it. It
 * also stops while a record of its own streams waits for metadata, a serializer's promise or its turn;
 * records of other streams that wait in this way do not stop it. Behind an asynchronous operator, its
 * records cannot be told from those of others; then, after the first 64 items, any waiting record stops
 * it. The records of pulled items find room, even if `max.block.ms` is 0. Only a record that is larger
 * than an eighth of `buffer.memory`, or than both 32 KiB and half of `batch.size`, may have to wait for memory.
 *
 * While the source has more at once, and nobody else has records in the producer, not every batch that is due
 * is sent at once. Batches of many partitions take turns, so that they fill. A record may then wait longer than
 * `linger.ms`, some hundred milliseconds with a thousand partitions. A `flush()` or a `send()` ends the wait.
 *
 * On unsubscribe the source is released (`return()`, `destroy()`, `close()`, `cancel()`), even while a
 * pull is pending, and exceptions of that call are ignored. A `ReadableStream` is unlocked when it has
 * ended and on unsubscribe. If a source fails, or violates its protocol, the stream fails; if it fails
 * between two pulls, the stream fails at the next pull.
 *
 * @param source - an array, a generator, an async generator, a Node `Readable`, a `ReadableStream`
 * @param producer - the producer that the items are sent with
 * @throws TypeError, synchronously, if `producer` is not a KafkaProducer; a ConfigError if it is a promise of one, or
 * of another copy of this package
 *
 * @example
 * ```ts
 * paced(readline.createInterface({ input }), producer).pipe(
 *   map((line) => ({ topic: 'lines', value: line })),
 *   toKafka(producer),
 * )
 * ```
 *
 */
export function paced<T, K = never, V = never>(
  source: Pullable<T>,
  producer: KafkaProducer<K, V>,
): Observable<T> {
  if (!isProducer(producer)) {
    refuseMisplaced(producer, 'a KafkaProducer')
    throw new TypeError(
      `the second argument of paced must be a KafkaProducer, not ${kindOf(producer)}`,
    )
  }
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
  #burst: Burst
  #out: Subscriber<T>
  /** The subscriber's async context, in which the source runs. */
  #context: AsyncContext | null
  #done = false
  /** Inside `next`, where a generator accepts no `return`: it is called after `next` has returned. */
  #isPulling = false
  #unwait: (() => void) | null = null

  constructor(iterator: Iterator<T>, engine: Engine, out: Subscriber<T>) {
    this.#iterator = iterator
    this.#engine = engine
    this.#context = engine.runtime.context?.() ?? null
    this.#pass = engine.gate.passFor()
    this.#burst = new Burst(engine)
    this.#out = out
  }

  /** Emits until the gate closes, the source ends, or the event loop must run. */
  pull(): void {
    this.#unwait = null
    const before = this.#pass.begin()
    try {
      if (this.#pullOn()) this.#burst.pause(() => this.#goOn())
    } catch (thrown) {
      failedBy(thrown, this.#out)
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
      // The error of a source that fails while it is released is ignored.
    }
  }

  /** Whether it only pauses for the event loop. */
  #pullOn(): boolean {
    const pass = this.#pass
    const burst = this.#burst
    burst.begin()
    for (;;) {
      if (this.#out.closed) return false
      if (!pass.isOpen) {
        this.#unwait = pass.wait(() => this.#resume())
        return false
      }
      if (!burst.takeAnother()) return true
      pass.pulled()
      if (!this.#emitNext()) return false
    }
  }

  /** After the current burst, so that the engine sends what it has meanwhile. */
  #resume(): void {
    this.#engine.runtime.clock.soon(() => this.#goOn())
  }

  #goOn(): void {
    if (!this.#done) inContext(this.#context, this.pull, this, null)
  }

  #emitNext(): boolean {
    let isLast: boolean
    let value!: T
    this.#isPulling = true
    try {
      const result = this.#iterator.next()
      if (Object(result) !== result) throw noResult(result)
      isLast = Boolean(result.done)
      if (!isLast) value = result.value
    } catch (error) {
      this.#done = true
      this.#out.error(error)
      return false
    }
    this.#isPulling = false
    if (this.#done) {
      if (!isLast) this.#return()
      return false
    }
    if (isLast) {
      this.#done = true
      this.#out.complete()
      return false
    }
    this.#out.next(value)
    return true
  }
}
