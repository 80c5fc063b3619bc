import { BrokerError } from '../errors/broker-error.ts'
import { errorCode } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Dispatch, InitProducerIdResponse } from './dispatch.ts'

// Who this producer is to the brokers: a producer id and an epoch (KIP-98), asked for when the first
// batch is to go. A new epoch needs no broker (KIP-360 for idempotent producers): the numbering of a
// partition begins anew under it.
// Invariant: `current` is one object as long as the identity is the same, so `===` compares them.

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** What a batch carries that is not to be idempotent. */
export const nobody: Identity = { producerId: -1n, producerEpoch: -1 }

const lastEpoch = 32767

export interface IdentityEvents {
  /** There is one now. */
  acquired(): void
  /** There was none to be had. `retriable` errors may be tried again. */
  refused(error: KafkaError): void
}

export class IdentityKeeper {
  #current: Identity | null = null
  #asking = false
  #dispatch: Dispatch
  #events: IdentityEvents

  constructor(dispatch: Dispatch, events: IdentityEvents) {
    this.#dispatch = dispatch
    this.#events = events
  }

  /** Who we are; null until a broker has said so. */
  get current(): Identity | null {
    return this.#current
  }

  /** Asks for an identity, unless there is one or it has been asked for. */
  acquire(): void {
    if (this.#current !== null || this.#asking) return
    this.#asking = true
    this.#dispatch.initProducerId({
      answered: (response) => this.#answered(response),
      failed: (error) => this.#refused(error),
    })
  }

  /** The next epoch; after the last one, a new identity has to be asked for. */
  bump(): void {
    if (this.#current === null) return
    const { producerId, producerEpoch } = this.#current
    this.#current =
      producerEpoch < lastEpoch ? { producerId, producerEpoch: producerEpoch + 1 } : null
  }

  #answered({ errorCode: code, producerId, producerEpoch }: InitProducerIdResponse): void {
    if (errorCode(code).code !== 0) {
      this.#refused(new BrokerError(code, { request: 'InitProducerId' }))
      return
    }
    this.#asking = false
    this.#current = { producerId, producerEpoch }
    this.#events.acquired()
  }

  #refused(error: KafkaError): void {
    this.#asking = false
    this.#events.refused(error)
  }
}
