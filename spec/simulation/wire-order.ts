import type { WireBatch } from './wiretap.ts'

// The order on the wire: once the client knows that a batch has failed, no newer batch of its partition is
// sent for the first time until the failed one is sent again, or its records have their result. An
// idempotent broker would hide a violation; here it shows.

type Fate = 'onTheWay' | 'failed' | 'settled'

export class WireOrder {
  #fates = new Map<string, Fate>()
  #failed = new Map<number, Set<string>>()
  #warm = new Map<number, number>()
  #violation: (sentence: string) => void

  constructor(violation: (sentence: string) => void) {
    this.#violation = violation
  }

  sent(batch: WireBatch): void {
    const failed = this.#failedOf(batch.partition)
    const isNew = batch.ids.some((id) => !this.#fates.has(id))
    for (const id of batch.ids) failed.delete(id)
    if (isNew && failed.size > 0) {
      this.#violation(`${batch.ids[0]} appears although ${[...failed][0]} is known to have failed`)
    }
    for (const id of batch.ids) this.#fates.set(id, 'onTheWay')
  }

  /** Whether any of it was on the wire before. */
  hasSeen(batch: WireBatch): boolean {
    return batch.ids.some((id) => this.#fates.has(id))
  }

  /** When the first batch of the partition was acknowledged: by then all that it takes is there. */
  warmSince(partition: number): number {
    return this.#warm.get(partition) ?? Number.POSITIVE_INFINITY
  }

  known(batch: WireBatch, code: number | null, now: number): void {
    if (code === 0 && !this.#warm.has(batch.partition)) this.#warm.set(batch.partition, now)
    const failed = this.#failedOf(batch.partition)
    for (const id of batch.ids) {
      if (this.#fates.get(id) === 'settled') continue
      if (code === 0) this.settled(batch.partition, id)
      else {
        this.#fates.set(id, 'failed')
        failed.add(id)
      }
    }
  }

  /** The record has its result. */
  settled(partition: number, id: string): void {
    if (!this.#fates.has(id)) return
    this.#fates.set(id, 'settled')
    this.#failedOf(partition).delete(id)
  }

  #failedOf(partition: number): Set<string> {
    let failed = this.#failed.get(partition)
    if (failed === undefined) {
      failed = new Set()
      this.#failed.set(partition, failed)
    }
    return failed
  }
}
