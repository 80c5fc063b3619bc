// Writes protobuf from its end to its beginning, in one buffer that grows. Only what telemetry needs.
// Invariant: earlier writes are behind later ones, without a gap.

const wire = { varint: 0, fixed64: 1, bytes: 2 } as const

/** Enough for the metrics of a producer with a few topics and brokers. */
const initialBytes = 16_384
const longest = { head: 10, number: 15 } as const

export class Backwards {
  #buffer = Buffer.allocUnsafe(initialBytes)
  #start = initialBytes

  /** The number of bytes written. */
  get at(): number {
    return this.#buffer.length - this.#start
  }

  /** All written bytes. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start)
  }

  /** Everything written since `at` becomes the content of this field. */
  head(field: number, at: number): void {
    const length = this.at - at
    this.#reserve(longest.head)
    this.#unsigned(length)
    this.#tag(field, wire.bytes)
  }

  text(field: number, value: string): void {
    const end = this.at
    const length = Buffer.byteLength(value)
    this.#reserve(length)
    this.#start -= length
    this.#buffer.write(value, this.#start)
    this.head(field, end)
  }

  varint(field: number, value: number): void {
    this.#reserve(longest.number)
    this.#unsigned(value)
    this.#tag(field, wire.varint)
  }

  /** Milliseconds since 1970, as nanoseconds. */
  moment(field: number, ms: number): void {
    this.#fixed()
    this.#buffer.writeBigUInt64LE(BigInt(Math.round(ms)) * 1_000_000n, this.#start)
    this.#tag(field, wire.fixed64)
  }

  double(field: number, value: number): void {
    this.#fixed()
    this.#buffer.writeDoubleLE(value, this.#start)
    this.#tag(field, wire.fixed64)
  }

  integer(field: number, value: number): void {
    this.#fixed()
    this.#buffer.writeBigInt64LE(BigInt(Math.trunc(value)), this.#start)
    this.#tag(field, wire.fixed64)
  }

  #fixed(): void {
    this.#reserve(longest.number)
    this.#start -= 8
  }

  #tag(field: number, type: number): void {
    this.#unsigned((field << 3) | type)
  }

  /** The lowest seven bits come first. */
  #unsigned(value: number): void {
    let length = 1
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1
    this.#start -= length
    let rest = value
    for (let index = 0; index < length; index += 1) {
      const more = index < length - 1 ? 0x80 : 0
      this.#buffer[this.#start + index] = (rest & 0x7f) | more
      rest = Math.floor(rest / 128)
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#start) return
    const written = this.bytes()
    this.#buffer = Buffer.allocUnsafe(2 * (this.#buffer.length + bytes))
    this.#start = this.#buffer.length - written.length
    this.#buffer.set(written, this.#start)
  }
}
