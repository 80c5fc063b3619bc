// The estimated compression ratio of a topic, from its earlier batches. There is one for each topic of a
// producer, whose codec never changes. (Java keeps one for all producers of a process.) It rises quickly
// and falls slowly, because a batch that comes out too large must be split.
//
// Read by fill.ts when a batch begins, updated by batch.ts.

const step = { worse: 0.05, better: 0.005 } as const

export class Ratio {
  #value = 1

  /** Compressed bytes divided by raw bytes, both without the batch's header. */
  get value(): number {
    return this.#value
  }

  /**
   * A batch had this ratio. Only batches of a record or two are above 1, because the codec's frame makes
   * them larger. In Java, one such batch makes hundreds of later ones small.
   */
  observe(ratio: number): void {
    const observed = Math.min(1, ratio)
    if (observed > this.#value)
      this.#value = Math.min(1, Math.max(this.#value + step.worse, observed))
    else if (observed < this.#value) this.#value = Math.max(this.#value - step.better, observed)
  }

  /** A batch was too large for the broker: the estimate begins anew. */
  reset(): void {
    this.#value = 1
  }
}
