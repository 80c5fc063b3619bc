import type { Subscriber } from 'rxjs'
import type { Engine } from '../producer/engine.ts'
import type { Pass } from '../producer/pass.ts'
import { contained, failedBy } from '../stages/unhandled.ts'
import { type AsyncSource, noResult } from './async-source.ts'
import { Burst } from './burst.ts'

// Pulls from a source of promises while the gate is open. Used by paced.ts. It is one async function, so it
// stays in the async context of the subscriber.

export class AsyncPuller<T> {
  #iterator: AsyncSource<T>
  #engine: Engine
  #pass: Pass
  #burst: Burst
  #out: Subscriber<T>
  #done = false
  #unwait: (() => void) | null = null

  constructor(iterator: AsyncSource<T>, engine: Engine, out: Subscriber<T>) {
    this.#iterator = iterator
    this.#engine = engine
    this.#pass = engine.gate.passFor()
    this.#burst = new Burst(engine)
    this.#out = out
  }

  pull(): void {
    void this.#run().catch((error: unknown) => {
      if (this.#done) return
      this.#end()
      failedBy(error, this.#out)
    })
  }

  release(): void {
    this.#unwait?.()
    if (this.#done) return
    this.#done = true
    this.#iterator.release()
  }

  async #run(): Promise<void> {
    this.#burst.begin()
    while (!this.#done) {
      // Otherwise a source that always has something would block the event loop.
      while (!this.#burst.takeAnother()) await this.#nextTurn()
      while (!this.#done && !this.#pass.isOpen) await this.#opened()
      if (this.#done) return
      const result = await this.#iterator.next()
      if (this.#done) return
      if (Object(result) !== result) throw noResult(result)
      if (result.done) {
        this.#end()
        contained(() => this.#out.complete())
        return
      }
      // Meanwhile other sources may have taken the room that there was.
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
    } catch (thrown) {
      failedBy(thrown, this.#out)
    } finally {
      this.#pass.end(before)
    }
  }

  /** The source has ended or failed. */
  #end(): void {
    this.#done = true
    this.#iterator.ended()
  }

  async #opened(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#unwait = this.#pass.wait(() => this.#engine.runtime.clock.soon(resolve))
    })
    this.#burst.begin()
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => this.#burst.pause(resolve))
    this.#burst.begin()
  }
}
