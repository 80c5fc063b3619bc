import type { KafkaError } from '../errors/kafka-error.ts'
import type { CutToken, Envelope } from '../model.ts'
import { type Stamp, writeStamp } from '../records/batch-seal.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { BatchBytes } from './batch-bytes.ts'
import { Roll } from './roll.ts'
import type { Staging } from './staging.ts'
import { Unreadable } from './unreadable.ts'

// One record batch, from its first record to its last result: its records (roll.ts), its bytes
// (batch-bytes.ts) and its state.
//
//   open ──► closed ──► inFlight ──► acked
//    │ │      ▲ │ ▲         │ │ └───► split (its parts go on in its place)
//    │ └► compressing       │ │
//    │        │ │ └─ retry ─┘ │
//    └────────┴─┴─────────────┴─────► failed
//
// Invariant: it holds its bytes from the first record until the result is emitted *and* nothing refers to
// them any more: no connection (`onWire`) and no compressing thread. So a batch that expires in flight, or
// while it is compressed, keeps its bytes until then.

/** The state of a batch. `closed`: it is ready to be sent, or to be sent again. */
export type BatchState =
  | 'open'
  | 'compressing'
  | 'closed'
  | 'inFlight'
  | 'acked'
  | 'failed'
  | 'split'

interface Transition {
  readonly from: readonly BatchState[]
  readonly to: BatchState
}

const transitions = {
  close: { from: ['open'], to: 'closed' },
  compress: { from: ['open'], to: 'compressing' },
  compressed: { from: ['compressing'], to: 'closed' },
  depart: { from: ['closed'], to: 'inFlight' },
  retry: { from: ['inFlight'], to: 'closed' }, // it keeps its bytes and its number
  acknowledge: { from: ['inFlight'], to: 'acked' },
  fail: { from: ['open', 'compressing', 'closed', 'inFlight'], to: 'failed' },
  split: { from: ['inFlight'], to: 'split' },
} as const satisfies Record<string, Transition>

/** The part of a record that a batch needs. */
export type Entry = Pick<
  Envelope,
  'original' | 'feed' | 'ticket' | 'timestamp' | 'key' | 'value' | 'headers' | 'token'
>

/** The events of a batch, for the accumulator, which keeps a list of the batches without a result. */
export interface BatchEvents {
  /** The batch was created as a part of another one. */
  began(batch: Batch): void
  /** The number of batches that wait to be sent has changed. */
  waits(batch: Batch, change: 1 | -1): void
  /** The results are emitted, or the parts replace the batch. */
  reported(batch: Batch): void
  /** Another thread has compressed the batch, which may have failed meanwhile. */
  compressed(batch: Batch): void
}

/** One record batch of one partition. */
export class Batch {
  readonly topic: string
  readonly partition: number
  readonly place: PartitionState
  /** Monotonic: when its first record was accepted. Linger and delivery.timeout.ms count from it. */
  readonly createdAt: number
  #roll: Roll

  /** It may be sent although it is not full, because of `linger.ms` or a flush. */
  due = false
  /** How often it was sent. */
  attempts = 0
  /** An attempt may be in the log, or may still get there (`persisted`). It never becomes false again. */
  doubt = false
  /** No later answer has confirmed that it is not in the log, so it must keep its sequence number. */
  undecided = false
  /** The monotonic time before which it is not sent again. */
  notBefore = 0
  /** How often it was sent again without a pause, because its partition had a new leader. */
  hurries = 0
  /** The producer id, epoch and sequence number; null until it is sent. */
  stamp: Stamp | null = null
  /** The newest leader epoch that it was sent to; -1 if none was known. */
  leaderEpoch = -1
  /** The error of the last attempt. */
  lastError: KafkaError | null = null
  /** The parts that it was split into. It is settled when they are. */
  parts: readonly Batch[] | null = null
  /** The earliest flush that waits for it. Later ones wait for that one. */
  token: CutToken | null = null
  /** Its offset in the partition's log, after the acknowledgement; -1 if it is unknown. */
  baseOffset = -1
  /** The broker's timestamp for all records; -1 if they keep their own. */
  logAppendTime = -1
  /** It has a record that is not of a paced source, so that its caller may be waiting for the result. */
  isAwaited = false
  /** How many of its records have got their result, in order. */
  told = 0

  #state: BatchState = 'open'
  #events: BatchEvents
  #bytes: BatchBytes
  #onWire = false
  /** Where its records may wait to be written; null if each is written at once. */
  #staging: Staging | null
  /** Whether some may be there now. */
  #isStaging = false

