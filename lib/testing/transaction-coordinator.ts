// The transaction coordinator, like Kafka's TransactionCoordinator: which producer may begin, add and end,
// and which is fenced. One for all brokers (replication is perfect); coordinators.ts says which broker may
// be asked. Under TV2 (KIP-890) every end gives the producer its next epoch; under TV1 only InitProducerId
// does. It has no timers: `advance` does what has fallen due (timeouts, markers) whenever the model is
// asked. Invariant: a prepared transaction is completed, whatever happens to its producer.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Coordinators } from './coordinators.ts'
import type { GroupOffsets } from './group-offsets.ts'
import { verdictTv1, verdictTv2 } from './transaction-end.ts'
import { markerBatch } from './transaction-marker.ts'
import {
  bump,
  complete,
  type Identity,
  isBeingFenced,
  isExhausted,
  isInTransition,
  isOfThis,
  isPrepared,
  moveTo,
  newEntry,
  nextIdentity,
  type TransactionEntry,
} from './transaction-states.ts'

/** What is added to a transaction: a partition, or offsets of a group. */
export type Place =
  | { readonly topic: string; readonly partition: number }
  | { readonly group: string }

/** What it needs from the model. */
export interface CoordinatorPorts {
  readonly state: ClusterState
  readonly coordinators: Coordinators
  readonly groups: GroupOffsets
  nextProducerId(): bigint
  now(): number
  /** The finalised level of `transaction.version`. */
  transactionVersion(): number
  /** Milliseconds from the end of a transaction to its markers. */
  completionMs(): number
  /** Milliseconds from another producer's InitProducerId to the abort of the open transaction. */
  fencingMs(): number
}

/** `transaction.max.timeout.ms`. */
const timeoutMsMax = 900_000

export class TransactionCoordinator {
  readonly #ports: CoordinatorPorts
  readonly #entries = new Map<string, TransactionEntry>()
  /** Open transactions, and those without their markers: the ones that time affects. */
  readonly #active = new Set<TransactionEntry>()

  constructor(ports: CoordinatorPorts) {
    this.#ports = ports
  }

  /** The state of an id. */
  entry(id: string): TransactionEntry | undefined {
    return this.#entries.get(id)
  }

  /** A new identity for the producer with this id, which fences all earlier ones; or why there is none. */
  begin(id: string, timeoutMs: number, claimed: Identity | null): Identity | KafkaErrorName {
    if (id === '') return 'INVALID_REQUEST'
    if (timeoutMs <= 0 || timeoutMs > timeoutMsMax) return 'INVALID_TRANSACTION_TIMEOUT'
    const entry = this.#entries.get(id) ?? newEntry(id, this.#ports.nextProducerId(), timeoutMs)
    this.#entries.set(id, entry)
    if (isInTransition(entry)) return 'CONCURRENT_TRANSACTIONS'
    if (claimed !== null && !isOfThis(entry, claimed)) return 'PRODUCER_FENCED'
    if (entry.state === 'Ongoing') {
      const fencingMs = this.#ports.fencingMs()
      if (fencingMs === 0) this.#fence(entry, this.#ports.now())
      else entry.fencesAt = this.#ports.now() + fencingMs
      return 'CONCURRENT_TRANSACTIONS'
    }
    const refused = this.#renew(entry, claimed)
    if (refused !== null) return refused
    entry.timeoutMs = timeoutMs
    moveTo(entry, 'Empty')
    return { producerId: entry.producerId, epoch: entry.epoch }
  }

  /** Adds a place to the producer's transaction, which it begins; or says why not. */
  add(id: string, who: Identity, places: readonly Place[]): KafkaErrorName | null {
    const entry = this.#entries.get(id)
    const refused = id === '' ? 'INVALID_REQUEST' : this.#stranger(entry, who)
    if (refused !== null || entry === undefined) return refused ?? 'INVALID_PRODUCER_ID_MAPPING'
    if (isInTransition(entry)) return 'CONCURRENT_TRANSACTIONS'
    if (entry.state !== 'Ongoing') {
      moveTo(entry, 'Ongoing')
      entry.startedAt = this.#ports.now()
      this.#active.add(entry)
    }
    for (const place of places) {
      if ('group' in place) entry.groups.add(place.group)
      else entry.partitions.set(nameOf(place), [place.topic, place.partition])
    }
    return null
  }

  /** Whether a place is in the producer's transaction: null if it is, otherwise the error for a leader. */
  verify(id: string, who: Identity, place: Place): KafkaErrorName | null {
    const entry = this.#entries.get(id)
    const refused = id === '' ? 'INVALID_REQUEST' : this.#stranger(entry, who)
    if (refused !== null || entry === undefined) return refused ?? 'INVALID_PRODUCER_ID_MAPPING'
    if (isInTransition(entry)) return 'CONCURRENT_TRANSACTIONS'
    const isIn =
      'group' in place ? entry.groups.has(place.group) : entry.partitions.has(nameOf(place))
    return isIn ? null : 'TRANSACTION_ABORTABLE'
  }

