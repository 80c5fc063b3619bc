import type { DeliveryError, Lists, Persisted, Undelivered } from '../errors/delivery-error.ts'

// The fate of all records of a stream, for the error that ends it.
//
// Invariant: the lists are in input order, whatever the order of the failures, so sending them again keeps
// it. A million may have failed, so the lists are made when they are first read. Used by
// operators/delivery.ts.

export class UndeliveredRecords<R> {
  #errors: DeliveryError<R>[] = []
  /** The position of each record in the input. */
  #positions: number[] = []
  #unknown = 0

  /** One more record has failed. */
  add(position: number, error: DeliveryError<R>): void {
    this.#positions.push(position)
    this.#errors.push(error)
    if (error.persisted === 'possibly') this.#unknown += 1
  }

  /** Removes them: they will not be listed. */
  takeAll(): readonly DeliveryError<R>[] {
    this.#positions = []
    this.#unknown = 0
    return this.#errors.splice(0)
  }

  /** The first failure of a stream, with the lists of all of them and the counts. */
  listedBy(failure: DeliveryError<R>, acknowledged: number): DeliveryError<R> {
    failure.list(() => this.#lists())
    const unknown = this.#unknown
    failure.counts = { acknowledged, unsent: this.#errors.length - unknown, unknown }
    return failure
  }

  #lists(): Lists<R> {
    const positions = this.#positions
    const order = [...positions.keys()].sort((one, other) => positions[one]! - positions[other]!)
    const all = order.map((index) => this.#errors[index]!)
    return { unsent: listed(all, 'no'), unknown: listed(all, 'possibly') }
  }
}

function listed<R>(all: readonly DeliveryError<R>[], persisted: Persisted): Undelivered<R>[] {
  const those = all.filter((error) => error.persisted === persisted)
  return those.map((error) => ({ record: error.record, error }))
}

/** Whether it is the error of a refused record, and `first` that of another record of its batch. */
export function isGuiltier({ code }: DeliveryError, first: DeliveryError): boolean {
  return first.code === 'BATCH_REFUSED' && code !== 'BATCH_REFUSED' && code !== 'SIBLING_FAILED'
}
