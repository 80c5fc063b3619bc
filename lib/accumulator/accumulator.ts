import { Alarm } from '../collections/alarm.ts'
import { Fifo } from '../collections/fifo.ts'
import type { CutToken, Envelope } from '../model.ts'
import { sizeUpperBound } from '../records/batch-writer.ts'
import type { Clock } from '../runtime.ts'
import { Batch, type BatchSettings } from './batch.ts'
import type { Memory } from './memory.ts'
import { type Lease, PartitionQueue } from './partition-queue.ts'

// Records into batches by partition; batches into leases when they are due. Knows no broker.
//
// Invariants: a record is appended to exactly one batch or to none (no memory); a lease is emitted
// once for a due head and again only after a take; linger counts from a batch's first record, and
// since it is the same for all, the batches fall due in the order in which they were begun: a queue,
// never a scan over partitions. The same goes for delivery.timeout.ms.
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
}

interface Lingering {
  readonly queue: PartitionQueue
  readonly batch: Batch
}

export class Accumulator {
  readonly memory: Memory
  #settings: AccumulatorSettings
  #clock: Clock
  #events: AccumulatorEvents
  #topics = new Map<string, PartitionQueue[]>()
  #lingering = new Fifo<Lingering>()
  #alive = new Fifo<Batch>()
  #lingerAlarm: Alarm
  #expiryAlarm: Alarm
  #hurried = false
  #queuedBytes = 0
  /** The topic asked for last: streams mostly keep to one. */
  #lastTopic = ''
  #lastQueues: PartitionQueue[] = []

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
    this.#lingerAlarm = new Alarm(clock, () => this.#lingered())
    this.#expiryAlarm = new Alarm(clock, () => this.#expire())
  }

  /** Bytes of the batches that nobody has taken yet, before compression. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Batches that nobody has settled yet, and some that were settled a moment ago. */
  get alive(): Iterable<Batch> {
    return this.#alive
  }

  /** Appends a record to a batch of its partition; false where there is no memory for it. */
  append(envelope: Envelope): boolean {
    const { sticky } = envelope
    if (sticky === null || envelope.partition >= 0) {
      const queue = this.#queueOf(envelope.record.topic, envelope.partition)
      return this.#appendOpen(queue, envelope) > 0 || this.#begin(queue, envelope) > 0
    }
    const queue = this.#stickyQueue(envelope)
    let bytes = this.#appendOpen(queue, envelope)
    if (bytes > 0) {
      sticky.appended(bytes, queue.open === null)
      return true
    }
    // The batch is full: a switch that had to wait for that happens before a new one is begun.
    sticky.appended(0, true)
    const next = this.#stickyQueue(envelope)
    if (next !== queue) bytes = this.#appendOpen(next, envelope)
    if (bytes === 0) bytes = this.#begin(next, envelope)
    if (bytes > 0) sticky.appended(bytes, next.open === null)
    return bytes > 0
  }

  /** Makes every batch that waits due now. */
  press(): void {
    for (
      let first = this.#lingering.shift();
      first !== undefined;
      first = this.#lingering.shift()
    ) {
      this.#lingeredOut(first)
    }
    this.#lingerAlarm.clear()
  }

  /** From now on nothing lingers. */
  hurry(): void {
    this.#hurried = true
    this.press()
  }

  /** Closes all open batches, makes them due, and has `token` held by all that is not settled. */
  cut(token: CutToken): void {
    for (const batch of this.#alive) {
      if (!batch.settled) batch.join(token)
    }
    for (const queues of this.#topics.values()) {
      for (const queue of queues) queue?.closeOpen()
    }
    this.press()
  }

  /** Empties the queues; what was in them is the caller's to fail. */
  clear(): Batch[] {
    const dropped: Batch[] = []
    for (const queues of this.#topics.values()) {
      for (const queue of queues) {
        if (queue === undefined) continue
        for (let batch = queue.drop(); batch !== undefined; batch = queue.drop()) {
          this.#queuedBytes -= batch.rawSize
          dropped.push(batch)
        }
      }
    }
    this.press()
    return dropped
  }

  /** No timer is left. */
  stop(): void {
    this.#lingerAlarm.clear()
    this.#expiryAlarm.clear()
  }

  #stickyQueue(envelope: Envelope): PartitionQueue {
    return this.#queueOf(envelope.record.topic, envelope.sticky!.partition())
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    if (topic !== this.#lastTopic) {
      this.#lastTopic = topic
      this.#lastQueues = this.#topics.get(topic) ?? []
      this.#topics.set(topic, this.#lastQueues)
    }
    const found = this.#lastQueues[partition]
    if (found !== undefined) return found
    const queue = new PartitionQueue(topic, partition, {
      taken: (from, batch) => this.#taken(from, batch),
    })
    while (this.#lastQueues.length < partition) this.#lastQueues.push(undefined as never)
    this.#lastQueues[partition] = queue
    return queue
  }

  /** Into the batch that is open; the bytes it grew by, 0 where there is none or it is full. */
  #appendOpen(queue: PartitionQueue, envelope: Envelope): number {
    const batch = queue.open
    if (batch === null) return 0
    const before = batch.rawSize
    if (!batch.append(envelope)) {
      this.#closeOpen(queue)
      return 0
    }
    const grown = batch.rawSize - before
    this.#queuedBytes += grown
    if (batch.rawSize >= this.#settings.batchSize) this.#closeOpen(queue)
    return grown
  }

  /** Into a new batch; its bytes, 0 where there is no memory for one. */
  #begin(queue: PartitionQueue, envelope: Envelope): number {
    const needed = sizeUpperBound(envelope.key, envelope.value, envelope.headers)
    const start = Math.min(
      Math.max(needed, queue.lastCapacity),
      Math.max(needed, this.#settings.batchSize),
    )
    const buffer = this.memory.take(start) ?? this.memory.take(needed)
    if (buffer === null) return 0
    const batch = new Batch(queue, this.#settings, this.memory, buffer, this.#clock.now())
    if (!batch.append(envelope)) throw new Error('a new batch has no room for its first record')
    queue.add(batch)
    this.#queuedBytes += batch.rawSize
    this.#age(batch)
    if (batch.rawSize >= this.#settings.batchSize) this.#closeOpen(queue)
    else this.#linger(queue, batch)
    return batch.rawSize
  }

  #closeOpen(queue: PartitionQueue): void {
    queue.closeOpen()
    this.#leaseIfDue(queue)
  }

  #linger(queue: PartitionQueue, batch: Batch): void {
    const { lingerMs } = this.#settings
    if (lingerMs === 0 || this.#hurried || batch.tokens !== null) {
      this.#lingeredOut({ queue, batch })
      return
    }
    this.#lingering.push({ queue, batch })
    if (this.#lingerAlarm.at === null) this.#lingerAlarm.set(batch.createdAt + lingerMs)
  }

  #lingered(): void {
    const now = this.#clock.now()
    const { lingerMs } = this.#settings
    for (let first = this.#lingering.peek(); first !== undefined; first = this.#lingering.peek()) {
      const dueAt = first.batch.createdAt + lingerMs
      if (dueAt > now && first.batch.state === 'open') {
        this.#lingerAlarm.set(dueAt)
        return
      }
      this.#lingering.shift()
      this.#lingeredOut(first)
    }
  }

  /** The batch need not wait any longer, now or once it is the head of its queue. */
  #lingeredOut({ queue, batch }: Lingering): void {
    batch.due = true
    this.#leaseIfDue(queue)
  }

  #leaseIfDue(queue: PartitionQueue): void {
    const head = queue.head
    if (queue.leased || head === undefined) return
    if (head.state === 'open' && !head.due) return
    queue.leased = true
    this.#events.due(queue)
  }

  #taken(queue: PartitionQueue, batch: Batch): void {
    this.#queuedBytes -= batch.rawSize
    this.#leaseIfDue(queue)
  }

  #age(batch: Batch): void {
    const { deliveryTimeoutMs } = this.#settings
    if (deliveryTimeoutMs === Number.POSITIVE_INFINITY) return
    this.#trim()
    this.#alive.push(batch)
    if (this.#expiryAlarm.at === null) this.#expiryAlarm.set(batch.createdAt + deliveryTimeoutMs)
  }

  #trim(): void {
    while (this.#alive.peek()?.settled) this.#alive.shift()
  }

  #expire(): void {
    const now = this.#clock.now()
    for (;;) {
      this.#trim()
      const oldest = this.#alive.peek()
      if (oldest === undefined) return
      const expiresAt = oldest.createdAt + this.#settings.deliveryTimeoutMs
      if (expiresAt > now) {
        this.#expiryAlarm.set(expiresAt)
        return
      }
      this.#alive.shift()
      this.#withdraw(oldest)
      this.#events.expired(oldest)
    }
  }

  /** A batch that expires is the oldest of its partition: if it is in a queue, it is the head. */
  #withdraw(batch: Batch): void {
    const queue = this.#queueOf(batch.topic, batch.partition)
    if (queue.head !== batch) return
    queue.drop()
    this.#queuedBytes -= batch.rawSize
    // What follows it may be open: it falls due by its own linger, or is due already.
    queue.leased = false
    this.#leaseIfDue(queue)
  }
}
