import { writeHeader } from '../records/batch-seal.ts'
import { BatchWriter } from '../records/batch-writer.ts'
import { type Codec, codecs } from '../records/compression.ts'
import { batchOverhead, recordOverheadMax, sizeUpperBound } from '../records/record-fields.ts'
import type { Compressor } from '../runtime.ts'
import type { Entry } from './batch.ts'
import { Fill } from './fill.ts'
import type { Memory } from './memory.ts'
import type { Ratio } from './ratio.ts'

// The bytes of one batch: records are written into a buffer that grows, which then is what is sent,
// or gives way to what compression makes of it.
// Invariants: what it has counts in buffer.memory from its birth until `release`, which is put off
// while another thread reads it; after `seal…` nothing is appended. Owned by batch.ts.

/** What all batches of a producer have in common. */
export interface BatchSettings {
  /** Bytes a batch may have, by estimate where it is compressed, unless it has one record only. */
  readonly batchSize: number
  readonly codec: Codec
  readonly compressionLevel: number | undefined
  /** Compresses what is large beside the main thread. Null or absent: nobody does. */
  readonly compressor?: Compressor | null
}

/** The parts of what was split get what they are given. */
const unbounded = new Fill(Number.POSITIVE_INFINITY, null)

export class BatchBytes {
  readonly writer: BatchWriter
  readonly memory: Memory
  /** How many records will probably come. */
  readonly expected: number
  /** Bytes it will have on the wire, as far as one could tell while it was filled. */
  estimate = batchOverhead
  /** How it is compressed, once it is. */
  codec: Codec = codecs.none
  #settings: BatchSettings
  #fill: Fill
  /** What is known of the topic's compression; null without one. */
  #ratio: Ratio | null
  /** What counts in buffer.memory; null once that was given back. */
  #buffer: Buffer | null
  #chunks: readonly [Buffer] | null = null
  /** Another thread reads what it has. */
  #isRead = false
  #isReleased = false

  constructor(
    settings: BatchSettings,
    memory: Memory,
    buffer: Buffer,
    ratio: Ratio | null,
    expected = 0,
  ) {
    this.expected = expected
    this.#settings = settings
    this.memory = memory
    this.#ratio = ratio
    this.#fill = new Fill(settings.batchSize, ratio)
    this.#buffer = buffer
    this.writer = new BatchWriter(buffer, expected)
  }

  /** Exactly `bytes` of memory, counted there, to be filled to the last of them. */
  sibling(bytes: number): BatchBytes {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.memory.adopt(buffer)
    const sibling = new BatchBytes(this.#settings, this.memory, buffer, this.#ratio)
    sibling.#fill = unbounded
    return sibling
  }

  /** Bytes it holds of buffer.memory. */
  get held(): number {
    return this.#buffer === null ? 0 : this.#buffer.length
  }

  /** Bytes it has now; while open, before compression. */
  get size(): number {
    if (this.#chunks !== null) return this.#chunks[0].length
    this.writer.finish()
    return this.writer.length
  }

  /** Whether it is to have no record more. */
  get isFull(): boolean {
    return this.#fill.isFull(this.writer.length)
  }

  /** What is to be sent; null where there is nothing yet, or nothing any more. */
  get chunks(): readonly Uint8Array[] | null {
    return this.#chunks
  }

  /** Appends a record, in a larger buffer if there is one; false where it does not fit any more. */
  append(entry: Entry): boolean {
    const { writer } = this
    const before = writer.length
    const fits =
      this.#put(entry) ||
      // Strings that waited to be written may have turned out longer: that moves the limit.
      (writer.length !== before && this.#put(entry)) ||
      (this.#growFor(entry) && this.#put(entry))
    if (fits) this.estimate = this.#fill.estimate(writer.length)
    return fits
  }

  /** Whether another thread can compress it, and that is worth the way. */
  get isForThreads(): boolean {
    const { codec, compressor } = this.#settings
    if (compressor == null || (codec.name !== 'gzip' && codec.name !== 'zstd')) return false
    return this.writer.length - batchOverhead >= compressor.bytesMin
  }

  /** Has another thread compress it, and then calls `sealed`, also where it was released meanwhile. */
  sealElsewhere(sealed: () => void): void {
    const { codec, compressor, compressionLevel: level } = this.#settings
    this.#isRead = true
    const name = codec.name as Parameters<Compressor['compress']>[0]
    compressor!.compress(name, this.writer.payload, level, (stream) => {
      this.#isRead = false
      if (this.#isReleased) this.release()
      else this.#seal(stream)
      sealed()
    })
  }

  /** Compresses it, if it is to be, and writes the header, all but who sends it. */
  sealNow(): void {
    const { codec, compressionLevel } = this.#settings
    this.#seal(codec.id === 0 ? null : codec.compress(this.writer.payload, compressionLevel))
  }

  /** Gives its memory back, as soon as no thread reads it; a second time changes nothing. */
  release(): void {
    this.#isReleased = true
    if (this.#buffer === null || this.#isRead) return
    this.memory.give(this.#buffer)
    this.#buffer = null
    this.#chunks = null
    this.writer.forget()
  }

  /** It came out too large for the broker. */
  tooLarge(): void {
    this.#ratio?.reset()
  }

  #put({ timestamp, key, value, headers }: Entry): boolean {
    const { writer } = this
    if (writer.count > 0) writer.limit = this.#fill.reach(writer.length)
    return writer.append(timestamp, key, value, headers)
  }

  /** Moves to a larger buffer, if the record can fit in one at all and there is memory for it. */
  #growFor({ key, value, headers }: Entry): boolean {
    const { buffer, length } = this.writer
    const reach = this.#fill.reach(length)
    const most = length + sizeUpperBound(key, value, headers) - batchOverhead
    if (buffer.length >= reach || most - recordOverheadMax > reach) return false
    const larger = this.memory.take(Math.min(most, reach))
    if (larger === null) return false
    this.memory.give(this.writer.moveTo(larger))
    this.#buffer = larger
    return true
  }

  /** What is sent is what compression made of it, where there is that and it helped. */
  #seal(stream: Uint8Array | null): void {
    if (stream !== null && this.#isTaken(stream)) return
    this.writer.finish()
    const { buffer, length } = this.writer
    writeHeader(buffer, this.writer, codecs.none.id, length - batchOverhead)
    this.#chunks = [buffer.subarray(0, length)]
  }

  /**
   * Into a buffer of exactly that size: codecs give views of larger ones, which would stay alive.
   * False where the codec makes more bytes than the batch holds: then it goes as it is.
   */
  #isTaken(stream: Uint8Array): boolean {
    const staging = this.writer.buffer
    this.#ratio?.observe(stream.length / this.writer.payload.length)
    const size = batchOverhead + stream.length
    if (size > staging.length) return false
    this.codec = this.#settings.codec
    const bytes = Buffer.allocUnsafeSlow(size)
    bytes.set(stream, batchOverhead)
    writeHeader(bytes, this.writer, this.codec.id, stream.length)
    this.#chunks = [bytes]
    this.writer.forget()
    this.memory.give(staging)
    this.memory.adopt(bytes)
    this.#buffer = bytes
    return true
  }
}
