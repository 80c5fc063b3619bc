// Writes Kafka's primitive types as bytes, big endian, into a buffer that grows.
//
// A message may contain foreign bytes (sealed record batches). Large ones are referenced instead of copied,
// so the result is a list: [own bytes, foreign chunks, own bytes, …]. Small ones are copied: each further
// chunk costs the socket a microsecond or more, and copying a few KiB costs a tenth of that. A value that
// its type cannot hold is refused, never cut. Called by the message codec.

import { ProtocolError } from '../errors/protocol-error.ts'
import { writeUuid } from './uuid.ts'
import { sizeOfUvarint, writeUvarint } from './varint.ts'

/** Foreign chunks of up to so many bytes are copied. */
const copiedMax = 4096

/** Bytes under construction; every write appends. */
export class Writer {
  /** The finished pieces and foreign chunks, in order. */
  readonly #done: Uint8Array[] = []
  #doneLength = 0
  /** The unfinished piece is `#buffer` from `#start` to `#position`. */
  #buffer: Buffer
  #start = 0
  #position = 0

  /** `capacity`: the initial room, in bytes. */
  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  /** All bytes so far, including the referenced ones. */
  get byteLength(): number {
    return this.#doneLength + this.#position - this.#start
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) throw unfit(value, 'int8')
    const at = this.#room(1)
    this.#buffer[at] = value
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) throw unfit(value, 'int16')
    this.#write16(value)
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) throw unfit(value, 'uint16')
    this.#write16(value)
  }

  int32(value: number): void {
    if ((value | 0) !== value) throw unfit(value, 'int32')
    this.#write32(value)
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) throw unfit(value, 'uint32')
    this.#write32(value)
  }

  int64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw unfit(value, 'int64')
    const at = this.#room(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#room(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uvarint(value: number): void {
    if (value >>> 0 !== value) throw unfit(value, 'unsigned varint')
    const at = this.#room(sizeOfUvarint(value))
    writeUvarint(this.#buffer, at, value)
  }

  /** A copy of `bytes`. */
  bytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#buffer.set(bytes, at)
  }

  /** Writes `text` in UTF-8, which takes `byteLength` bytes. */
  utf8(text: string, byteLength: number): void {
    const at = this.#room(byteLength)
    this.#buffer.write(text, at, byteLength, 'utf8')
  }

  /** An id of 22 characters of base64url as its sixteen bytes. */
  uuid(id: string): void {
    const at = this.#room(16)
    if (!writeUuid(this.#buffer, at, id)) throw unfit(id, 'uuid')
  }

  /** Adds `chunks` of `byteLength` bytes in total to the message; they must not change afterwards. */
  reference(chunks: readonly Uint8Array[], byteLength: number): void {
    if (byteLength <= copiedMax) {
      for (const chunk of chunks) this.bytes(chunk)
      return
    }
    this.#seal()
    for (const chunk of chunks) {
      if (chunk.length > 0) this.#done.push(chunk)
    }
    this.#doneLength += byteLength
  }

  /** The message so far. Later writes do not appear in it. */
  chunks(): Uint8Array[] {
    this.#seal()
    return [...this.#done]
  }

  #write16(value: number): void {
    const at = this.#room(2)
    const buffer = this.#buffer
    buffer[at] = value >>> 8
    buffer[at + 1] = value
  }

  #write32(value: number): void {
    const at = this.#room(4)
    const buffer = this.#buffer
    buffer[at] = value >>> 24
    buffer[at + 1] = value >>> 16
    buffer[at + 2] = value >>> 8
    buffer[at + 3] = value
  }

  /** Makes room for `length` bytes and returns where they go. */
  #room(length: number): number {
    const at = this.#position
    if (at + length > this.#buffer.length) return this.#grow(length)
    this.#position = at + length
    return at
  }

  /** Moves the unfinished piece into a buffer twice as large, and makes the room there. */
  #grow(length: number): number {
    const held = this.#position - this.#start
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, held + length))
    this.#buffer.copy(larger, 0, this.#start, this.#position)
    this.#buffer = larger
    this.#start = 0
    this.#position = held + length
    return held
  }

  #seal(): void {
    if (this.#start === this.#position) return
    this.#done.push(this.#buffer.subarray(this.#start, this.#position))
    this.#doneLength += this.#position - this.#start
    this.#start = this.#position
  }
}

function unfit(value: unknown, type: string): ProtocolError {
  return new ProtocolError('INVALID_VALUE', `${String(value)} is not a valid ${type}`)
}
