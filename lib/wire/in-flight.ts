import { Fifo } from '../collections/fifo.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { Api } from '../protocol/message.ts'

// The requests of one connection without a result, oldest first. Answers come in the order of the requests.
// A request that expects no answer is done when it has been written, which also happens in order. So there
// are two queues, and the serial number joins them.
//
// Invariant: a request leaves exactly once, by `answered`, `written` or `drain`.

/** Takes the one result of a request: exactly one of its methods is called, once. */
export interface Handler<Body> {
  answered(body: Body): void
  /** No answer came, and nothing refers to the request's bytes any more. */
  failed(error: KafkaError): void
  /** The bytes of a request without an answer are written. */
  written?(): void
}

export interface InFlightRequest {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  readonly expectsAnswer: boolean
  readonly handler: Handler<unknown>
  readonly sentAt: number
  /** How long the connection had been throttled in total when this was sent, in milliseconds. */
  readonly throttledBefore: number
  readonly serial: number
}

export class InFlight {
  readonly #awaiting = new Fifo<InFlightRequest>()
  readonly #unwritten = new Fifo<InFlightRequest>()

  get length(): number {
    return this.#awaiting.length + this.#unwritten.length
  }

  /** The request that the next answer must belong to. */
  get next(): InFlightRequest | undefined {
    return this.#awaiting.peek()
  }

  get oldest(): InFlightRequest | undefined {
    return older(this.#awaiting.peek(), this.#unwritten.peek())
  }

  push(request: InFlightRequest): void {
    const queue = request.expectsAnswer ? this.#awaiting : this.#unwritten
    queue.push(request)
  }

  /** `next` was answered. */
  answered(): void {
    this.#awaiting.shift()
  }

  /** The oldest request that expects no answer was written. */
  written(): InFlightRequest | undefined {
    return this.#unwritten.shift()
  }

  /** Takes everything that is left, in the order of sending. */
  drain(): InFlightRequest[] {
    const all = [...this.#awaiting, ...this.#unwritten].sort((a, b) => a.serial - b.serial)
    while (this.#awaiting.shift() !== undefined);
    while (this.#unwritten.shift() !== undefined);
    return all
  }
}

function older(
  one: InFlightRequest | undefined,
  other: InFlightRequest | undefined,
): InFlightRequest | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.serial < other.serial ? one : other
}
