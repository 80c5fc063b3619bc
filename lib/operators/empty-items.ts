import { DeliveryError } from '../errors/delivery-error.ts'
import type { Backlog } from '../producer/backlog.ts'

// The items of toKafkaEach that have no records, and wait for those of earlier items. No stage knows of them,
// so they are counted here: a paced source stops for them as it does for records, and a source that cannot
// wait may have so many, and no more. Used by to-kafka-each.ts.

/** So many items without records of a source that cannot wait may wait for earlier items. */
const emptyMax = 1_000_000

export class EmptyItems {
  #backlog: Backlog
  #limit: number
  #count = 0

  /** A paced source stops while `limit` wait. */
  constructor(backlog: Backlog, limit: number) {
    this.#backlog = backlog
    this.#limit = limit
  }

  /** Whether no other one may wait. */
  get areTooMany(): boolean {
    return this.#count >= emptyMax
  }

  /** One came in, whether it waits or not: by that a paced source knows where its items go. */
  entered(): void {
    this.#backlog.entered()
  }

  /** One begins to wait. */
  waits(): void {
    this.#count += 1
    this.#check()
  }

  /** One waits no longer. */
  went(): void {
    this.#count -= 1
    this.#check()
  }

  close(): void {
    this.#limit = Number.POSITIVE_INFINITY
    this.#backlog.close()
  }

  #check(): void {
    this.#backlog.isWaiting = this.#count >= this.#limit
  }
}

/** Why the stream fails. */
export function tooManyEmpty(): DeliveryError {
  const message =
    `BUFFER_EXHAUSTED: ${emptyMax} items without records already wait for the records of earlier items: ` +
    'use paced(source, producer) as the source, which stops reading while they wait'
  return new DeliveryError('BUFFER_EXHAUSTED', { message, persisted: 'no' })
}
