import type { Engine } from '../producer/engine.ts'

// How much one pull may bring in before the event loop gets its turn. Three bounds, for any of them may
// be what a source has too much of: items that are nothing, items that are large, items that take long.
// Used by paced.ts, before each item.

/** Twice as many keep a timer waiting for 4 ms, and more alive at once, for nothing. */
const itemsMax = 1024
/**
 * Enough for a few batches in one request. Of records of 1 KiB half as much costs a tenth more, for
 * requests have their price.
 */
const bytesMax = 512 * 1024
/** What both come to where an item costs a microsecond or two; a serializer may take much longer. */
const msMax = 2
/** A look at the clock costs as much as a twentieth of a record. */
const itemsPerLook = 16

export class Burst {
  #engine: Pick<Engine, 'queuedBytes' | 'runtime'>
  #items = 0
  #bytes = 0
  #until = 0

  constructor(engine: Pick<Engine, 'queuedBytes' | 'runtime'>) {
    this.#engine = engine
  }

  /** The event loop has just had its turn. */
  begin(): void {
    this.#items = 0
    this.#bytes = this.#engine.queuedBytes + bytesMax
    this.#until = this.#engine.runtime.clock.now() + msMax
  }

  /** Whether another item, which is counted, may come before the event loop has its turn. */
  takesAnother(): boolean {
    if (this.#items === itemsMax || this.#engine.queuedBytes >= this.#bytes) return false
    this.#items += 1
    return this.#items % itemsPerLook !== 0 || this.#engine.runtime.clock.now() < this.#until
  }
}
