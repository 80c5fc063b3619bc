import { Fifo } from '../collections/fifo.ts'
import type { Envelope } from '../model.ts'
import { pinned } from './envelope.ts'

// One feed's records while some of them wait for a serializer's promise: a lane for each topic.
//
// Invariant: a lane emits its records in the order in which they came in. At most 16 promises are awaited;
// later records are not begun. So the record that has waited longest is at the head of a lane, or the first
// that is not begun. Used by the serialize stage, from the first promise of a feed until its last. A record
// that has failed has no order to keep, and waits for nothing: if its promise takes too long, it is emitted
// as failed, and the promise's result is ignored. User code, which runs inside `serialize` and `emit`, may
// close the lanes at any moment.

/** The maximum number of one feed's promises awaited at once. */
export const pendingMax = 16

export interface LanesEvents {
  /** Begins a record; null if it is done at once. */
  serialize(envelope: Envelope): Promise<void> | null
  emit(envelope: Envelope): void
  /** Closed by its own serializer: the record was not withdrawn, and is in no lane. */
  orphaned(envelope: Envelope, pending: Promise<void>): void
  /** Fails a record that has waited too long: for its own promise, or (not begun) for others. */
  late(envelope: Envelope, isBegun: boolean): void
  /** Runs what follows from a settled promise. */
  settled(work: () => void): void
  /** Nothing is left. */
  empty(): void
}

interface Slot {
  readonly envelope: Envelope
  done: boolean
}

export class Lanes {
  #events: LanesEvents
  #lanes = new Map<string, Fifo<Slot>>()
  #unbegun = new Fifo<Envelope>()
  #pending = 0
  #slots = 0
  #closed = false

  constructor(events: LanesEvents) {
    this.#events = events
  }

  /** The number of held records. */
  get length(): number {
    return this.#slots + this.#unbegun.length
  }

  /** Takes a record in, behind earlier ones. */
  add(envelope: Envelope): void {
    if (this.#pending >= pendingMax || this.#unbegun.length > 0) this.#unbegun.push(envelope)
    else this.#begin(envelope)
  }

  /** Takes in a record that has been begun. */
  start(envelope: Envelope, pending: Promise<void>): void {
    this.#wait(this.#slotFor(envelope), pending)
  }

  /** When the record that has waited longest entered; Infinity if none is held. */
  get oldest(): number {
    let oldest = this.#unbegun.peek()?.enteredAt ?? Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values()) {
      oldest = Math.min(oldest, lane.peek()!.envelope.enteredAt)
    }
    return oldest
  }

  /**
   * Fails the records that have waited too long by `isLate`, which gets their time of entrance; at most
   * `most` of them at once. Returns their number.
   */
  expire(isLate: (enteredAt: number) => boolean, most: number): number {
    let left = most
    for (const [topic, lane] of [...this.#lanes]) {
      if (this.#closed) return most - left
      for (const slot of lane) {
        if (left === 0 || !isLate(slot.envelope.enteredAt)) break
        left -= 1
        if (!slot.done) this.#giveUp(slot)
      }
      this.#release(topic)
    }
    let head = this.#unbegun.peek()
    for (; head !== undefined && isLate(head.enteredAt); head = this.#unbegun.peek()) {
      // The rest fails in another turn. No serializer is begun for it or, behind it, for others.
      if (left === 0) return most
      left -= 1
      this.#unbegun.shift()
      this.#events.late(head, false)
      this.#events.emit(head)
    }
    this.#goOn()
    return most - left
  }

  *held(): Iterable<Envelope> {
    for (const lane of this.#lanes.values()) for (const { envelope } of lane) yield envelope
    yield* this.#unbegun
  }

  /** Removes one record; returns whether it was held. Its promise's result is ignored. */
  recall(envelope: Envelope): boolean {
    if (this.#unbegun.delete(envelope)) return true
    const lane = this.#lanes.get(envelope.topic)
    if (lane === undefined) return false
    for (const slot of lane) {
      if (slot.envelope !== envelope) continue
      if (!slot.done) this.#done(slot)
      lane.delete(slot)
      this.#slots -= 1
      this.#release(envelope.topic)
      this.#goOn()
      return true
    }
    return false
  }

  /** Returns the held records to the caller. They are not emitted any more, whatever the promises do. */
  close(): void {
    this.#closed = true
    this.#lanes.clear()
    this.#unbegun = new Fifo()
  }

  #begin(envelope: Envelope): void {
    const pending = this.#events.serialize(envelope)
    if (pending !== null && this.#closed) {
      this.#events.orphaned(envelope, pending)
    } else if (pending !== null) {
      this.#wait(this.#slotFor(envelope), pending)
    } else if (envelope.failure !== null || !this.#lanes.has(envelope.topic)) {
      this.#events.emit(envelope)
    } else {
      this.#slotFor(envelope).done = true
    }
  }

  #slotFor(envelope: Envelope): Slot {
    const { topic } = envelope
    const slot: Slot = { envelope, done: false }
    const lane = this.#lanes.get(topic) ?? new Fifo<Slot>()
    pinned(envelope)
    lane.push(slot)
    this.#lanes.set(topic, lane)
    this.#slots += 1
    return slot
  }

  #wait(slot: Slot, pending: Promise<void>): void {
    this.#pending += 1
    const settled = () => {
      if (!this.#closed && !slot.done) this.#events.settled(() => this.#settled(slot))
    }
    // It never rejects. If it did, that would be a bug here, and no reason for Node to end the process.
    void pending.then(settled, settled)
  }

  #settled(slot: Slot): void {
    if (this.#closed || slot.done) return
    this.#done(slot)
    this.#release(slot.envelope.topic)
    this.#goOn()
  }

  #giveUp(slot: Slot): void {
    this.#done(slot)
    this.#events.late(slot.envelope, true)
  }

  #done(slot: Slot): void {
    slot.done = true
    this.#pending -= 1
  }

  /** Begins the records whose turn it is now. */
  #goOn(): void {
    while (!this.#closed && this.#pending < pendingMax && this.#unbegun.length > 0) {
      this.#begin(this.#unbegun.shift()!)
    }
    if (this.#lanes.size === 0 && !this.#closed) {
      this.#closed = true
      this.#events.empty()
    }
  }

  #release(topic: string): void {
    const lane = this.#lanes.get(topic)
    while (!this.#closed && lane?.peek()?.done) {
      this.#slots -= 1
      this.#events.emit(lane.shift()!.envelope)
    }
    if (!this.#closed && lane?.length === 0) this.#lanes.delete(topic)
  }
}