  /** Ends the producer's transaction. `bumps`: by a TV2 request, whose answer has an identity. */
  end(id: string, who: Identity, committed: boolean, bumps: boolean): Identity | KafkaErrorName {
    const entry = this.#entries.get(id)
    if (id === '') return 'INVALID_REQUEST'
    if (entry === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
    const verdict = (bumps ? verdictTv2 : verdictTv1)(entry, who, committed)
    if (verdict === 'prepare') return this.#prepare(entry, committed, bumps)
    return verdict === 'repeat' ? nextIdentity(entry) : verdict
  }

  /**
   * Does what has fallen due: aborts transactions that took too long, writes markers. Returns whether it
   * wrote any.
   */
  advance(): boolean {
    const now = this.#ports.now()
    let wrote = false
    for (const entry of this.#active) {
      if (!this.#ports.coordinators.isReady('transaction', entry.id, now)) continue
      const abortsAt = Math.min(entry.startedAt + entry.timeoutMs, entry.fencesAt)
      if (entry.state === 'Ongoing' && abortsAt <= now) this.#fence(entry, abortsAt)
      if (isPrepared(entry) && entry.completesAt <= now) wrote = this.#complete(entry) || wrote
    }
    return wrote
  }

  /** Milliseconds until an ended transaction of `id` is completed, if nothing happens before. */
  completionIn(id: string): number {
    const entry = this.#entries.get(id)
    if (entry === undefined || !isInTransition(entry)) return 0
    const { fencesAt, completesAt } = entry
    const at = isPrepared(entry) ? completesAt : fencesAt + this.#ports.completionMs()
    return at - this.#ports.now()
  }

  /** Completes it now, for the partitions that have leaders. */
  hasten(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined && isBeingFenced(entry)) this.#fence(entry, this.#ports.now())
    if (entry !== undefined && isPrepared(entry)) this.#complete(entry)
  }

  /** Whether a request comes too late, or from an unknown producer. */
  #stranger(entry: TransactionEntry | undefined, who: Identity): KafkaErrorName | null {
    if (entry === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
    if (this.#isPending(entry)) return 'CONCURRENT_TRANSACTIONS'
    if (entry.producerId !== who.producerId) return 'INVALID_PRODUCER_ID_MAPPING'
    return entry.epoch === who.epoch ? null : 'PRODUCER_FENCED'
  }

  /** Under TV2, another identity may come into force before long. */
  #isPending(entry: TransactionEntry): boolean {
    return isInTransition(entry) && this.#ports.transactionVersion() >= 2
  }

  /** A new epoch, or after the last one a new producer id. */
  #renew(entry: TransactionEntry, claimed: Identity | null): KafkaErrorName | null {
    const { epoch } = entry
    if (isExhausted(epoch) && (claimed === null || claimed.epoch === epoch)) {
      entry.previousProducerId = entry.producerId
      entry.producerId = this.#ports.nextProducerId()
      entry.epoch = 0
      entry.lastEpoch = claimed === null ? -1 : epoch
      return null
    }
    if (claimed === null || epoch === -1 || claimed.epoch === epoch) {
      entry.lastEpoch = claimed === null ? -1 : epoch
      entry.epoch += 1
      return null
    }
    // Its last request was processed, and the answer lost: the same answer again.
    return claimed.epoch === entry.lastEpoch ? null : 'PRODUCER_FENCED'
  }

  /** Aborts without a request: the current epoch is no longer valid. */
  #fence(entry: TransactionEntry, at: number): void {
    const bumps = this.#ports.transactionVersion() >= 2
    if (!bumps) {
      entry.epoch += 1
      entry.lastEpoch = -1
    }
    this.#prepare(entry, false, bumps, at)
  }

  #prepare(
    entry: TransactionEntry,
    committed: boolean,
    bumps: boolean,
    at: number = this.#ports.now(),
  ): Identity {
    moveTo(entry, committed ? 'PrepareCommit' : 'PrepareAbort')
    if (bumps) bump(entry, () => this.#ports.nextProducerId())
    entry.fencesAt = Number.POSITIVE_INFINITY
    const completionMs = this.#ports.completionMs()
    entry.completesAt = at + completionMs
    this.#active.add(entry)
    const identity = nextIdentity(entry)
    if (completionMs === 0) this.advance()
    return identity
  }

  /** Writes the markers for partitions with leaders. Returns whether it wrote any. */
  #complete(entry: TransactionEntry): boolean {
    const { producerId, epoch: producerEpoch } = entry
    const committed = entry.state === 'PrepareCommit'
    const { state, groups } = this.#ports
    let wrote = false
    for (const [name, [topic, index]] of entry.partitions) {
      const partition = state.topic(topic)?.partitions[index]
      if (partition?.leader === -1) continue
      entry.partitions.delete(name)
      if (partition === undefined) continue
      const marker = markerBatch({ producerId, producerEpoch, committed }, this.#ports.now())
      const { baseOffset } = partition.log.appendMarker(marker, partition.leaderEpoch)
      partition.log.transactions.end(producerId, baseOffset, committed)
      partition.producers.mark(producerId, producerEpoch)
      wrote = true
    }
    if (entry.partitions.size > 0) return wrote
    for (const group of entry.groups) groups.end(group, producerId, committed)
    complete(entry)
    this.#active.delete(entry)
    return wrote
  }
}

function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}
