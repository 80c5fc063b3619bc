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
import { boundOf, surelyFits } from './unreadable.ts'
import { Unreported } from './unreported.ts'

// Records into batches by partition; batches into leases when they are due. Knows no broker.
//
// Invariants: a record is appended to exactly one batch or to none (no memory); a lease is emitted
// once for a due head and again only after a take; linger.ms and delivery.timeout.ms count from a
// batch's first record; while there is no batch without its results reported, no timer is armed.
// Called by stages/accumulate.ts.

export interface AccumulatorSettings extends BatchSettings {
  /** Milliseconds a batch that is not full waits for company; counted from its first record. */
  readonly lingerMs: number
  /** Milliseconds from a batch's first record until it is reported by `expired`; Infinity: never. */
  readonly deliveryTimeoutMs: number
}

export interface AccumulatorEvents {
  /** The partition's next batch is due. */
  due(lease: Lease): void
  /** The batch is older than it may be, and nobody has settled it. It is in no queue any more. */
  expired(batch: Batch): void
  /** One batch more, or one less, waits on a partition: to be sent, or to be sent again. */
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

  /** Bytes of the batches that nobody has taken yet, those to be compressed by estimate. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** How many batches nobody has taken yet. */
  get queuedBatches(): number {
    return this.#queuedBatches
  }

  /** Batches that wait to be sent, or to be sent again. */
  get waitingBatches(): number {
    return this.#waitingBatches
  }

  /** Batches with a record that is of no paced source, and whose results are not reported yet. */
  get awaitedBatches(): number {
    return this.#unreported.awaited
  }

  /** Batches whose results are not reported yet, as they are now. */
  get unreported(): readonly Batch[] {
    return this.#unreported.all
  }

  /**
   * Appends a record to a batch of its partition; false where there is no memory for it. Throws
   * `Unreadable` if its bytes cannot be read: then it is in none.
   */
  append(envelope: Envelope): boolean {
    const { sticky } = envelope
    const topic = envelope.topicState ?? this.#strayOf(envelope.topic)
    if (sticky === null || envelope.partition >= 0) {
      const queue = this.#queueOf(topic.at(envelope.partition))
      return this.#appendOpen(queue, envelope) >= 0 || this.#begin(queue, envelope) >= 0
    }
    const queue = this.#queueOf(topic.at(sticky.partition()))
    let bytes = this.#appendOpen(queue, envelope)
    if (bytes >= 0) {
      sticky.appended(bytes, queue.open === null)
      return true
    }
    // The batch is full: a switch that had to wait for that happens before a new one is begun.
    sticky.appended(0, true)
    const next = this.#queueOf(topic.at(sticky.partition()))
    if (next !== queue) bytes = this.#appendOpen(next, envelope)
    if (bytes < 0) bytes = this.#begin(next, envelope)
    if (bytes >= 0) sticky.appended(bytes, next.open === null)
    return bytes >= 0
  }

  /** Makes every batch that waits due now. */
  press(): void {
    this.#lingering.press()
  }

  /**
   * Makes the fullest of the batches that linger due, those of average size and more: at least one, if
   * any lingers. The others can still fill, and are among the fullest in the end, or have lingered.
   */
  pressFullest(): void {
    this.#lingering.pressFullest()
  }

  /** From now on nothing lingers. */
  hurry(): void {
    this.#hurried = true
    this.press()
  }

  /** Nothing is sent any more: whatever waits is due, also what is compressed just now. */
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
   * Closes all open batches, makes them due, and has `token` held by those that hold no earlier one:
   * the batches begun since the last cut.
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

  /**
   * Into the batch that is open; the bytes it grew by (0 of a record that shrinks to next to
   * nothing), -1 where there is none or it is full.
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

  /** Into a new batch; its bytes, -1 where there is no memory for one. */
  #begin(queue: PartitionQueue, envelope: Envelope): number {
    const usual = Math.min(queue.lastSize, rawLimit(this.#settings.batchSize, queue.ratio))
    // To measure a record takes longer than all else here: its size is asked for only if it may matter.
    const isSmall = surelyFits(envelope, this.memory.sizeFor(usual))
    const start = isSmall ? usual : Math.max(usual, boundOf(envelope))
    const buffer = this.memory.take(start) ?? this.memory.take(boundOf(envelope))
    if (buffer === null) return -1
    const now = this.#clock.now()
    const expected = buffer.length < start ? 0 : queue.lastCount
    const bytes = new BatchBytes(this.#settings, this.memory, buffer, queue.ratio, expected)
    const batch = new Batch(queue.place, bytes, now, this.#batchEvents)
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

  /** The batch need not wait any longer, now or once it is the head of its queue. */
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

  /** A batch that expires is the oldest of its partition: if it is in a queue, it is the head. */
  #expire(batch: Batch): void {
    const queue = this.#queueOf(batch.place)
    if (queue.head === batch) {
      queue.drop()
      this.#dequeued(batch)
      // What follows it may be open: it falls due by its own linger, or is due already.
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
