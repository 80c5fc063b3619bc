import { ConnectionError } from '../errors/connection-error.ts'
import { ProtocolError } from '../errors/protocol-error.ts'

// Splits a stream of bytes into Kafka's frames, [size:int32][size bytes], however the chunks are cut. A
// frame inside one chunk is a view of it; a frame across chunks is copied together once. Memory is
// allocated for received bytes, never for an announced size. The first four bytes of a connection also show
// which protocol the other side speaks, if it is not Kafka's. One splitter per connection; after it has
// thrown, it cannot be used any more.

/** 100 MiB, a broker's own limit: larger than anything that a broker sends to a producer. */
const maxFrameBytes = 104_857_600
const sizeBytes = 4

export class FrameSplitter {
  #chunks: Uint8Array[] = []
  #held = 0
  /** The size of the current frame; -1 until it is known. */
  #size = -1
  #first = true
  readonly #from: string

  /** `from` is the sender of the bytes, as errors name it. */
  constructor(from: string) {
    this.#from = from
  }

  /** Takes received bytes. They are referred to until their frames have been taken. */
  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    this.#chunks.push(chunk)
    this.#held += chunk.byteLength
  }

  /** The next complete frame, without its size; null if more bytes are needed. */
  next(): Uint8Array | null {
    if (this.#size < 0) {
      if (this.#held < sizeBytes) return null
      this.#size = this.#sizeOf(this.#take(sizeBytes))
    }
    if (this.#held < this.#size) return null
    const frame = this.#take(this.#size)
    this.#size = -1
    return frame
  }

  #sizeOf(head: Uint8Array): number {
    const size = new DataView(head.buffer, head.byteOffset, sizeBytes).getInt32(0)
    const first = this.#first
    this.#first = false
    if (size >= 0 && size <= maxFrameBytes) return size
    const speaker = first ? speakerOf(head) : null
    if (speaker !== null) {
      throw new ConnectionError('NOT_KAFKA', `${this.#from} ${speaker}`, { address: this.#from })
    }
    throw new ProtocolError('INVALID_FRAME', `${this.#from} announced a frame of ${size} bytes`)
  }

  /** Takes `count` bytes, which must be there. */
  #take(count: number): Uint8Array {
    this.#held -= count
    const head = this.#chunks[0] ?? new Uint8Array(0)
    if (head.byteLength > count) {
      this.#chunks[0] = head.subarray(count)
      return head.subarray(0, count)
    }
    if (head.byteLength === count) {
      this.#chunks.shift()
      return head
    }
    return this.#gather(count)
  }

  #gather(count: number): Uint8Array {
    const whole = new Uint8Array(count)
    let filled = 0
    let used = 0
    while (filled < count) {
      const chunk = this.#chunks[used]!
      const part = chunk.subarray(0, count - filled)
      whole.set(part, filled)
      filled += part.byteLength
      if (part.byteLength === chunk.byteLength) used += 1
      else this.#chunks[used] = chunk.subarray(part.byteLength)
    }
    this.#chunks.splice(0, used)
    return whole
  }
}

/** What the first four bytes say about the other side, if they begin no Kafka answer. */
function speakerOf(head: Uint8Array): string | null {
  const [first = 0, second = 0] = head
  if ((first === 0x15 || first === 0x16) && second === 0x03) {
    return "speaks TLS, and this connection is plain: set 'security.protocol' to SSL or SASL_SSL, or use the plain port"
  }
  const text = String.fromCharCode(...head)
  if (text === 'HTTP') return 'speaks HTTP, not Kafka'
  if (/^[\x20-\x7e\r\n]+$/.test(text)) return `speaks text (${JSON.stringify(text)}…), not Kafka`
  return null
}
