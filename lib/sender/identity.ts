import { Alarm } from '../collections/alarm.ts'
import { BrokerError } from '../errors/broker-error.ts'
import { errorCode } from '../errors/error-codes.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Clock, Random } from '../runtime.ts'
import type { Dispatch, InitProducerIdResponse } from './dispatch.ts'

// Who this producer is to the brokers: a producer id and an epoch (KIP-98), asked for when the first
// batch is to go. A new epoch needs no broker (KIP-360 for idempotent producers): the numbering of a
// partition begins anew under it.
// Invariants: `current` is one object as long as the identity is the same, so `===` compares them;
// at most one request for it is on the way; after one that failed the next comes a backoff later,
// and only if somebody still wants it.

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** What a batch carries that is not to be idempotent. */
export const nobody: Identity = { producerId: -1n, producerEpoch: -1 }

const lastEpoch = 32767

/** Who gives the sender its identity: one that it asks for, or the coordinator of its transactions. */
export interface Identities {
  /** Who new batches are sent as; null while nobody may number any. */
  readonly current: Identity | null
  /** What the last request for one failed with. */
  readonly lastError: KafkaError | null
  /** Asks for an identity, if that is to be asked for. */
  acquire(): void
  /** Numbers can't go on: they begin anew under another epoch. */
  bump(): void
  /** Asks no more; no timer is left. */
  stop(): void
}

export interface IdentityPorts {
  readonly dispatch: Pick<Dispatch, 'initProducerId'>
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds to wait after so many failures before this one. */
  readonly backoff: (failures: number, random: Random) => number
  /** Who is told of identities. Absent: nobody. */
  readonly watched?: Watched | undefined
}

export interface IdentityEvents {
  /** There is one now, or it is time to ask for one again: whoever waits for it looks again. */
  again(): void
  /** There is none to be had, and it would not help to ask again. */
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

  /** Who we are; null until a broker has said so. */
  get current(): Identity | null {
    return this.#current
  }

  /** What the last request for one failed with; null where there is an identity, or none has failed. */
  get lastError(): KafkaError | null {
    return this.#current === null ? this.#lastError : null
  }

  /** Asks for an identity, unless there is one, it has been asked for, or it is too early. */
  acquire(): void {
    const isTooEarly = this.#alarm.at !== null
    if (this.#current !== null || this.#asking || isTooEarly || this.#stopped) return
    this.#asking = true
    this.#ports.dispatch.initProducerId({
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
    this.#tell(this.#current, false)
  }

  /** Asks no more; no timer is left. */
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
    // An id that no broker takes would cost every record that is sent under it.
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