  constructor(
    place: PartitionState,
    bytes: BatchBytes,
    now: number,
    events: BatchEvents = nobody,
    staging: Staging | null = null,
  ) {
    this.topic = place.topic
    this.partition = place.partition
    this.place = place
    this.createdAt = now
    this.#events = events
    this.#bytes = bytes
    this.#roll = new Roll(bytes.expected)
    this.#staging = staging
    events.waits(this, 1)
  }

  /** The state. */
  get state(): BatchState {
    return this.#state
  }

  /** Whether its result is known. */
  get settled(): boolean {
    if (this.parts !== null) return this.parts.every((part) => part.settled)
    return this.#state === 'acked' || this.#state === 'failed'
  }

  /** The number of records. */
  get count(): number {
    this.#write()
    return this.#bytes.writer.count
  }

  /** The records, until their results are reported. */
  get roll(): Roll {
    this.#write()
    return this.#roll
  }

  /** The lowest version of Produce that can carry its codec. */
  get produceVersionMin(): number {
    return this.#bytes.codec.produceVersionMin
  }

  /** Whether a connection still uses its bytes. */
  get onWire(): boolean {
    return this.#onWire
  }

  /** The bytes that it uses of buffer.memory. */
  get held(): number {
    return this.#bytes.held
  }

  /** Its current size on the wire, in bytes; while it is open, before compression. */
  get size(): number {
    this.#write()
    return this.#bytes.size
  }

  /** The estimated size on the wire, in bytes. */
  get estimate(): number {
    const staged = this.#isStaging ? this.#staging!.bytesOf(this.partition) : 0
    return this.#bytes.estimate + staged
  }

  /** Whether it takes no more records. */
  get isFull(): boolean {
    return this.#bytes.isFull
  }

  /** The size before compression, in bytes, including the header. */
  get rawSize(): number {
    this.#write()
    this.#bytes.writer.finish()
    return this.#bytes.writer.length
  }

  /** The size of its largest record before compression, in bytes. */
  get largestRecord(): number {
    return this.#bytes.writer.largestRecord
  }

  /** The bytes to send; they are there once it is closed, and until it is settled and off the wire. */
  get chunks(): readonly Uint8Array[] {
    const { chunks } = this.#bytes
    if (chunks === null) throw new Error(`a batch that is ${this.#state} has no bytes to send`)
    return chunks
  }

