import type { CutToken, Envelope } from '../model.ts'
import type { Clock } from '../runtime.ts'
import type { PartitionState, TopicState } from '../topics/topic-state.ts'
import { TopicTable } from '../topics/topic-table.ts'
import { Batch, type BatchEvents } from './batch.ts'
import { BatchBytes, type BatchSettings } from './batch-bytes.ts'
import { Deadlines } from './deadlines.ts'
import { rawLimit } from './fill.ts'
import type { Memory } from './memory.ts'
import { type Lease, PartitionQueue } from './partition-queue.ts'
import { Ratio } from './ratio.ts'
import { isStageable, Staging } from './staging.ts'
import { boundOf, surelyFits } from './unreadable.ts'
import { Unreported } from './unreported.ts'

// Puts records into batches by partition, and emits leases for batches that are due. Knows nothing of
// brokers.
//
// Invariants: a record is appended to exactly one batch, or to none if there is no memory. A lease is
// emitted once for a due head, and again only after a take. linger.ms and delivery.timeout.ms count from a
// batch's first record. No timer is armed while every batch has its results reported. Called by
// stages/accumulate.ts.

export interface AccumulatorSettings extends BatchSettings {
  /** Milliseconds that a batch waits for more records before it is full, from its first record. */
  readonly lingerMs: number
  /** Milliseconds from a batch's first record until it is reported by `expired`; Infinity: never. */
  readonly deliveryTimeoutMs: number
}

export interface AccumulatorEvents {
  /** The partition's next batch is due. */
  due(lease: Lease): void
  /** The batch has expired, and its result is not known. It is in no queue any more. */
  expired(batch: Batch): void
  /** The number of a partition's batches that wait to be sent, or sent again, has changed by one. */
  waiting?(place: PartitionState, change: 1 | -1): void
}

