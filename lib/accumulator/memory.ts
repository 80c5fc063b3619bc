// buffer.memory: who holds how many bytes for batches, and the buffers that wait for the next one.
//
// Invariant: held + pooled ≤ limit, always. `held` is what batches have, `pooled` what lies free.
// A buffer that nobody may write any more comes back by give(), once; what is not a buffer of ours
// (a compressed batch) is counted by claim() and release().
// Used by accumulator.ts and batch.ts; knows nothing of records.

/** The smallest buffer: ten thousand quiet partitions cost ten megabytes, not ten times 16 KiB each. */
const smallest = 1024

export class Memory {
  readonly limit: number
  #batchSize: number
  #held = 0
  #pooled = 0
  #free = new Map<number, Buffer[]>()

  constructor({ limit, batchSize }: { limit: number; batchSize: number }) {
    this.limit = limit
    this.#batchSize = batchSize
  }

  /** Bytes that batches hold. */
  get held(): number {
    return this.#held
  }

  /** Bytes that a batch may still take. */
  get available(): number {
    return this.limit - this.#held
  }

  /**
   * A buffer of at least `needed` bytes, its contents arbitrary; null where the limit leaves no room.
   * Up to `batch.size` it comes in doubling sizes, beyond that in the size asked for.
   */
  take(needed: number): Buffer | null {
    const size = this.sizeFor(needed)
    if (size > this.available) return null
    const free = this.#free.get(size)?.pop()
    this.#held += size
    if (free !== undefined) {
      this.#pooled -= size
      return free
    }
    this.#makeRoom()
    return Buffer.allocUnsafeSlow(size)
  }

  /** Takes a buffer back that nobody writes or reads any more. */
  give(buffer: Buffer): void {
    const size = buffer.length
    this.#held -= size
    if (!this.#isPooledSize(size)) return
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [buffer])
    else free.push(buffer)
    this.#pooled += size
  }

  /** Counts bytes that were made elsewhere. Only for bytes that replace at least as many. */
  claim(bytes: number): void {
    this.#held += bytes
    this.#makeRoom()
  }

  release(bytes: number): void {
    this.#held -= bytes
  }

  /** The size of the buffer that take(needed) gives. */
  sizeFor(needed: number): number {
    if (needed > this.#batchSize) return needed
    let size = smallest
    while (size < needed) size *= 2
    return Math.min(size, this.#batchSize)
  }

  #isPooledSize(size: number): boolean {
    return size === this.#batchSize || (size < this.#batchSize && (size & (size - 1)) === 0)
  }

  /** Free buffers make way, largest first, where they and the held ones would exceed the limit. */
  #makeRoom(): void {
    if (this.#held + this.#pooled <= this.limit) return
    const sizes = [...this.#free.keys()].sort((a, b) => b - a)
    for (const size of sizes) {
      const free = this.#free.get(size)!
      while (free.length > 0 && this.#held + this.#pooled > this.limit) {
        free.pop()
        this.#pooled -= size
      }
    }
  }
}
