import type { Engine } from '../producer/engine.ts'

// How much one pull may bring in before the event loop gets its turn. Three bounds, for any of them may
// be what a source has too much of: items that are nothing, items that are large, items that take long.
// Each source has its own. Used by paced.ts, before each item.

/** What is alive at once has its price, also where an item costs next to nothing. */
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
/** So often it looks in as many items as were too slow the last time. */
const looksWhenSlow = 4

type BurstEngine = Pick<Engine, 'queuedBytes' | 'runtime' | 'inflow'>

export class Burst {
  #engine: BurstEngine
  #items = 0
  #bytes = 0
  #until = 0
  #itemsPerLook = itemsPerLook

  constructor(engine: BurstEngine) {
    this.#engine = engine
  }

  /** The event loop has just had its turn. */
  begin(): void {
    this.#items = 0
    this.#bytes = this.#engine.queuedBytes + bytesMax
    this.#until = this.#engine.runtime.clock.now() + msMax
  }

  /** Takes another item, or says that the event loop is due before that. */
  takeAnother(): boolean {
    if (this.#items === itemsMax || this.#engine.queuedBytes >= this.#bytes) {
      this.#itemsPerLook = itemsPerLook
      return false
    }
    this.#items += 1
    return this.#items % this.#itemsPerLook !== 0 || !this.#isOvertime()
  }

  /** Calls `goOn` once the event loop has had its turn; until then the producer knows that more comes. */
  pause(goOn: () => void): void {
    const { inflow, runtime } = this.#engine
    inflow.paused()
    runtime.clock.soon(() => {
      inflow.resumed()
      goOn()
    })
  }

  #isOvertime(): boolean {
    if (this.#engine.runtime.clock.now() < this.#until) return false
    const items = Math.ceil(this.#items / looksWhenSlow)
    this.#itemsPerLook = Math.min(itemsPerLook, items)
    return true
  }
}