export class Accumulator {
  readonly memory: Memory
  #settings: AccumulatorSettings
  #clock: Clock
  #events: AccumulatorEvents
  /** Topics of records that no partition stage has looked up. */
  #strays: TopicTable | null = null
  #unreported = new Unreported()
  #lingering: Deadlines
  #expiring: Deadlines
  #batchEvents: BatchEvents
  #hurried = false
  #queueEvents = {
    taken: (from: PartitionQueue, batch: Batch) => this.#taken(from, batch),
    isAbandoned: false,
  }
  #queuedBytes = 0
  #queuedBatches = 0
  #waitingBatches = 0

  constructor(
    settings: AccumulatorSettings,
    memory: Memory,
    clock: Clock,
    events: AccumulatorEvents,
  ) {
    this.#settings = settings
    this.memory = memory
    this.#clock = clock
    this.#events = events
    this.#lingering = new Deadlines(settings.lingerMs, clock, {
      isOver: (batch) => batch.state !== 'open' || batch.due,
      due: (batch) => this.#fallDue(batch),
    })
    this.#expiring = new Deadlines(settings.deliveryTimeoutMs, clock, {
      isOver: (batch) => batch.settled,
      due: (batch) => this.#expire(batch),
    })
    this.#batchEvents = {
      began: (batch) => this.#unreported.add(batch),
      waits: (batch, change) => this.#waits(batch, change),
      reported: (batch) => this.#reported(batch),
      compressed: ({ place }) => this.#leaseIfDue(this.#queueOf(place)),
    }
  }

  /** The bytes of all batches that the sender has not taken, after compression by estimate. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** The number of batches that the sender has not taken. */
  get queuedBatches(): number {
    return this.#queuedBatches
  }

  /** The number of batches that wait to be sent, or to be sent again. */
  get waitingBatches(): number {
    return this.#waitingBatches
  }

  /** The number of unreported batches with a record that comes from no paced source. */
  get awaitedBatches(): number {
    return this.#unreported.awaited
  }

  /** The batches whose results are not reported yet, at this moment. */
  get unreported(): readonly Batch[] {
    return this.#unreported.all
  }

  /**
   * Appends a record to a batch of its partition; false if there is no memory for it. Throws `Unreadable`
   * if its bytes cannot be read; then it is in no batch.
   */
  append(envelope: Envelope): boolean {
    const { sticky } = envelope
    const topic = envelope.topicState ?? this.#strayOf(envelope.topic)
    if (sticky === null || envelope.partition >= 0) {
      if (this.#stage(topic.staging as Staging | null, envelope)) return true
      const queue = this.#queueOf(topic.at(envelope.partition))
      const isIn = this.#appendOpen(queue, envelope) >= 0 || this.#begin(queue, envelope) >= 0
      if (isStageable(envelope)) queue.open?.stage()
      return isIn
    }
    const queue = this.#queueOf(topic.at(sticky.partition()))
    let bytes = this.#appendOpen(queue, envelope)
    if (bytes >= 0) {
      sticky.appended(bytes, queue.open === null)
      return true
    }
    // The batch is full: a postponed switch of the sticky partition happens before a new batch begins.
    sticky.appended(0, true)
    const next = this.#queueOf(topic.at(sticky.partition()))
    if (next !== queue) bytes = this.#appendOpen(next, envelope)
    if (bytes < 0) bytes = this.#begin(next, envelope)
    if (bytes >= 0) sticky.appended(bytes, next.open === null)
    return bytes >= 0
  }

  /** Makes every waiting batch due now. */
  press(): void {
    this.#lingering.press()
  }

  /**
   * Makes the fullest lingering batches due, those of average size and more: at least one, if any lingers.
   * The others can still fill, until they are among the fullest or have lingered.
   */
  pressFullest(): void {
    this.#lingering.pressFullest()
  }

  /** From now on no batch lingers. */
  hurry(): void {
    this.#hurried = true
    this.press()
  }

  /** Nothing is sent any more: every waiting batch is due, even while it is being compressed. */
  abandon(): void {
    this.hurry()
    this.#queueEvents.isAbandoned = true
    for (const { place, state } of this.unreported) {
      if (state === 'compressing') this.#leaseIfDue(this.#queueOf(place))
    }
  }

  /** From now on batches linger again, and are sent. */
  relax(): void {
    this.#hurried = false
    this.#queueEvents.isAbandoned = false
  }

  /**
   * Closes all open batches, makes them due, and gives `token` to the batches begun since the last cut:
   * those that hold no earlier one.
   */
  cut(token: CutToken): void {
    for (const batch of this.#unreported.cut(token)) {
      if (batch.state === 'open') this.#closeOpen(this.#queueOf(batch.place))
    }
  }

  /** No timer is left. */
  stop(): void {
    this.#lingering.clear()
    this.#expiring.clear()
  }

  #queueOf(place: PartitionState): PartitionQueue {
    const known = place.queue as PartitionQueue | null
    if (known !== null) return known
    const queue = new PartitionQueue(place, this.#queueEvents, this.#ratioOf(place.of))
    place.queue = queue
    return queue
  }

  #strayOf(topic: string): TopicState {
    this.#strays ??= new TopicTable(this.#clock)
    return this.#strays.of(topic)
  }

  /** One for all partitions of a topic. */
  #ratioOf(topic: TopicState): Ratio | null {
    if (this.#settings.codec.id === 0) return null
    const known = topic.ratio as Ratio | null
    if (known !== null) return known
    const ratio = new Ratio()
    topic.ratio = ratio
    return ratio
  }

  /** One for all partitions of a topic; null with compression, and until a paced source begins a batch. */
  #stagingOf(topic: TopicState, isPaced: boolean): Staging | null {
    if (this.#settings.codec.id !== 0) return null
    const known = topic.staging as Staging | null
    if (known !== null || !isPaced) return known
    const staging = new Staging()
    topic.staging = staging
    return staging
  }

  /** Whether the record was staged. */
  #stage(staging: Staging | null, envelope: Envelope): boolean {
    if (staging === null || !isStageable(envelope)) return false
    const bytes = staging.add(envelope)
    if (bytes < 0) return false
    this.#queuedBytes += bytes
    return true
  }

  /**
   * Appends to the open batch. Returns the bytes by which it grew (0 for a record that compresses to almost
   * nothing), or -1 if there is no open batch or it is full.
   */
  #appendOpen(queue: PartitionQueue, envelope: Envelope): number {
    const batch = queue.open
    if (batch === null) return -1
    const before = batch.estimate
    if (!batch.append(envelope)) {
      this.#closeOpen(queue)
      return -1
    }
    if (!envelope.isPaced) this.#unreported.await(batch)
    const grown = batch.estimate - before
    this.#queuedBytes += grown
    if (batch.isFull) this.#closeOpen(queue)
    else if (envelope.token !== null) this.#fallDue(batch)
    return grown
  }

  /** Appends to a new batch. Returns its bytes, or -1 if there is no memory for one. */
  #begin(queue: PartitionQueue, envelope: Envelope): number {
    const usual = Math.min(queue.lastSize, rawLimit(this.#settings.batchSize, queue.ratio))
    // Measuring a record takes longer than everything else here, so it is done only if it may matter.
    const isSmall = surelyFits(envelope, this.memory.sizeFor(usual))
    const start = isSmall ? usual : Math.max(usual, boundOf(envelope))
    const buffer = this.memory.take(start) ?? this.memory.take(boundOf(envelope))
    if (buffer === null) return -1
    const now = this.#clock.now()
    const expected = buffer.length < start ? 0 : queue.lastCount
    const bytes = new BatchBytes(this.#settings, this.memory, buffer, queue.ratio, expected)
    const staging = this.#stagingOf(queue.place.of, envelope.isPaced)
    const batch = new Batch(queue.place, bytes, now, this.#batchEvents, staging)
    batch.begin(envelope)
    if (!envelope.isPaced) this.#unreported.await(batch)
    queue.add(batch)
    this.#queuedBatches += 1
    this.#queuedBytes += batch.estimate
    this.#unreported.add(batch)
    this.#expiring.add(batch)
    if (batch.isFull) this.#closeOpen(queue)
    else this.#linger(batch)
    return batch.estimate
  }

  #closeOpen(queue: PartitionQueue): void {
    queue.closeOpen()
    this.#leaseIfDue(queue)
  }

  #linger(batch: Batch): void {
    if (this.#settings.lingerMs === 0 || this.#hurried || batch.token !== null) this.#fallDue(batch)
    else this.#lingering.add(batch)
  }

  /** The batch need not wait any longer: it is due now, or once it is the head of its queue. */
  #fallDue(batch: Batch): void {
    batch.due = true
    this.#leaseIfDue(this.#queueOf(batch.place))
  }

  #leaseIfDue(queue: PartitionQueue): void {
    if (queue.leased || !queue.isDue) return
    queue.leased = true
    this.#events.due(queue)
  }

  #taken(queue: PartitionQueue, batch: Batch): void {
    this.#dequeued(batch)
    this.#leaseIfDue(queue)
  }

  /** A batch that expires is the oldest of its partition, so if it is in a queue, it is the head. */
  #expire(batch: Batch): void {
    const queue = this.#queueOf(batch.place)
    if (queue.head === batch) {
      queue.drop()
      this.#dequeued(batch)
      // The batch behind it may be open: it becomes due by its own linger, or is due already.
      this.#leaseIfDue(queue)
    }
    this.#events.expired(batch)
  }

  #dequeued({ estimate }: Batch): void {
    this.#queuedBatches -= 1
    this.#queuedBytes -= estimate
  }

  #waits({ place }: Batch, change: 1 | -1): void {
    this.#waitingBatches += change
    this.#events.waiting?.(place, change)
  }

  #reported(batch: Batch): void {
    this.#unreported.delete(batch)
    if (this.#unreported.size === 0) this.stop()
  }
}
