import type { CutToken } from '../model.ts'
import type { Batch } from './batch.ts'

// Batches whose results are not reported yet, parts in place of what they were split from: begun since the
// last flush, and those that a flush has seen, so that the next need not look at them.
// Invariant: each of them holds its topic, once. Owned by accumulator.ts.

export class Unreported {
  #fresh = new Set<Batch>()
  #cut = new Set<Batch>()
  #awaited = 0

  /** How many there are. */
  get size(): number {
    return this.#fresh.size + this.#cut.size
  }

  /** How many of them have a record that is of no paced source. */
  get awaited(): number {
    return this.#awaited
  }

  /** All of them, as they are now. */
  get all(): readonly Batch[] {
    return [...this.#cut, ...this.#fresh]
  }

  /** Until it is reported its topic is needed. */
  add(batch: Batch): void {
    if (batch.token === null) this.#fresh.add(batch)
    else this.#cut.add(batch)
    batch.place.of.hold()
  }

  /** It has a record whose result somebody may wait for. */
  await(batch: Batch): void {
    if (batch.isAwaited) return
    batch.isAwaited = true
    this.#awaited += 1
  }

  /** It is reported. */
  delete(batch: Batch): void {
    if (!this.#fresh.delete(batch) && !this.#cut.delete(batch)) return
    if (batch.isAwaited) this.#awaited -= 1
    batch.place.of.release()
  }

  /** Has `token` held by those that hold no earlier one: the batches begun since the last cut. */
  cut(token: CutToken): ReadonlySet<Batch> {
    const batches = this.#fresh
    this.#fresh = new Set()
    for (const batch of batches) {
      this.#cut.add(batch)
      batch.join(token)
    }
    return batches
  }
}
