import type { KafkaError } from '../errors/kafka-error.ts'
import type { Watched } from '../observer.ts'
import type { Clock } from '../runtime.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { InFlightRequest } from './in-flight.ts'

// Reports each request's start and end, once, to the observer. Without one, nothing is counted or timed.
// Owned by Connection.

const sizeBytes = 4

export class RequestNews {
  /** The node id of the broker. */
  node: number
  readonly #watched: Watched | null
  readonly #clock: Clock

  constructor({ node, watched }: ConnectionOptions, clock: Clock) {
    this.node = node
    this.#watched = watched ?? null
    this.#clock = clock
  }

  /** The request was handed to the socket, as these bytes. */
  sent({ api, correlationId }: InFlightRequest, chunks: readonly Uint8Array[]): void {
    const observer = this.#watched?.observer
    if (observer == null) return
    let bytes = 0
    for (const { byteLength } of chunks) bytes += byteLength
    observer.requested(this.node, api.name, bytes, correlationId)
  }

  /** This frame, without its size, is the answer. */
  answered({ api, correlationId, sentAt }: InFlightRequest, { byteLength }: Uint8Array): void {
    const observer = this.#watched?.observer
    if (observer == null) return
    const ms = this.#clock.now() - sentAt
    observer.answered(this.node, api.name, sizeBytes + byteLength, ms, correlationId)
  }

  /** It has no answer: its connection ended, or (null) it needed none and was written. */
  unanswered({ api, correlationId, sentAt }: InFlightRequest, cause: KafkaError | null): void {
    const observer = this.#watched?.observer
    const ms = this.#clock.now() - sentAt
    observer?.unanswered?.(this.node, api.name, ms, cause, correlationId)
  }
}
