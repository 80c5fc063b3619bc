// Reads Kafka's primitive types from bytes, front to back, big endian.
//
// Invariant: every read checks the end first, so whatever the bytes are, only a ProtocolError is thrown.
// Views and strings refer to the caller's bytes; nothing is copied. Called by the message codec, the record
// batch reader and the frame splitter.

import { ProtocolError } from '../errors/protocol-error.ts'
import { readUuid } from './uuid.ts'

/** A position in some bytes, which every read advances. */
export class Reader {
  readonly #bytes: Buffer
  /** The same bytes, for reads that V8 does faster this way; made when needed. */
  #view: DataView | null = null
  readonly #end: number
  #position: number

  /** Reads `bytes` from index `start` up to (not including) `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = start
    this.#end = end
  }

  /** The index, in the bytes given, that is read next. */
  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.#end - this.#position
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return (this.#uint8() << 24) >> 24
  }

  int16(): number {
    return (this.uint16() << 16) >> 16
  }

  uint16(): number {
    const at = this.#take(2)
    const bytes = this.#bytes
    return (bytes[at]! << 8) | bytes[at + 1]!
  }

  int32(): number {
    const at = this.#take(4)
    const bytes = this.#bytes
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  int64(): bigint {
    const at = this.#take(8)
    // Buffer's own method combines a bigint from four others.
    this.#view ??= viewOf(this.#bytes)
    return this.#view.getBigInt64(at)
  }

  float64(): number {
    const at = this.#take(8)
    return this.#bytes.readDoubleBE(at)
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    let byte = this.#uint8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      byte = this.#uint8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    byte = this.#uint8()
    if (byte > 0x0f) throw invalid('a varint of more than 32 bits', this.#position - 5)
    return (value | (byte << 28)) >>> 0
  }

  /** A zigzag varint: int32. */
  varint(): number {
    const zigzag = this.uvarint()
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  /** A zigzag varint of 64 bits; refused if a number cannot represent it exactly. */
  varlong(): number {
    const start = this.#position
    let byte = this.#uint8()
    const negative = (byte & 1) === 1
    // In zigzag, the lowest bit is the sign; the rest is n, or -n - 1 for negative numbers.
    let magnitude = (byte & 0x7f) >>> 1
    let unit = 64
    for (let bytes = 1; byte >= 0x80; bytes++) {
      if (bytes === 10) throw invalid('a varint of more than 64 bits', start)
      byte = this.#uint8()
      magnitude += (byte & 0x7f) * unit
      unit *= 128
    }
    if (magnitude > Number.MAX_SAFE_INTEGER) throw invalid('a number beyond 2^53', start)
    return negative ? -magnitude - 1 : magnitude
  }

  /** A view of the next `length` bytes. It is valid as long as the bytes that are read. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, length)
  }

  /** The next `length` bytes as text; invalid UTF-8 becomes U+FFFD, as in Java. */
  utf8(length: number): string {
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** Sixteen bytes as Kafka writes an id: 22 characters of base64url. */
  uuid(): string {
    return readUuid(this.#bytes, this.#take(16))
  }

  skip(length: number): void {
    this.#take(length)
  }

  #uint8(): number {
    return this.#bytes[this.#take(1)]!
  }

  #take(length: number): number {
    const at = this.#position
    if (length > this.#end - at) throw truncated(length, at, this.#end - at)
    if (length < 0) throw invalid(`a length of ${length}`, at)
    this.#position = at + length
    return at
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

function truncated(wanted: number, at: number, left: number): ProtocolError {
  return new ProtocolError('TRUNCATED', `${wanted} bytes are needed at ${at}, but ${left} are left`)
}

function invalid(what: string, at: number): ProtocolError {
  return new ProtocolError('INVALID_VALUE', `${what} at ${at}`)
}
