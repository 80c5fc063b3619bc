import type { Batch } from '../accumulator/batch.ts'
import type { Lease } from '../accumulator/partition-queue.ts'
import { zeroUuid } from '../protocol/defaults.ts'
import type { Stamp } from '../records/batch-seal.ts'
import type { PartitionState } from '../topics/topic-state.ts'
import { type Identity, nobody } from './identity.ts'

// One partition, as the sender sees it: the batches that were sent and are not settled, in order, and the
// lease on the next one. The rules of order are here.
//
// Invariants: `batches` is in the order of first sending, which is input order. While one of them is to be
// retried, no newer batch is sent. With idempotence, only the first one is retried. A new batch gets its
// number (`stamp`) in the step that hands it to a connection, and an unsettled batch keeps it, unless the
// line is reset.
//
// While a failed batch is not reported, nothing is sent behind it: its failure may end a stream, which then
// must not have later records in the log.
//
// A reset, step by step: 1. A failure leaves a gap in the numbering, or the broker has lost it. 2. No new
// batch is sent. 3. Batches in flight are awaited. A batch of unknown fate is sent again *unchanged*,
// because under its old number the broker can still tell whether it has it. 4. When it is known of every
// batch whether it is in the log, those that are not get new numbers under a new epoch. (Java renumbers at
// once, and may write a batch twice that had been stored.)
//
// A broker that knows nothing of a producer accepts any number from it: 1. Batch A (0) is refused, because
// the leader has not opened its log yet. 2. Batch B (1), right behind it, is written. 3. A is retried, and
// written behind B. So a line is *confirmed* or not. While it is not, no batch follows the one in flight.
// An acknowledgement confirms it. It is unconfirmed again when the broker may have forgotten the producer:
// under a new numbering, for a topic that was created again (another id), after a batch failed in any way,
// and after a pause. If a broker forgets the producer with several batches in flight, nothing can be done
// beforehand: the overtaken batch fails, and is not stored out of order.

/** The numbers of a partition's records wrap here. */
const sequences = 2 ** 31

/**
 * After so many milliseconds without sending, a line is no longer confirmed. A broker forgets a producer
 * after `producer.id.expiration.ms` (a day by default, any number is allowed), and does not tell the
 * client. This costs one round trip after a pause, and nothing under load.
 */
const restMs = 1000

export interface LineRules {
  readonly idempotent: boolean
  /** max.in.flight.requests.per.connection; 1 also limits a partition to one batch in flight. */
  readonly maxInFlight: number
  /** Every batch belongs to a transaction. */
  readonly transactional?: boolean
}

/** What may be sent next: a retried batch, or a new one from the lease. */
export type Turn = Batch | 'new' | null

export class PartitionLine {
  readonly topic: string
  readonly partition: number
  readonly place: PartitionState
  /** The lease on the next batch; null while none is due. */
  lease: Lease | null = null
  /** Sent at least once and not settled, or acknowledged and waiting for an older batch. */
  readonly batches: Batch[] = []
  /** Batches that a connection currently has, including settled (expired) ones. */
  onWire = 0
  /** The number of failed batches that are not reported yet, see above. */
  untold = 0
  /** The numbering has a gap, see above. */
  resetting = false
  /** The index of its batch in the request whose answer is being read. */
  slot = 0
  /** The line's entry in a list of lines that can send; null if it is in none. */
  entry: object | null = null
  #rules: LineRules
  #identity: Identity | null = null
  #nextSequence = 0
  #lastAcked = -1
  /** Whether the broker surely knows the producer, see above. */
  #isConfirmed = false
  /** The id of the topic at the last sending; the zero uuid if it has none. */
  #topicId = zeroUuid
  #departedAt = Number.NEGATIVE_INFINITY

  constructor(place: PartitionState, rules: LineRules) {
    this.topic = place.topic
    this.partition = place.partition
    this.place = place
    this.#rules = rules
  }

