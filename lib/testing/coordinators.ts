// Which broker coordinates a transactional id or a group: the key's hash names one of fifty partitions
// of an internal topic, as in Kafka, and who leads that partition is the coordinator. What coordinators
// know is shared by all brokers (replication is perfect): moving one changes whom to ask, and makes
// whoever is asked load first. Owned by the broker model.

import type { KafkaErrorName } from '../errors/error-codes.ts'
import type { ClusterState } from './cluster-state.ts'

/** What a coordinator is responsible for: transactional ids, or groups. */
export type CoordinatorKind = 'transaction' | 'group'

/** `transaction.state.log.num.partitions`, and `offsets.topic.num.partitions`. */
const partitions = 50

interface Place {
  /** -1: none. */
  leader: number
  /** The broker that leads, or the last one that did. */
  lastLeader: number
  /** Until when whoever leads loads what it has to know. */
  readyAt: number
}

export class Coordinators {
  readonly #state: ClusterState
  readonly #places: Readonly<Record<CoordinatorKind, Place[]>>
  /** From when on the internal topics are there: each is made when somebody asks for a coordinator. */
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

  /** Whether there is a coordinator that has loaded what it has to know. */
  isReady(kind: CoordinatorKind, key: string, now: number): boolean {
    const { leader, readyAt } = this.#place(kind, key)
    return leader !== -1 && readyAt <= now
  }

  /** When whoever coordinates `key` has loaded. */
  readyAt(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, key).readyAt
  }

  /** Why `broker` can't be asked about `key`; null if it can. */
  refusal(kind: CoordinatorKind, key: string, broker: number, now: number): KafkaErrorName | null {
    const { leader, readyAt } = this.#place(kind, key)
    if (leader !== broker) return 'NOT_COORDINATOR'
    return readyAt <= now ? null : 'COORDINATOR_LOAD_IN_PROGRESS'
  }

  /** Makes the internal topic of a kind, where it is not there: its coordinators are known from `at` on. */
  make(kind: CoordinatorKind, at: number, loadMs: number): void {
    if (this.#madeAt.has(kind)) return
    this.#madeAt.set(kind, at)
    for (const place of this.#places[kind]) place.readyAt = at + loadMs
  }

  /** Whether the internal topic of a kind is there. */
  isMade(kind: CoordinatorKind, now: number): boolean {
    return (this.#madeAt.get(kind) ?? Number.POSITIVE_INFINITY) <= now
  }

  /** Gives `key`, and all keys of its partition, another coordinator (-1: none), which loads first. */
  move(kind: CoordinatorKind, key: string, to: number, readyAt: number): void {
    if (to !== -1) this.#state.broker(to)
    lead(this.#place(kind, key), to, readyAt)
  }

  /** A broker has gone down. With `failover`, live ones take over what it coordinated; else nobody. */
  stopBroker(id: number, failover: boolean, readyAt: number): void {
    const live = this.#state.brokers.filter(({ state }) => state !== 'down')
    this.#each((place, index) => {
      if (place.leader !== id) return
      const next = failover ? live[index % live.length]?.id : undefined
      lead(place, next ?? -1, readyAt)
    })
  }

  /** It is back, and coordinates again what nobody took over. */
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

/** As Kafka: the hash code of Java's string, without its sign. */
function partitionOf(key: string): number {
  let hash = 0
  for (let index = 0; index < key.length; index += 1) {
    hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0
  }
  return (hash & 0x7fffffff) % partitions
}
