// Splits a broker connection's bytes into requests: [size:int32][that many bytes]. This is separate code,
// not the client's splitter: a test tool should not share the client's mistakes.

import { ProtocolError } from '../errors/protocol-error.ts'

/** `socket.request.max.bytes`. */
const frameBytesMax = 100 * 1024 * 1024

export class FrameReader {
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** How many bytes must have arrived before it is worth looking again. */
  #wanted = 4

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
  }

  /** The bytes that are not read yet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether `next` may return another request before more bytes come. */
  get mayHaveMore(): boolean {
    return this.#bytes >= this.#wanted
  }

  /** The next request without its size, if it is complete. */
  next(): Uint8Array | null {
    if (this.#bytes < this.#wanted) return null
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const size = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0)
    if (size < 0 || size > frameBytesMax) {
      throw new ProtocolError('INVALID_FRAME', `a request of ${size} bytes`)
    }
    const end = 4 + size
    const frame = this.#bytes >= end ? bytes.subarray(4, end) : null
    const rest = frame ? bytes.subarray(end) : bytes
    this.#chunks = rest.byteLength > 0 ? [rest] : []
    this.#bytes = rest.byteLength
    this.#wanted = frame ? 4 : end
    return frame
  }
}
