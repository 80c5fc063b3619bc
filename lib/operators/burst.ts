import type { Engine } from '../producer/engine.ts'

// How much one pull may bring in before the event loop runs. There are three limits, because a source may
// have too many items, too large items or too slow items. Each source has its own. Used by paced.ts, before
// each item.

/** Live objects cost time, even if an item costs almost nothing. */
const itemsMax = 1024
/**
 * Enough for a few batches in one request. With records of 1 KiB, half of it costs a tenth more, because
 * each request has its own cost.
 */
const bytesMax = 512 * 1024
/**
 * Both limits are reached in this time if an item costs a microsecond or two; a serializer may take much
 * longer.
 */
const msMax = 2
/** Reading the clock costs as much as a twentieth of a record. */
const itemsPerLook = 16
/** After a slow look, the clock is read so many times in that number of items. */
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

  /** The event loop has just run. */
  begin(): void {
    this.#items = 0
    this.#bytes = this.#engine.queuedBytes + bytesMax
    this.#until = this.#engine.runtime.clock.now() + msMax
  }

  /** Takes another item, or returns that the event loop must run first. */
  takeAnother(): boolean {
    if (this.#items === itemsMax || this.#engine.queuedBytes >= this.#bytes) {
      this.#itemsPerLook = itemsPerLook
      return false
    }
    this.#items += 1
    return this.#items % this.#itemsPerLook !== 0 || !this.#isOvertime()
  }

  /** Calls `goOn` once the event loop has run; until then the producer knows that more comes. */
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
