// Which broker coordinates a transactional id or a group. As in Kafka, the key's hash selects one of fifty
// partitions of an internal topic, and the leader of that partition is the coordinator. All brokers share
// the coordinators' knowledge (replication is perfect): moving one changes which broker to ask, and the new
// one loads first. Owned by the broker model.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { ClusterState } from './cluster-state.ts'

/** What a coordinator is responsible for: transactional ids, or groups. */
export type CoordinatorKind = 'transaction' | 'group'

/** `transaction.state.log.num.partitions`, and `offsets.topic.num.partitions`. */
const partitions = 50

interface Place {
  /** -1: none. */
  leader: number
  /** The current leader, or the last one. */
  lastLeader: number
  /** Until when the leader is loading. */
  readyAt: number
}

export class Coordinators {
  readonly #state: ClusterState
  readonly #places: Readonly<Record<CoordinatorKind, Place[]>>
  /** Since when the internal topics exist: each is created by the first request for a coordinator. */
  readonly #madeAt = new Map<CoordinatorKind, number>()

  constructor(state: ClusterState) {
    this.#state = state
    const places = () => {
      return Array.from({ length: partitions }, (_, index) => {
        const leader = state.brokers[index % state.brokers.length]!.id
        return { leader, lastLeader: leader, readyAt: 0 }
      })
    }
    this.#places = { transaction: places(), group: places() }
  }

  /** The broker that coordinates `key`; -1 if there is none. */
  of(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, key).leader
  }

  /** Whether there is a coordinator that has finished loading. */
  isReady(kind: CoordinatorKind, key: string, now: number): boolean {
    const { leader, readyAt } = this.#place(kind, key)
    return leader !== -1 && readyAt <= now
  }

  /** When the coordinator of `key` has finished loading. */
  readyAt(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, key).readyAt
  }

  /** Why `broker` cannot be asked about `key`; null if it can. */
  refusal(kind: CoordinatorKind, key: string, broker: number, now: number): KafkaErrorName | null {
    const { leader, readyAt } = this.#place(kind, key)
    if (leader !== broker) return 'NOT_COORDINATOR'
    return readyAt <= now ? null : 'COORDINATOR_LOAD_IN_PROGRESS'
  }

  /** Creates the internal topic of a kind, if it does not exist: its coordinators are known from `at` on. */
  make(kind: CoordinatorKind, at: number, loadMs: number): void {
    if (this.#madeAt.has(kind)) return
    this.#madeAt.set(kind, at)
    for (const place of this.#places[kind]) place.readyAt = at + loadMs
  }

  /** Whether the internal topic of a kind exists. */
  isMade(kind: CoordinatorKind, now: number): boolean {
    return (this.#madeAt.get(kind) ?? Number.POSITIVE_INFINITY) <= now
  }

  /** Gives `key`, and all keys of its partition, another coordinator (-1: none), which loads first. */
  move(kind: CoordinatorKind, key: string, to: number, readyAt: number): void {
    if (to !== -1) this.#state.broker(to)
    lead(this.#place(kind, key), to, readyAt)
  }

  /** A broker has stopped. With `failover`, live ones take over its coordinators; otherwise none does. */
  stopBroker(id: number, failover: boolean, readyAt: number): void {
    const live = this.#state.brokers.filter(({ state }) => state !== 'down')
    this.#each((place, index) => {
      if (place.leader !== id) return
      const next = failover ? live[index % live.length]?.id : undefined
      lead(place, next ?? -1, readyAt)
    })
  }

  /** It is running again, and coordinates what no other broker took over. */
  startBroker(id: number, readyAt: number): void {
    this.#each((place) => {
      if (place.leader === -1 && place.lastLeader === id) lead(place, id, readyAt)
    })
  }

  #place(kind: CoordinatorKind, key: string): Place {
    return this.#places[kind][partitionOf(key)]!
  }

  #each(act: (place: Place, index: number) => void): void {
    for (const places of Object.values(this.#places)) places.forEach(act)
  }
}

function lead(place: Place, leader: number, readyAt: number): void {
  place.leader = leader
  if (leader !== -1) place.lastLeader = leader
  place.readyAt = readyAt
}

/** As in Kafka: the hash code of a Java string, without its sign. */
function partitionOf(key: string): number {
  let hash = 0
  for (let index = 0; index < key.length; index += 1) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0
  }
  return (hash & 0x7fffffff) % partitions
}
