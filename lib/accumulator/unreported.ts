import type { CutToken } from '../model.ts'
import type { Batch } from './batch.ts'

// The batches whose results are not reported yet; parts replace the batch that was split. Those begun since
// the last flush are kept apart from those that a flush has seen, so the next flush need not look at these.
//
// Invariant: each of them holds its topic, once. Owned by accumulator.ts.

export class Unreported {
  #fresh = new Set<Batch>()
  #cut = new Set<Batch>()
  #awaited = 0

  /** The number of unreported batches. */
  get size(): number {
    return this.#fresh.size + this.#cut.size
  }

  /** How many of them have a record that comes from no paced source. */
  get awaited(): number {
    return this.#awaited
  }

  /** All of them, at this moment. */
  get all(): readonly Batch[] {
    return [...this.#cut, ...this.#fresh]
  }

  /** Adds a batch. It holds its topic until it is reported. */
  add(batch: Batch): void {
    if (batch.token === null) this.#fresh.add(batch)
    else this.#cut.add(batch)
    batch.place.of.hold()
  }

  /** It has a record whose caller may wait for the result. */
  await(batch: Batch): void {
    if (batch.isAwaited) return
    batch.isAwaited = true
    this.#awaited += 1
  }

  /** Removes a reported batch. */
  delete(batch: Batch): void {
    if (!this.#fresh.delete(batch) && !this.#cut.delete(batch)) return
    if (batch.isAwaited) this.#awaited -= 1
    batch.place.of.release()
  }

  /** Gives `token` to the batches begun since the last cut: those that hold no earlier one. */
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
