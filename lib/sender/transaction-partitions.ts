import type { PartitionState } from '../topics/topic-state.ts'
import type { Call, Refusal } from './coordinator-call.ts'
import { type Asker, addPartitions } from './transaction-calls.ts'

// The partitions of the open transaction. Under TV1, each is added before its first batch is sent, all new
// ones by one request, one request at a time; under TV2, sending to it adds it.
//
// Invariants: a partition is new, pending or added, or none of these. It holds its topic from the first
// question until the transaction ends, so that its numbering is not forgotten. A refused request removes
// nothing from `added`. Owned by transactions.ts.

export interface PartitionsPorts {
  readonly asker: () => Asker
  readonly ask: (call: Call) => void
  /** The coordinator may know of the transaction from now on. */
  readonly sent: () => void
  readonly added: (places: readonly PartitionState[]) => void
  readonly refused: (refusal: Refusal) => void
}

export class TransactionPartitions {
  #ports: PartitionsPorts
  #new = new Set<PartitionState>()
  #pending = new Set<PartitionState>()
  #added = new Set<PartitionState>()

  constructor(ports: PartitionsPorts) {
    this.#ports = ports
  }

  /** Whether it may be sent to; if not, it will be added. `isAdded`: by sending to it. */
  admits(place: PartitionState, isAdded: boolean): boolean {
    if (this.#added.has(place)) return true
    if (this.#new.has(place) || this.#pending.has(place)) return false
    place.of.hold()
    ;(isAdded ? this.#added : this.#new).add(place)
    return isAdded
  }

  /** TV2: the new ones may be sent to, from now on. */
  admitNew(): readonly PartitionState[] {
    const places = [...this.#new]
    this.#new.clear()
    for (const place of places) this.#added.add(place)
    return places
  }

  /** Requests the new ones. */
  drain(): void {
    if (this.#new.size === 0 || this.#pending.size > 0) return
    const places = [...this.#new]
    this.#pending = this.#new
    this.#new = new Set()
    this.#ports.sent()
    const call = addPartitions(this.#ports.asker(), places, this.#added.size === 0, {
      done: () => this.#confirmed(places),
      failed: (refusal) => this.#ports.refused(refusal),
    })
    this.#ports.ask(call as unknown as Call)
  }

  /** The transaction ends: partitions that were not requested yet need not be. */
  forget(): void {
    released(this.#new)
  }

  /** The transaction is over. */
  clear(): void {
    for (const places of [this.#new, this.#pending, this.#added]) released(places)
  }

  #confirmed(places: readonly PartitionState[]): void {
    for (const place of places) this.#added.add(place)
    this.#pending.clear()
    this.#ports.added(places)
  }
}

function released(places: Set<PartitionState>): void {
  if (places.size === 0) return // clear() makes another table even for an empty set
  for (const place of places) place.of.release()
  places.clear()
}
