import type { KafkaError } from '../errors/kafka-error.ts'
import type { CutToken, Envelope, Feed, ProducerRecord } from '../model.ts'
import {
  BatchWriter,
  batchOverhead,
  type Stamp,
  writeHeader,
  writeStamp,
} from '../records/batch-writer.ts'
import { type Codec, codecs } from '../records/compression.ts'
import type { Memory } from './memory.ts'

// One record batch, from its first record to the result of all: what is in it, whose it is, and the
// bytes it holds. Its records are a few arrays side by side, not an object each: a batch outlives
// the collector's young generation, and what is alive at once decides the speed.
//
//   open ──► closed ──► inFlight ──► acked
//     │        │ ▲         │ │ └───► split (its parts go on in its place)
//     │        │ └─ retry ─┘ │
//     └────────┴─────────────┴─────► failed
//
// Invariant: bytes are held from the first record until the result is given *and* no connection
// refers to them any more (`onWire`): a batch that expires in flight keeps its bytes till then.

export type BatchState = 'open' | 'closed' | 'inFlight' | 'acked' | 'failed' | 'split'

const next: Readonly<Record<BatchState, readonly BatchState[]>> = {
  open: ['closed', 'failed'],
  closed: ['inFlight', 'failed'],
  inFlight: ['closed', 'acked', 'failed', 'split'], // to closed: a retry keeps bytes and number
  acked: [],
  failed: [],
  split: [],
}

/** What a batch needs to know of a record. */
export type Entry = Pick<
  Envelope,
  'original' | 'feed' | 'ticket' | 'timestamp' | 'key' | 'value' | 'headers' | 'token'
>

/** What all batches of a producer have in common. */
export interface BatchSettings {
  /** Bytes a batch may have, header included, unless it has one record only. */
  readonly batchSize: number
  readonly codec: Codec
  readonly compressionLevel: number | undefined
}

export class Batch {
  readonly topic: string
  readonly partition: number
  /** Monotonic: when its first record was accepted. Linger and delivery.timeout.ms count from it. */
  readonly createdAt: number
  readonly records: ProducerRecord[] = []
  readonly feeds: Feed[] = []
  readonly tickets: unknown[] = []
  readonly timestamps: number[] = []
  readonly keySizes: number[] = []
  readonly valueSizes: number[] = []

  /** It may go although it is not full: it has lingered, or is wanted. */
  due = false
  /** How often it was handed to a connection. */
  attempts = 0
  /** An attempt may have reached the log without anybody saying so. */
  doubt = false
  /** Not before this monotonic time again; what a retry waits for. */
  notBefore = 0
  /** The number it was sent under; null until then. */
  stamp: Stamp | null = null
  /** The leader epoch it was sent to last. */
  leaderEpoch = -1
  /** What the last attempt failed with. */
  lastError: KafkaError | null = null
  /** What it was split into; it is settled when they are. */
  parts: readonly Batch[] | null = null
  /** Flushes that wait for it. */
  tokens: CutToken[] | null = null
  /** Where it lies in its partition's log, once acknowledged; -1 where nobody knows. */
  baseOffset = -1
  /** The broker's timestamp for all its records; -1 where they keep their own. */
  logAppendTime = -1

  #state: BatchState = 'open'
  #settings: BatchSettings
  #memory: Memory
  #writer: BatchWriter
  #chunks: readonly Uint8Array[] | null = null
  #held: number
  #onWire = false

  constructor(
    place: { readonly topic: string; readonly partition: number },
    settings: BatchSettings,
    memory: Memory,
    buffer: Buffer,
    now: number,
  ) {
    this.topic = place.topic
    this.partition = place.partition
    this.createdAt = now
    this.#settings = settings
    this.#memory = memory
    this.#writer = new BatchWriter(buffer)
    this.#held = buffer.length
  }

  get state(): BatchState {
    return this.#state
  }

  get settled(): boolean {
    if (this.parts !== null) return this.parts.every((part) => part.settled)
    return this.#state === 'acked' || this.#state === 'failed'
  }

  get count(): number {
    return this.#writer.count
  }

  /** Whether a connection refers to its bytes. */
  get onWire(): boolean {
    return this.#onWire
  }

  /** Bytes it holds of buffer.memory. */
  get held(): number {
    return this.#held
  }

