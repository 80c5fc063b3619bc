// How small a topic's batches come out of compression: an estimate from those before. One for each
// topic of a producer, whose codec is always the same. (Java keeps one for all producers of a process.)
// It rises quickly and falls slowly, for a batch that comes out too large has to be split.
// Asked by fill.ts when a batch begins, told by batch.ts what became of it.

const step = { worse: 0.05, better: 0.005 } as const

export class Ratio {
  #value = 1

  /** Compressed bytes to raw ones, the batch's header left out. */
  get value(): number {
    return this.#value
  }

  /**
   * A batch came to this ratio. Above 1 are only those of a record or two, whom the frame of the codec
   * makes larger: in Java one such batch makes hundreds of later ones small.
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
