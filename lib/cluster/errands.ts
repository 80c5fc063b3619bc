import { Fifo } from '../collections/fifo.ts'
import { Guard } from '../collections/guard.ts'
import { isBranded, type KafkaError } from '../errors/kafka-error.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/message.ts'
import type { Clock } from '../runtime.ts'
import type { Connection } from '../wire/connection.ts'
import type { Handler } from '../wire/in-flight.ts'

// Requests that any broker may take, in the order in which they came, until there is a broker to take them.
//
// Invariant: each one is handed to a connection or fails, once, and never inside the call that added it.
// Owned by Cluster.

/** The request; a function, if it depends on the version that the broker knows. */
export type ErrandBody<A extends Api> = RequestInput<A> | ((version: number) => RequestInput<A>)

interface Errand {
  readonly api: Api
  readonly body: unknown | ((version: number) => unknown)
  readonly handler: Handler<unknown>
}

export class Errands {
  readonly #waiting = new Fifo<Errand>()
  readonly #clock: Clock
  readonly #turn: (work: () => void) => void

  constructor(clock: Clock, turn: (work: () => void) => void) {
    this.#clock = clock
    this.#turn = turn
  }

  get length(): number {
    return this.#waiting.length
  }

  push<A extends Api>(api: A, body: ErrandBody<A>, handler: Handler<ResponseOf<A>>): void {
    this.#waiting.push({ api, body, handler: handler as Handler<unknown> })
  }

  /** Hands the oldest one to a connection that has a slot. */
  sendNext(connection: Connection): void {
    const errand = this.#waiting.shift()
    if (errand === undefined) return
    try {
      const { api, body, handler } = errand
      connection.send(
        api,
        typeof body === 'function' ? body(connection.version(api)) : body,
        handler,
      )
    } catch (cause) {
      // It cannot be expressed in this broker's version. Any other exception is a bug here, and surfaces.
      if (!isBranded(cause)) throw cause
      this.#failLater([errand], cause)
    }
  }

  /** All waiting ones fail with `error`. */
  dismiss(error: KafkaError): void {
    const errands = [...this.#waiting]
    while (this.#waiting.shift() !== undefined);
    if (errands.length > 0) this.#failLater(errands, error)
  }

  #failLater(errands: readonly Errand[], error: KafkaError): void {
    const fail = () => {
      const guard = new Guard()
      for (const { handler } of errands) guard.run(() => handler.failed(error))
      guard.release()
    }
    this.#clock.soon(() => this.#turn(fail))
  }
}