  /** Bytes it has now, as it would go on the wire; while open and compressed, before compression. */
  get size(): number {
    if (this.#chunks === null) return this.#writer.length
    let size = 0
    for (const chunk of this.#chunks) size += chunk.length
    return size
  }

  /** Bytes it has or had before compression, header included. */
  get rawSize(): number {
    return this.#writer.length
  }

  /** The bytes to send; they are there once it is closed, and until it is settled and off the wire. */
  get chunks(): readonly Uint8Array[] {
    if (this.#chunks === null)
      throw new Error(`a batch that is ${this.#state} has no bytes to send`)
    return this.#chunks
  }

  /** Appends a record, in a larger buffer if there is one; false where it does not fit any more. */
  append(envelope: Entry): boolean {
    const { timestamp, key, value, headers } = envelope
    while (!this.#writer.append(timestamp, key, value, headers)) {
      if (!this.#grow()) return false
    }
    this.records.push(envelope.original)
    this.feeds.push(envelope.feed)
    this.tickets.push(envelope.ticket)
    this.timestamps.push(timestamp)
    this.keySizes.push(this.#writer.keySize)
    this.valueSizes.push(this.#writer.valueSize)
    if (envelope.token !== null) this.join(envelope.token)
    return true
  }

  /** A flush waits for this batch too. */
  join(token: CutToken): void {
    this.tokens ??= []
    if (this.tokens.includes(token)) return
    token.hold()
    this.tokens.push(token)
  }

  /** No more records: compresses them and writes the header, all but who sends it. */
  close(): void {
    this.#move('closed')
    const { codec, compressionLevel } = this.#settings
    if (codec.id === 0 || !this.#compress(codec, compressionLevel)) this.#seal(codecs.none)
  }

  /** Handed to a connection under this number, in the same step in which the bytes are. */
  depart(stamp: Stamp, leaderEpoch: number): void {
    this.#move('inFlight')
    this.attempts += 1
    this.leaderEpoch = leaderEpoch
    this.stamp = stamp
    this.#onWire = true
    writeStamp(this.chunks, stamp)
  }

  /** The connection that had it is done with it: its request was answered, or it is closed. */
  landed(): void {
    this.#onWire = false
    if (this.settled) this.#release()
  }

  /** To be sent again, not before that time. Its bytes and its number stay. */
  retry(notBefore: number): void {
    this.#move('closed')
    this.notBefore = notBefore
  }

  acknowledge(baseOffset: number, logAppendTime: number): void {
    this.#move('acked')
    this.baseOffset = baseOffset
    this.logAppendTime = logAppendTime
    if (!this.#onWire) this.#release()
  }

  fail(): void {
    this.#move('failed')
    if (!this.#onWire) this.#release()
  }

  /** Its parts go on in its place, and whoever flushes waits for them. */
  splitInto(parts: readonly Batch[]): void {
    this.#move('split')
    this.parts = parts
    for (const part of parts) {
      part.doubt = this.doubt
      for (const token of this.tokens ?? []) part.join(token)
    }
    this.#release()
    this.reported()
  }

  /** A batch of the same partition and age, in exactly `bytes` of memory. */
  sibling(bytes: number): Batch {
    this.#memory.claim(bytes)
    const buffer = Buffer.allocUnsafeSlow(bytes)
    return new Batch(this, this.#settings, this.#memory, buffer, this.createdAt)
  }

  /** Its results are given: whoever flushes need not wait for it, and nobody needs its records. */
  reported(): void {
    for (const column of [this.records, this.feeds, this.tickets]) column.length = 0
    if (this.tokens === null) return
    for (const token of this.tokens) token.release()
    this.tokens = null
  }

  #move(to: BatchState): void {
    if (!next[this.#state].includes(to)) {
      throw new Error(
        `a batch of ${this.topic}-${this.partition} can't go from ${this.#state} to ${to}`,
      )
    }
    this.#state = to
  }

  #grow(): boolean {
    const capacity = this.#writer.buffer.length
    if (capacity >= this.#settings.batchSize) return false
    const larger = this.#memory.take(capacity * 2)
    if (larger === null) return false
    this.#memory.give(this.#writer.moveTo(larger))
    this.#held = larger.length
    return true
  }

  #seal(codec: Codec): void {
    const { buffer, length } = this.#writer
    writeHeader(buffer, this.#writer, codec.id, length - batchOverhead)
    this.#chunks = [buffer.subarray(0, length)]
  }

  /** False where the codec makes more bytes than the batch holds: then it goes as it is. */
  #compress(codec: Codec, level: number | undefined): boolean {
    const staging = this.#writer.buffer
    const payload = codec.compress(this.#writer.payload, level)
    const held = batchOverhead + payload.length
    if (held > staging.length) return false
    const header = Buffer.allocUnsafe(batchOverhead)
    writeHeader(header, this.#writer, codec.id, payload.length)
    this.#chunks = [header, payload]
    this.#memory.give(staging)
    this.#memory.claim(held)
    this.#held = held
    return true
  }

  #release(): void {
    if (this.#held === 0) return
    const compressed = this.#chunks !== null && this.#chunks.length > 1
    if (compressed) this.#memory.release(this.#held)
    else this.#memory.give(this.#writer.buffer)
    this.#held = 0
    this.#chunks = null
    this.#writer.forget()
  }
}
