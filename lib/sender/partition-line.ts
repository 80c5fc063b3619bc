import type { Batch } from '../accumulator/batch.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Stamp } from '../records/batch-seal.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import { type Identity, nobody } from './identity.ts'

// One partition as the sender sees it: the batches that were sent and are not settled, in order, and
// the lease on what comes next. The rules of order live here.
//
// Invariants: `batches` is in the order of first sending, which is input order; while one of them is
// to be sent again nothing newer is; idempotent, only the first in line is sent again; a new batch
// gets its number (`stamp`) in the step that hands it to a connection, and an unsettled batch keeps
// it, unless the line is reset.
//
// A reset, step by step: 1. A failure leaves a hole in the numbering, or the broker has lost it.
// 2. Nothing new is sent. 3. What is on the way is awaited; a batch of unknown fate is sent again
// *unchanged*, for under its old number the broker can still tell whether it has it. 4. Once it is
// known of every batch that it is in the log or that it is not, those that are not get new numbers
// under a new epoch. (Java renumbers at once, and may write a batch twice that had been stored.)
//
// A broker that knows nothing of a producer takes any number from it: 1. Batch A (0) is refused, for
// the leader has not opened its log yet. 2. Batch B (1), right behind it, is taken. 3. A goes again,
// behind B. So a line is *confirmed* or not, and while it is not, nothing follows the batch that is
// in flight. It is confirmed by an acknowledgement, and no longer once the broker may have forgotten
// the producer: under a new numbering, for a topic that was made again (another id), after a batch
// failed in any way, and after a rest. Where a broker has forgotten it with several batches in
// flight, nothing can be done beforehand: what was overtaken fails, and is not stored out of order.

/** The numbers of a partition's records wrap here. */
const sequences = 2 ** 31

/**
 * After so many milliseconds without sending, a line is no longer confirmed. A broker forgets a
 * producer after `producer.id.expiration.ms` (a day by default, any number is allowed), and nobody
 * tells the client. It costs one round trip after a rest, and nothing under load.
 */
const restMs = 1000

export interface LineRules {
  readonly idempotent: boolean
  /** max.in.flight.requests.per.connection; 1 also keeps a partition to one batch on the way. */
  readonly maxInFlight: number
  /** Every batch belongs to a transaction. */
  readonly transactional?: boolean
}

/** What may be sent next: a batch again, or a new one from the lease. */
export type Turn = Batch | 'new' | null

export class PartitionLine {
  readonly topic: string
  readonly partition: number
  readonly place: PartitionState
  /** The next batch is due; null while it is not. */
  lease: Lease | null = null
  /** Sent at least once and not settled, or acknowledged and waiting for an older one. */
  readonly batches: Batch[] = []
  /** Batches that a connection has at the moment, settled (expired) ones too. */
  onWire = 0
  /** The numbering has a hole: see above. */
  resetting = false
  /** Its place in the list of lines that can send in which it is; null where it is in none. */
  entry: object | null = null
  #rules: LineRules
  #identity: Identity | null = null
  #nextSequence = 0
  #lastAcked = -1
  /** Whether the broker is sure to know the producer: see above. */
  #isConfirmed = false
  /** The id of the topic that was sent to last; the zero uuid where it has none. */
  #topicId = zeroUuid
  #departedAt = Number.NEGATIVE_INFINITY

  constructor(place: PartitionState, rules: LineRules) {
    this.topic = place.topic
    this.partition = place.partition
    this.place = place
    this.#rules = rules
  }