  /**
   * Appends a record, in a larger buffer if there is one; false if it does not fit any more. Throws
   * `Unreadable` if its bytes cannot be read; the batch is then unchanged.
   */
  append(envelope: Entry): boolean {
    this.#write()
    try {
      if (!this.#bytes.append(envelope)) return false
    } catch (cause) {
      throw new Unreadable(cause)
    }
    this.#roll.add(envelope)
    if (envelope.token !== null) this.join(envelope.token)
    return true
  }

  /** Records may be staged for it until it is read or written to, as many as certainly fit. */
  stage(): void {
    if (this.#staging === null) return
    this.#isStaging = true
    const { writer, free } = this.#bytes
    this.#staging.open(this.partition, writer.count, writer.baseTimestamp, free)
  }

  /** Writes the records that are staged for it. It gets no more of them. */
  unstage(): void {
    this.#write()
    this.#staging = null
  }

  /** Appends its first record. If that cannot be read, the batch has failed and holds no memory. */
  begin(envelope: Entry): void {
    let fits = false
    try {
      fits = this.append(envelope)
    } finally {
      if (!fits) this.fail()
    }
    if (!fits) throw new Error('a new batch has no room for its first record')
  }

  /** The bytes of a record's key; -1 without a key. */
  keySizeOf(index: number): number {
    return this.#bytes.writer.facts.keySizeOf(index)
  }

  /** The bytes of a record's value; -1 for a tombstone. */
  valueSizeOf(index: number): number {
    return this.#bytes.writer.facts.valueSizeOf(index)
  }

  /** Milliseconds since 1970: the record's own timestamp, or the time when it was accepted. */
  timestampOf(index: number): number {
    const { baseTimestamp, facts } = this.#bytes.writer
    return baseTimestamp + facts.deltaOf(index)
  }

  /** A flush also waits for this batch. */
  join(token: CutToken): void {
    const { token: held } = this
    if (held !== null && held.order <= token.order) return
    token.hold()
    this.token = token
    held?.release()
  }

  /**
   * Takes no more records: it is compressed, and gets its header, except for the producer's fields. While
   * another thread compresses it, it is `compressing`.
   */
  close(): void {
    this.unstage()
    if (!this.#bytes.isForThreads) {
      this.closeNow()
      return
    }
    this.#move('compress')
    this.#bytes.sealElsewhere(() => {
      if (this.#state === 'compressing') this.#move('compressed')
      this.#events.compressed(this)
    })
  }

  /** As `close`, but on this thread, so its bytes exist afterwards. */
  closeNow(): void {
    this.unstage()
    this.#move('close')
    this.#bytes.sealNow()
  }

  /** It is handed to a connection under this number, in the same step as its bytes. */
  depart(stamp: Stamp, leaderEpoch: number): void {
    this.#move('depart')
    this.attempts += 1
    // Never lowered: a leader without an epoch, or with an old one, makes no later leader newer.
    if (leaderEpoch > this.leaderEpoch) this.leaderEpoch = leaderEpoch
    this.stamp = stamp
    this.#onWire = true
    writeStamp(this.chunks, stamp)
  }

  /** Its connection has finished with it: the request was answered, or the connection is closed. */
  landed(): void {
    this.#onWire = false
    if (this.settled) this.#release()
  }

  /** It is to be sent again, not before that time. It keeps its bytes and its number. */
  retry(notBefore: number): void {
    this.#move('retry')
    this.notBefore = notBefore
  }

  /** It is in the log, at that offset (-1: the offset is unknown). */
  acknowledge(baseOffset: number, logAppendTime: number): void {
    this.#move('acknowledge')
    this.baseOffset = baseOffset
    this.logAppendTime = this.#isNewestTime(logAppendTime) ? -1 : logAppendTime
    if (!this.#onWire) this.#release()
  }

  /**
   * If a broker already has the batch, and the topic keeps the records' own times, it answers with the
   * newest record's time instead of -1: 1. The answer to the first attempt is lost. 2. The batch is sent
   * again. 3. The answer has a time that the log gave to no record. Java takes it for the broker's.
   */
  #isNewestTime(logAppendTime: number): boolean {
    return this.attempts > 1 && logAppendTime === this.#bytes.writer.maxTimestamp
  }

  /** It fails. */
  fail(): void {
    this.unstage()
    this.#move('fail')
    if (!this.#onWire) this.#release()
  }

  /**
   * Its parts replace it, and flushes that wait for it wait for them. False if buffer.memory has no room
   * for them, even if only the second header is too much: then they are dropped, and nothing has changed.
   */
  splitInto(parts: readonly Batch[]): boolean {
    const { memory } = this.#bytes
    if (memory.held - this.held > memory.limit) {
      for (const part of parts) part.fail()
      return false
    }
    this.#move('split')
    this.parts = parts
    this.#bytes.tooLarge()
    for (const part of parts) {
      part.doubt = this.doubt
      part.undecided = this.undecided
      part.lastError = this.lastError
      if (this.token !== null) part.join(this.token)
      this.#events.began(part)
    }
    this.#release()
    this.reported()
    return true
  }

  /** A batch of the same partition and age, in exactly `bytes` of memory. */
  sibling(bytes: number): Batch {
    return new Batch(this.place, this.#bytes.sibling(bytes), this.createdAt, this.#events)
  }

  /** Its results are reported: flushes need not wait for it, and its records are released. */
  reported(): void {
    const { token } = this
    // Other objects may refer to the batch for a while, but not to its contents.
    this.#roll.clear()
    this.#bytes.writer.facts.clear()
    this.token = null
    this.#events.reported(this)
    token?.release()
  }

  #move(name: keyof typeof transitions): void {
    const { from, to }: Transition = transitions[name]
    if (!from.includes(this.#state)) {
      throw new Error(`a batch of ${this.topic}-${this.partition} is ${this.#state}: no ${name}`)
    }
    const waited = isWaiting(this.#state)
    this.#state = to
    if (isWaiting(to) !== waited) this.#events.waits(this, waited ? -1 : 1)
  }

  #write(): void {
    if (!this.#isStaging) return
    const { estimate } = this
    this.#isStaging = false
    for (let entry = this.#staging!.take(this.partition); entry !== null; ) {
      const { neighbour }: Envelope = entry
      entry.neighbour = null
      if (!this.#bytes.append(entry)) throw new Error('a batch has no room for what was staged')
      this.#roll.add(entry)
      entry = neighbour
    }
    // The callers have counted this. If its strings are longer, that counts with the next record.
    this.#bytes.estimate = estimate
  }

  #release(): void {
    this.#bytes.release()
  }
}

function isWaiting(state: BatchState): boolean {
  return state === 'open' || state === 'compressing' || state === 'closed'
}

const nobody: BatchEvents = { began() {}, waits() {}, reported() {}, compressed() {} }
