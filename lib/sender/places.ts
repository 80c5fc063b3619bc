import type { Batch } from '../accumulator/batch.ts'
import { Alarm } from '../collections/alarm.ts'
import type { Clock } from '../runtime.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import type { Dispatch } from './dispatch.ts'
import type { Identities } from './identity.ts'
import { lineOf } from './lines.ts'
import type { NodeTimes } from './node-times.ts'
import type { PartitionLine, Turn } from './partition-line.ts'
import { ReadyLines } from './ready-lines.ts'

// Keeps each line that has something to send: with its leader, or with what it waits for.
//
// Invariant: a line that may send is listed in `ready` under the leader that it had at the last look, or
// waits for its backoff, for a leader, or for an identity. When one of these comes, the line is looked at
// again. Otherwise it waits for an answer, and then the sender looks at it.
// A look that ends a backoff wakes the sender, whether the alarm has rung or not: 1. A line waits for its backoff,
// and has another leader meanwhile. 2. The backoff is over, but the event loop is busy: an answer comes before the
// timer. 3. While its turn composes a request for the old leader, the line is looked at, and listed with the new
// one, which this turn may have passed already. The alarm has nothing left to ring for.

export interface PlacesPorts {
  readonly dispatch: Pick<Dispatch, 'leaderOf' | 'leaderEpochOf' | 'topicIdOf' | 'refresh'>
  readonly clock: Clock
  /** There may be something to send. */
  readonly wake: () => void
  /** Whether a partition may be sent to. If not, that is arranged, and the line is looked at again. */
  readonly admits?: ((place: PartitionState) => boolean) | undefined
  /** A line was looked at. */
  readonly looked?: (line: PartitionLine) => void
}

/** A leader normally moves once, or a few times while brokers restart one by one. */
const hurriesMax = 10

export class Places {
  /** The lines that can send, by the node that gets their batches. */
  readonly ready = new Map<number, ReadyLines>()
  #ports: PlacesPorts
  /** Null if none is needed. */
  #identity: Identities | null
  /** Null if `partitioner.availability.timeout.ms` is off. */
  #times: NodeTimes | null
  #waiting = new Set<PartitionLine>()
  #homeless = new Set<PartitionLine>()
  #unidentified = new Set<PartitionLine>()
  #alarm: Alarm
  #closed = false

  constructor(ports: PlacesPorts, identity: Identities | null, times: NodeTimes | null = null) {
    this.#ports = ports
    this.#identity = identity
    this.#times = times
    this.#alarm = new Alarm(ports.clock, () => this.#backedOff())
  }

  /** The identity of the batches. */
  #current() {
    return this.#identity === null ? null : this.#identity.current
  }

  /** Lines that wait for an identity. */
  get unidentified(): readonly PartitionLine[] {
    return [...this.#unidentified]
  }

  /** Something about the line has changed: lists it where it belongs now. */
  look(line: PartitionLine): void {
    const backedOff = this.#leave(line)
    if (this.#closed) return
    this.#ports.looked?.(line)
    const turn = line.turn(this.#current(), this.#ports.dispatch.topicIdOf(line.place))
    if (this.#times !== null) this.#times.waits(line, this.#nodeThatIsWaitedFor(line, turn))
    if (turn === null) {
      if (this.#identity !== null && this.#current() === null) this.#seekIdentity(line)
    } else if (turn !== 'new' && this.#isBackingOff(turn)) this.#wait(line, turn.notBefore)
    else if (this.#ports.admits === undefined || this.#ports.admits(line.place)) {
      this.#seekLeader(line)
    }
    if (backedOff && !this.#waiting.has(line)) this.#ports.wake()
  }

  /** These partitions have another node, or a newer leader. */
  moved(places: Iterable<PartitionState>): void {
    for (const place of places) {
      const line = lineOf(place)
      if (line !== null) this.look(line)
    }
    // If the partition still has no leader, the metadata request for it was in vain.
    if (this.#homeless.size > 0) this.#ports.dispatch.refresh()
    this.#ports.wake()
  }

  /** There is an identity, or it may be requested again. */
  identify(): void {
    for (const line of this.unidentified) this.look(line)
    this.#ports.wake()
  }

  /** Batches may be sent again, after all earlier ones have failed. */
  open(): void {
    this.#closed = false
  }

  /** Nothing is sent any more; no timer is left. */
  close(): void {
    this.#closed = true
    this.#alarm.clear()
    for (const lines of [this.#waiting, this.#homeless, this.#unidentified]) lines.clear()
    this.ready.clear()
  }

  /**
   * Until its new place is known, the line waits for nothing. Most lines do not wait. Returns whether this one
   * waited for its backoff.
   */
  #leave(line: PartitionLine): boolean {
    if (this.#homeless.size > 0) this.#homeless.delete(line)
    if (this.#unidentified.size > 0) this.#unidentified.delete(line)
    if (this.#waiting.size === 0 || !this.#waiting.delete(line)) return false
    if (this.#waiting.size === 0) this.#alarm.clear()
    return true
  }

  /** Also if only missing answers keep the line from sending: a broker that sends none is a slow one. */
  #nodeThatIsWaitedFor(line: PartitionLine, turn: Turn): number {
    if (turn === null ? line.lease === null : turn !== 'new' && this.#isBackingOff(turn)) return -1
    return this.#ports.dispatch.leaderOf(line.place)
  }

  #seekLeader(line: PartitionLine): void {
    const node = this.#ports.dispatch.leaderOf(line.place)
    if (node < 0) {
      this.#homeless.add(line)
      this.#ports.dispatch.refresh()
      return
    }
    let ready = this.ready.get(node)
    if (ready === undefined) {
      ready = new ReadyLines()
      this.ready.set(node, ready)
    }
    ready.add(line)
  }

  #seekIdentity(line: PartitionLine): void {
    const unnumbered = line.batches.some(({ state, stamp }) => state === 'closed' && stamp === null)
    if (line.lease === null && !unnumbered) return
    this.#unidentified.add(line)
    this.#identity?.acquire()
  }

  /**
   * A newer leader than the one that failed is tried at once, and once: the backoff was for the old one.
   * Brokers that name each other under ever newer epochs get so many attempts without backoff, not more.
   */
  #isBackingOff(batch: Batch): boolean {
    const { clock, dispatch } = this.#ports
    if (batch.notBefore <= clock.now()) return false
    const { place, leaderEpoch } = batch
    if (leaderEpoch < 0 || dispatch.leaderEpochOf(place) <= leaderEpoch) return true
    if (batch.hurries === hurriesMax) return true
    batch.hurries += 1
    batch.notBefore = clock.now()
    return false
  }

  #wait(line: PartitionLine, until: number): void {
    this.#waiting.add(line)
    const { at } = this.#alarm
    if (at === null || until < at) this.#alarm.set(until)
  }

  #backedOff(): void {
    for (const line of [...this.#waiting]) this.look(line)
  }
}