  /**
   * What is to be sent next, whatever the time; null while something has to happen first. `topicId`
   * is the one that the topic has now.
   */
  turn(current: Identity | null, topicId: string): Turn {
    const { idempotent, maxInFlight } = this.#rules
    if (maxInFlight === 1 && this.onWire > 0) return null
    const again = this.batches.find((batch) => batch.state === 'closed')
    if (again !== undefined) {
      if (!idempotent) return again
      if (this.resetting) return this.#toDecide()
      if (this.batches[0] !== again) return null
      return again.stamp === null && !this.#canNumber(current) ? null : again
    }
    if (this.lease === null || this.resetting) return null
    if (!idempotent) return 'new'
    if (this.batches.length > 0 && !this.#mayFollow(topicId)) return null
    return this.batches.length < maxInFlight && this.#canNumber(current) ? 'new' : null
  }

  /** Whether anything is to be sent, or waits for an older one. */
  get isBusy(): boolean {
    return this.lease !== null || this.batches.length > 0
  }

  /** Whether batches were numbered under this identity: another line would number them again. */
  isNumberedBy(identity: Identity | null): boolean {
    return identity !== null && this.#identity === identity
  }

  /** The number for a batch that has none yet. */
  stampFor(batch: Batch, current: Identity | null): Stamp {
    if (batch.stamp !== null) return batch.stamp
    if (!this.#rules.idempotent) return { ...nobody, baseSequence: -1 }
    if (current === null)
      throw new Error(`${this.topic}-${this.partition}: no identity to send under`)
    if (this.#identity !== current) {
      this.#identity = current
      this.#nextSequence = 0
      this.#lastAcked = -1
      this.#isConfirmed = false
    }
    const baseSequence = this.#nextSequence
    this.#nextSequence = (baseSequence + batch.count) % sequences
    const { producerId, producerEpoch } = current
    if (this.#rules.transactional !== true) return { producerId, producerEpoch, baseSequence }
    return { producerId, producerEpoch, baseSequence, isTransactional: true }
  }

  /** A batch of it was handed to a connection, for the topic with that id. */
  departed(batch: Batch, now: number, topicId: string): void {
    this.onWire += 1
    if (now - this.#departedAt >= restMs && this.batches.length === 0) this.#isConfirmed = false
    if (this.#isAnew(topicId)) this.#isConfirmed = false
    if (topicId !== zeroUuid) this.#topicId = topicId
    this.#departedAt = now
    if (!this.batches.includes(batch)) this.batches.push(batch)
  }

  /** A batch is to be sent again. */
  refused(): void {
    this.#isConfirmed = false
  }

  /** The log has the batch. Called for expired ones, too: their numbers are taken. */
  acknowledged(batch: Batch): void {
    const { stamp } = batch
    if (stamp === null || !isSame(stamp, this.#identity)) return
    const last = (stamp.baseSequence + batch.count - 1) % sequences
    if (isAfter(last, this.#lastAcked)) this.#lastAcked = last
    this.#isConfirmed = true
  }

  /** A batch failed for good, leaving the line. */
  remove(batch: Batch): void {
    const index = this.batches.indexOf(batch)
    if (index >= 0) this.batches.splice(index, 1)
  }

  /** The parts take the place, and share the number, of the batch they were split from. */
  replace(batch: Batch, parts: readonly Batch[]): void {
    this.batches.splice(this.batches.indexOf(batch), 1, ...parts)
    const stamp = batch.stamp!
    let { baseSequence } = stamp
    for (const part of parts) {
      part.stamp = { ...stamp, baseSequence }
      part.attempts = batch.attempts - 1 // to be split takes none of the retries
      if (this.#rules.idempotent) baseSequence = (baseSequence + part.count) % sequences
    }
  }

  /** Takes the head of the line if it is acknowledged, null if not: only then may it be reported. */
  release(): Batch | null {
    return this.batches[0]?.state === 'acked' ? this.batches.shift()! : null
  }

  /**
   * Batches that are not in the log although one with a later number is: whatever number they got,
   * they would be stored out of order. The caller fails them.
   */
  overtaken(): readonly Batch[] {
    if (this.#lastAcked < 0 || !this.#isDecided()) return none
    return this.batches.filter(
      ({ state, stamp }) =>
        state === 'closed' &&
        stamp !== null &&
        isSame(stamp, this.#identity) &&
        isAfter(this.#lastAcked, stamp.baseSequence),
    )
  }

  /**
   * Ends a reset where everything is known (step 4). True where the numbering is to begin anew under
   * another epoch than `current`, which the caller sees to.
   */
  settleReset(current: Identity | null): boolean {
    if (!this.#isDecided()) return false
    const unsent = this.batches.filter((batch) => batch.state === 'closed')
    this.resetting = false
    const complete = (this.#lastAcked + 1) % sequences === this.#nextSequence
    if (unsent.length === 0 && complete) return false
    for (const batch of unsent) batch.stamp = null
    const isCurrent = this.#identity === current
    this.#identity = null
    return isCurrent
  }

  /** Whether a reset is under way, and it is known of every batch whether it is in the log. */
  #isDecided(): boolean {
    return this.resetting && this.onWire === 0 && !this.batches.some(isToDecide)
  }

  /** Behind the first in line one at a time: a broker that has forgotten the producer takes any. */
  #toDecide(): Batch | null {
    const [first] = this.batches
    if (first !== undefined && isToDecide(first)) return first
    return this.onWire > 0 ? null : (this.batches.find(isToDecide) ?? null)
  }

  /** Whether the next batch may be sent while others are in flight. */
  #mayFollow(topicId: string): boolean {
    return this.#isConfirmed && !this.#isAnew(topicId)
  }

  /** Whether the topic is another one than was sent to, of the same name. */
  #isAnew(topicId: string): boolean {
    return topicId !== this.#topicId && topicId !== zeroUuid && this.#topicId !== zeroUuid
  }

  /** A partition changes to another identity only while nothing under the old one is unsettled. */
  #canNumber(current: Identity | null): boolean {
    if (current === null) return false
    if (this.#identity === current) return true
    return this.batches.every(({ stamp, state }) => stamp === null || state === 'acked')
  }
}

const none: Batch[] = []

/** Nobody has said yet whether it is in the log. */
function isToDecide({ state, undecided }: Batch): boolean {
  return state === 'closed' && undecided
}

function isSame(one: Identity, other: Identity | null): boolean {
  return one.producerId === other?.producerId && one.producerEpoch === other.producerEpoch
}

/** Whether one number comes after another on the circle, -1 being before all. */
function isAfter(one: number, other: number): boolean {
  if (other === -1) return true
  const distance = (one - other + sequences) % sequences
  return distance > 0 && distance < sequences / 2
}
