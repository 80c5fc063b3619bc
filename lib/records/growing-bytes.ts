// Collects the blocks of a compressed stream in one buffer that grows. Invariant: the buffer is never
// larger than the limit, nor than twice its content plus the last requested room. The caller limits that
// room by what the block can hold, so many small blocks take no more than they decompress to. Called by
// lz4.ts and snappy.ts.

export class GrowingBytes {
  readonly #limitBytes: number
  #buffer = new Uint8Array(0)
  #length = 0

  /** At most `limitBytes` may be appended. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Everything that was appended, in a buffer that is at most twice as large. Nothing may follow. */
  finish(): Uint8Array {
    const isLoose = this.#buffer.length > 2 * this.#length
    return isLoose ? this.#written.slice() : this.#written
  }

  /** Throws a RangeError if `bytes` more would be too many. */
  expect(bytes: number): void {
    if (this.#length + bytes > this.#limitBytes) throw tooMany(this.#limitBytes)
  }

  /** A place for the next `bytesMax` bytes; shorter if the limit leaves less. */
  room(bytesMax: number): Uint8Array {
    const end = Math.min(this.#length + bytesMax, this.#limitBytes)
    if (end > this.#buffer.length) this.#grow(end)
    return this.#buffer.subarray(this.#length, end)
  }

  /** The first `bytes` of the place are written. */
  advance(bytes: number): void {
    this.#length += bytes
  }

  /** Appends a copy of `bytes`. Throws a RangeError if they are too many. */
  append(bytes: Uint8Array): void {
    this.expect(bytes.length)
    this.room(bytes.length).set(bytes)
    this.advance(bytes.length)
  }

  get #written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  #grow(end: number): void {
    const capacity = Math.min(Math.max(end, 2 * this.#buffer.length), this.#limitBytes)
    const larger = new Uint8Array(Buffer.allocUnsafeSlow(capacity).buffer)
    larger.set(this.#written)
    this.#buffer = larger
  }
}

function tooMany(limitBytes: number): RangeError {
  return new RangeError(`more than ${limitBytes} bytes`)
}
