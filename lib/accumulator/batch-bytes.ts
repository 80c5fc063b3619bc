import { writeHeader } from '../records/batch-seal.ts'
import { BatchWriter } from '../records/batch-writer.ts'
import { type Codec, codecs } from '../records/compression.ts'
import { batchOverhead, recordOverheadMax, sizeUpperBound } from '../records/record-fields.ts'
import type { Compressor } from '../runtime.ts'
import type { Entry } from './batch.ts'
import { Fill } from './fill.ts'
import type { Memory } from './memory.ts'
import type { Ratio } from './ratio.ts'

// The bytes of one batch. Records are written into a buffer that grows. That buffer is sent, or the
// compressed bytes replace it.
//
// Invariants: its bytes count in buffer.memory from its creation until `release`, which waits while another
// thread reads them. After `seal…` nothing is appended. Owned by batch.ts.
// while another thread reads it; after `seal…` nothing is appended. Owned by batch.ts.

/** What all batches of a producer share. */
export interface BatchSettings {
  /** The maximum bytes of a batch with more than one record; with compression, by estimate. */
  readonly batchSize: number
  readonly codec: Codec
  readonly compressionLevel: number | undefined
  /** Compresses large batches on other threads. Null or absent: all are compressed here. */
  readonly compressor?: Compressor | null
}

/** The parts of a split batch get the memory that they are given. */
const unbounded = new Fill(Number.POSITIVE_INFINITY, null)

export class BatchBytes {
  readonly writer: BatchWriter
  readonly memory: Memory
  /** The expected number of records. */
  readonly expected: number
  /** Its estimated bytes on the wire, as of the time when it was filled. */
  estimate = batchOverhead
  /** The codec, once it is compressed. */
  codec: Codec = codecs.none
  #settings: BatchSettings
  #fill: Fill
  /** What is known about the topic's compression; null without compression. */
  #ratio: Ratio | null
  /** The memory that counts in buffer.memory; null once it is returned. */
  #buffer: Buffer | null
  #chunks: readonly [Buffer] | null = null
  /** Another thread is reading its bytes. */
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

  /** Takes exactly `bytes` of buffer.memory, which will be filled completely. */
  sibling(bytes: number): BatchBytes {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.memory.adopt(buffer)
    const sibling = new BatchBytes(this.#settings, this.memory, buffer, this.#ratio)
    sibling.#fill = unbounded
    return sibling
  }

  /** The bytes that it holds of buffer.memory. */
  get held(): number {
    return this.#buffer === null ? 0 : this.#buffer.length
  }

  /** Its current bytes; while it is open, before compression. */
  get size(): number {
    if (this.#chunks !== null) return this.#chunks[0].length
    this.writer.finish()
    return this.writer.length
  }

  /** The bytes that certainly fit into its current buffer. */
  get free(): number {
    const { buffer, lengthMax } = this.writer
    return Math.min(buffer.length, this.#fill.reach(lengthMax)) - lengthMax
  }

  /** Whether it takes no more records. */
  get isFull(): boolean {
    return this.#fill.isFull(this.writer.length)
  }

  /** The bytes to send; null before they exist, and after they are released. */
  get chunks(): readonly Uint8Array[] | null {
    return this.#chunks
  }

  /** Appends a record, in a larger buffer if there is one; false if it does not fit any more. */
  append(entry: Entry): boolean {
    const { writer } = this
    const before = writer.length
    const fits =
      this.#put(entry) ||
      // Strings that waited to be written may have turned out longer, which moves the limit.
      (writer.length !== before && this.#put(entry)) ||
      (this.#growFor(entry) && this.#put(entry))
    if (fits) this.estimate = this.#fill.estimate(writer.length)
    return fits
  }

  /** Whether another thread can compress it, and the batch is large enough for that to pay. */
  get isForThreads(): boolean {
    const { codec, compressor } = this.#settings
    if (compressor == null || (codec.name !== 'gzip' && codec.name !== 'zstd')) return false
    return this.writer.length - batchOverhead >= compressor.bytesMin
  }

  /** Has another thread compress it, and then calls `sealed`, even if it was released meanwhile. */
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

  /** Compresses it, if there is a codec, and writes the header, except for the producer's fields. */
  sealNow(): void {
    const { codec, compressionLevel } = this.#settings
    this.#seal(codec.id === 0 ? null : codec.compress(this.writer.payload, compressionLevel))
  }

  /** Returns its memory as soon as no thread reads it; a second call has no effect. */
  release(): void {
    this.#isReleased = true
    if (this.#buffer === null || this.#isRead) return
    this.memory.give(this.#buffer)
    this.#buffer = null
    this.#chunks = null
    this.writer.forget()
  }

  /** The broker found it too large. */
  tooLarge(): void {
    this.#ratio?.reset()
  }

  #put({ timestamp, key, value, headers }: Entry): boolean {
    const { writer } = this
    if (writer.count > 0) writer.limit = this.#fill.reach(writer.length)
    return writer.append(timestamp, key, value, headers)
  }

  /** Moves to a larger buffer, if the record can fit into one and there is memory for it. */
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

  /** Sends the compressed bytes, if there are any and they are smaller. */
  #seal(stream: Uint8Array | null): void {
    if (stream !== null && this.#isTaken(stream)) return
    this.writer.finish()
    const { buffer, length } = this.writer
    writeHeader(buffer, this.writer, codecs.none.id, length - batchOverhead)
    this.#chunks = [buffer.subarray(0, length)]
  }

  /**
   * Copies into a buffer of exactly that size, because a codec's view would keep its larger buffer alive.
   * False if the compressed bytes are more than the batch holds: then it is sent uncompressed.
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
