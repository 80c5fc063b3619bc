import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api } from '../protocol/message.ts'
import { EndTxn } from '../protocol/messages/end-txn.ts'
import { Coordinator, type CoordinatorKey } from './coordinator.ts'
import type { Call } from './coordinator-call.ts'
import type { TransactionCall } from './transaction-errors.ts'
import type { TransactionPorts } from './transaction-ports.ts'

// The two coordinators that a transaction uses: that of its id, and that of the group whose offsets it
// contains. Also which protocol the first one and the cluster speak. Owned by transactions.ts.

export interface CoordinatorsParts {
  readonly transactionalId: string
  readonly retryBackoffMs: number
  /** The outcome of a request that was sent will not be known: it may yet arrive. */
  readonly lost: (name: TransactionCall) => void
}

export class TransactionCoordinators {
  #ports: TransactionPorts
  #parts: CoordinatorsParts
  #own: Coordinator
  /** The group's; null before there were offsets. */
  #group: Coordinator | null = null

  constructor(ports: TransactionPorts, parts: CoordinatorsParts) {
    this.#ports = ports
    this.#parts = parts
    this.#own = this.#coordinatorOf('transaction', parts.transactionalId)
  }

  /** Why the last attempt failed; null since one succeeded. */
  get lastError(): KafkaError | null {
    return this.#own.lastError
  }

  /** The same for the group's coordinator. */
  get lastErrorOfGroup(): KafkaError | null {
    return this.#group?.lastError ?? null
  }

  ask<A extends Api>(call: Call<A>): void {
    this.#own.ask(call)
  }

  askGroup<A extends Api>(groupId: string, call: Call<A>): void {
    if (this.#group?.key.name !== groupId) {
      this.#group?.drop()
      this.#group = this.#coordinatorOf('group', groupId)
    }
    this.#group.ask(call)
  }

  /** Drops all calls. */
  drop(): void {
    this.#own.drop()
    this.#group?.drop()
  }

  /** Sends what can be sent; returns whether that was anything. */
  drain(): boolean {
    const sent = this.#own.drain()
    return (this.#group?.drain() ?? false) || sent
  }

  /** Judged by the cluster's finalized features, and by the coordinator's versions; null: unknown. */
  get speaksTv2(): boolean | null {
    const { dispatch } = this.#ports
    if (dispatch.featureLevel('transaction.version') < 2) return false
    const newest = dispatch.versionOf(this.#own.node, EndTxn)
    return newest < 0 ? null : newest >= endTxnTv2Min
  }

  #coordinatorOf(type: CoordinatorKey['type'], name: string): Coordinator {
    const { retryBackoffMs, lost } = this.#parts
    return new Coordinator({ type, name }, { ...this.#ports, retryBackoffMs, lost })
  }
}

/** KIP-890: from this version on, EndTxn returns the next epoch. */
const endTxnTv2Min = 5
