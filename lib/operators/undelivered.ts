import type { DeliveryError, Persisted, Undelivered } from '../errors/delivery-error.ts'

// What became of all that a stream was given, told by the error that ends it.
// Invariant: the lists are in input order, whatever the order in which records failed: who sends them
// again keeps it. Used by operators/delivery.ts.

/** A failed record and its place in the input. */
export interface Placed<R> {
  readonly position: number
  readonly error: DeliveryError<R>
}

/** The first failure of a stream, with the lists of all of them and the counts. */
export function withLists<R>(
  failure: DeliveryError<R>,
  undelivered: readonly Placed<R>[],
  acknowledged: number,
): DeliveryError<R> {
  const inOrder = [...undelivered].sort((one, other) => one.position - other.position)
  failure.list(listed(inOrder, 'no'), listed(inOrder, 'possibly'))
  failure.counts = {
    acknowledged,
    unsent: failure.unsent.length,
    unknown: failure.unknown.length,
  }
  return failure
}

function listed<R>(all: readonly Placed<R>[], persisted: Persisted): Undelivered<R>[] {
  const those = all.filter(({ error }) => error.persisted === persisted)
  return those.map(({ error }) => ({ record: error.record, error }))
}

/** Whether it is the error of a record that the broker refused, and `first` of one spared beside it. */
export function isGuiltier({ code }: DeliveryError, first: DeliveryError): boolean {
  return first.code === 'BATCH_REFUSED' && code !== 'BATCH_REFUSED' && code !== 'SIBLING_FAILED'
}
