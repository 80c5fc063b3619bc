import { Alarm } from '../collections/alarm.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCode } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Dispatch, InitProducerIdResponse } from './dispatch.ts'

// The producer's identity: a producer id and an epoch (KIP-98), requested when the first batch is to be
// sent. A new epoch needs no broker (KIP-360 for idempotent producers): a partition's numbering begins anew
// under it.
//
// Invariants: `current` is one object as long as the identity is the same, so `===` compares identities. At
// most one request for it is in flight. After a failure, the next one follows a backoff later, and only if
// it is still needed.

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** The stamp of a batch without idempotence. */
export const nobody: Identity = { producerId: -1n, producerEpoch: -1 }

const lastEpoch = 32767

/** Where the sender gets its identity: its own request, or the coordinator of its transactions. */
export interface Identities {
  /** The identity of new batches; null while none may be numbered. */
  readonly current: Identity | null
  /** Why the last request for one failed. */
  readonly lastError: KafkaError | null
  /** Requests an identity, if one is to be requested. */
  acquire(): void
  /** Numbering cannot continue: it begins anew under another epoch. */
  bump(): void
  /** Makes no further request, and leaves no timer. */
  stop(): void
}

export interface IdentityPorts {
  readonly dispatch: Pick<Dispatch, 'initProducerId'>
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds to wait after so many earlier failures. */
  readonly backoff: (failures: number, random: Random) => number
  /** The observer of identities, if there is one. */
  readonly watched?: Watched | undefined
}

export interface IdentityEvents {
  /** There is one now, or it may be requested again: the waiting lines are looked at again. */
  again(): void
  /** No identity can be had, and another request would not help. */
  refused(error: KafkaError): void
}

export class IdentityKeeper implements Identities {
  #current: Identity | null = null
  #asking = false
  #stopped = false
  #failures = 0
  #lastError: KafkaError | null = null
  #ports: IdentityPorts
  #events: IdentityEvents
  #alarm: Alarm

  constructor(ports: IdentityPorts, events: IdentityEvents) {
    this.#ports = ports
    this.#events = events
    this.#alarm = new Alarm(ports.clock, () => events.again())
  }

  /** The producer's identity; null until a broker has assigned one. */
  get current(): Identity | null {
    return this.#current
  }

  /** Why the last request for one failed; null if there is an identity, or none has failed. */
  get lastError(): KafkaError | null {
    return this.#current === null ? this.#lastError : null
  }

  /** Requests an identity, unless there is one, a request is in flight, or it is too early. */
  acquire(): void {
    const isTooEarly = this.#alarm.at !== null
    if (this.#current !== null || this.#asking || isTooEarly || this.#stopped) return
    this.#asking = true
    this.#ports.dispatch.initProducerId({
      answered: (response) => this.#answered(response),
      failed: (error) => this.#refused(error),
    })
  }

  /** The next epoch; after the last one, a new identity must be requested. */
  bump(): void {
    if (this.#current === null) return
    const { producerId, producerEpoch } = this.#current
    this.#current =
      producerEpoch < lastEpoch ? { producerId, producerEpoch: producerEpoch + 1 } : null
    this.#tell(this.#current, false)
  }

  /** Makes no further request, and leaves no timer. */
  stop(): void {
    this.#stopped = true
    this.#alarm.clear()
  }

  #answered({ errorCode: code, producerId, producerEpoch }: InitProducerIdResponse): void {
    if (errorCode(code).code !== 0) {
      this.#refused(new BrokerError(code, { request: 'InitProducerId' }))
      return
    }
    this.#asking = false
    // Every record sent under an id that no broker accepts would fail.
    if (producerId < 0n || producerEpoch < 0) {
      this.#askLater()
      return
    }
    this.#failures = 0
    this.#lastError = null
    this.#current = { producerId, producerEpoch }
    this.#tell(this.#current, true)
    this.#events.again()
  }

  #tell(identity: Identity | null, isNew: boolean): void {
    if (identity === null) return
    const { producerId, producerEpoch } = identity
    this.#ports.watched?.observer?.identified(producerId, producerEpoch, isNew)
  }

  #refused(error: KafkaError): void {
    this.#asking = false
    this.#lastError = error
    if (this.#stopped) return
    if (!error.retriable) {
      this.#events.refused(error)
      return
    }
    this.#askLater()
  }

  #askLater(): void {
    if (this.#stopped) return
    const { clock, random, backoff } = this.#ports
    this.#alarm.set(clock.now() + backoff(this.#failures, random))
    this.#failures += 1
  }
}