  /**
   * What is to be sent next, independent of the time; null while something has to happen first. `topicId`
   * is the topic's current id.
   */
  turn(current: Identity | null, topicId: string): Turn {
    const { idempotent, maxInFlight } = this.#rules
    if (this.untold > 0) return null
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

  /** Whether anything is to be sent, or waits for an older batch. */
  get isBusy(): boolean {
    return this.lease !== null || this.batches.length > 0
  }

  /** Whether batches were numbered under this identity: another line would use their numbers again. */
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

  /** A batch was handed to a connection, for the topic with that id. */
  departed(batch: Batch, now: number, topicId: string): void {
    this.onWire += 1
    if (now - this.#departedAt >= restMs && this.batches.length === 0) this.#isConfirmed = false
    if (this.#isAnew(topicId)) this.#isConfirmed = false
    if (topicId !== zeroUuid) this.#topicId = topicId
    this.#departedAt = now
    if (!this.batches.includes(batch)) this.batches.push(batch)
  }

  /** A batch is to be retried. */
  refused(): void {
    this.#isConfirmed = false
  }

  /** The log has the batch. Also called for expired ones, whose numbers are then used up. */
  acknowledged(batch: Batch): void {
    const { stamp } = batch
    if (stamp === null || !isSame(stamp, this.#identity)) return
    const last = (stamp.baseSequence + batch.count - 1) % sequences
    if (isAfter(last, this.#lastAcked)) this.#lastAcked = last
    this.#isConfirmed = true
  }

  /** A batch failed for good, and leaves the line. */
  remove(batch: Batch): void {
    const index = this.batches.indexOf(batch)
    if (index >= 0) this.batches.splice(index, 1)
  }

  /** The parts replace the batch that was split, and share its number. */
  replace(batch: Batch, parts: readonly Batch[]): void {
    this.batches.splice(this.batches.indexOf(batch), 1, ...parts)
    const stamp = batch.stamp!
    let { baseSequence } = stamp
    for (const part of parts) {
      part.stamp = { ...stamp, baseSequence }
      part.attempts = batch.attempts - 1 // splitting takes none of the retries
      if (this.#rules.idempotent) baseSequence = (baseSequence + part.count) % sequences
    }
  }

  /** Takes the head of the line if it is acknowledged; otherwise null. Only then may it be reported. */
  release(): Batch | null {
    return this.batches[0]?.state === 'acked' ? this.batches.shift()! : null
  }

  /**
   * Batches that are not in the log although one with a later number is. Under any number, they would be
   * stored out of order. The caller fails them.
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
   * Ends a reset if everything is known (step 4). True if the numbering has to begin anew under another
   * epoch than `current`, which the caller arranges.
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

  /** One at a time behind the first batch: a broker that has forgotten the producer accepts any number. */
  #toDecide(): Batch | null {
    const [first] = this.batches
    if (first !== undefined && isToDecide(first)) return first
    return this.onWire > 0 ? null : (this.batches.find(isToDecide) ?? null)
  }

  /** Whether the next batch may be sent while others are in flight. */
  #mayFollow(topicId: string): boolean {
    return this.#isConfirmed && !this.#isAnew(topicId)
  }

  /** Whether this is another topic of the same name than at the last sending. */
  #isAnew(topicId: string): boolean {
    return topicId !== this.#topicId && topicId !== zeroUuid && this.#topicId !== zeroUuid
  }

  /** A partition changes its identity only while nothing under the old one is unsettled. */
  #canNumber(current: Identity | null): boolean {
    if (current === null) return false
    if (this.#identity === current) return true
    return this.batches.every(({ stamp, state }) => stamp === null || state === 'acked')
  }
}

const none: Batch[] = []

/** Whether it is unknown if the batch is in the log. */
function isToDecide({ state, undecided }: Batch): boolean {
  return state === 'closed' && undecided
}

function isSame(one: Identity, other: Identity | null): boolean {
  return one.producerId === other?.producerId && one.producerEpoch === other.producerEpoch
}

/** Whether one number comes after another on the circle; -1 is before all. */
function isAfter(one: number, other: number): boolean {
  if (other === -1) return true
  const distance = (one - other + sequences) % sequences
  return distance > 0 && distance < sequences / 2
}
