// Keeps the account of buffer.memory: the bytes that batches hold, and the free buffers for the next ones.
//
// Invariant: held + pooled ≤ limit whenever no call is running. Batches have `held` bytes, free buffers
// `pooled`. A buffer counts from take() or adopt() until give(), which is called once, when nothing reads
// or writes it any more.
// A small part of the limit is reserved for batches that must be split, because the parts need a few bytes
// more than the whole. It is available even if all other records wait for memory.
// While a record waits (`isSpokenFor`), take() gives nothing to other records, so returned memory adds up
// until it is enough for that one. stages/accumulate.ts sets the flag. Used by accumulator.ts and batch.ts;
// knows nothing of records.

import { isError } from '../errors/is-error.ts'

/** The smallest buffer: ten thousand quiet partitions cost ten megabytes, not ten times 16 KiB each. */
const smallest = 1024

/** Free buffers kept while nothing is outstanding: enough for streams that send occasionally. */
const restBytes = 256 * 1024

/** The reserve is at most this part of the limit. */
const reservePart = 32

/** The limits of a {@link Memory}. */
export interface MemoryOptions {
  /** `buffer.memory`, in bytes. */
  readonly limit: number
  readonly batchSize: number
  /** The maximum size of a batch before compression; more than `batch.size` with compression. */
  readonly largest?: number | undefined
}

/** Keeps the account of buffer.memory, and the free buffers. */
export class Memory {
  readonly limit: number
  /** A record waits for memory, and another one asks. */
  isSpokenFor = false
  #batchSize: number
  #largest: number
  #reserve: number
  #held = 0
  #pooled = 0
  #free = new Map<number, Buffer[]>()
  #isOver = false
  #refusal: RangeError | null = null

  /** Sizes double up to `batch.size`, and on up to `largest`; without it, `batch.size` is the largest. */
  constructor({ limit, batchSize, largest = batchSize }: MemoryOptions) {
    this.limit = limit
    this.#batchSize = batchSize
    this.#largest = largest
    this.#reserve = Math.min(batchSize, Math.floor(limit / reservePart))
  }

  /** The bytes that batches use. */
  get held(): number {
    return this.#held
  }

  /** The bytes of free buffers. */
  get pooled(): number {
    return this.#pooled
  }

  /** The bytes that take() can return: all of them if no batch uses any, otherwise without the reserve. */
  get available(): number {
    if (this.isSpokenFor) return 0
    return this.#held === 0 ? this.limit : Math.max(0, this.limit - this.#reserve - this.#held)
  }

  /**
   * Returns a buffer of at least `needed` bytes, with arbitrary contents. Returns null if there is no room, if other
   * records wait, or if the process cannot allocate memory (`takeRefusal`). Up to `largest` the sizes double; a larger
   * buffer has exactly the size that was asked for.
   */
  take(needed: number): Buffer | null {
    this.#refusal = null
    const size = this.sizeFor(needed)
    if (size > this.available) return null
    const free = this.#free.get(size)?.pop()
    if (free !== undefined) {
      this.#pooled -= size
      this.#held += size
      return free
    }
    this.#makeRoom(size)
    const made = this.#make(size)
    if (made !== null) this.#held += size
    return made
  }

  /**
   * Returns the error of the last allocation that failed, once; null if it did not fail.
   */
  takeRefusal(): RangeError | null {
    const refusal = this.#refusal
    this.#refusal = null
    return refusal
  }

  /** Takes back a buffer that is no longer used. */
  give(buffer: Buffer): void {
    const size = buffer.length
    this.#held -= size
    if (this.#isOver || !this.#isPooledSize(size)) return
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [buffer])
    else free.push(buffer)
    this.#pooled += size
  }

  /**
   * Nothing is outstanding: releases the free buffers of a burst, except for a few. Otherwise a producer
   * that has sent to ten thousand partitions would keep ten megabytes of them.
   */
  rest(): void {
    if (this.#pooled > restBytes) this.#letGo(restBytes)
  }

  /**
   * Nothing is taken any more: releases the free buffers, and keeps no returned one. An error of a closed
   * producer refers, by its stack, to everything that the producer refers to.
   */
  end(): void {
    this.#isOver = true
    this.#free.clear()
    this.#pooled = 0
  }

  /**
   * Counts a buffer that was made elsewhere. The caller returns at least as much in the same step, or
   * checks `held` and undoes its step.
   */
  adopt(buffer: Buffer): void {
    this.#held += buffer.length
    this.#makeRoom(0)
  }

  /** The size of the buffer that take(needed) returns. */
  sizeFor(needed: number): number {
    if (needed > this.#largest) return needed
    let size = needed > this.#batchSize ? this.#batchSize : smallest
    while (size < needed) size *= 2
    const most = needed > this.#batchSize ? this.#largest : this.#batchSize
    return Math.max(needed, Math.min(size, most, this.limit))
  }

  #isPooledSize(size: number): boolean {
    if (size >= this.#batchSize) {
      return size <= this.#largest && Number.isInteger(Math.log2(size / this.#batchSize))
    }
    return size >= smallest && Number.isInteger(Math.log2(size))
  }

  /** Releases free buffers if they, the held ones and a new one exceed the limit. */
  #makeRoom(size: number): void {
    const room = this.limit - size - this.#held
    if (this.#pooled > room) this.#letGo(room)
  }

  /** Releases free buffers, the largest first, until at most `most` bytes of them are left. */
  #letGo(most: number): void {
    const sizes = [...this.#free.keys()].sort((a, b) => b - a)
    for (const size of sizes) {
      const free = this.#free.get(size)!
      while (free.length > 0 && this.#pooled > most) {
        free.pop()
        this.#pooled -= size
      }
    }
  }

  #make(size: number): Buffer | null {
    try {
      return Buffer.allocUnsafeSlow(size)
    } catch (error) {
      // By its name: it may be of another realm, as in Jest.
      if (!isError(error) || error.name !== 'RangeError') throw error
      this.#refusal = error as RangeError
      return null
    }
  }
}
