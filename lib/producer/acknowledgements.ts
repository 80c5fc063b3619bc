import { isThenable, watchRejection } from '../collections/thenable.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Header, Interceptor, ProducerRecord, Receipt } from '../model.ts'
import { reportUnhandled } from '../stages/unhandled.ts'

// Reports a record's result to the interceptors and then to its feed. Each is called, whatever the others
// do. Promises of interceptors are not awaited. Called by the engine for every receipt.

/** `failed` is called with the interceptor that threw, or later with one whose promise rejected. */
export function tellInterceptors(
  interceptors: readonly Interceptor[],
  { metadata, error }: Receipt,
  headers: readonly Header[],
  failed: (error: unknown, interceptor: Interceptor) => void,
): void {
  const told = metadata ?? placeholder(error!)
  for (const interceptor of interceptors) {
    try {
      const done: unknown = interceptor.onAcknowledgement?.(told, error, headers)
      if (isThenable(done)) watchRejection(done, (reason) => failed(reason, interceptor))
    } catch (thrown) {
      failed(thrown, interceptor)
    }
  }
}

/**
 * Gives a receipt to its feed. Feeds contain what user code throws; if an exception escapes all the same,
 * the other feeds must go on.
 */
export function tellFeed(receipt: Receipt): void {
  try {
    receipt.feed.settle(receipt)
  } catch (thrown) {
    reportUnhandled(thrown)
  }
}

/** What an interceptor is told about a record that failed. */
function placeholder(error: DeliveryError) {
  const { topic = '', partition, record } = error
  return {
    topic,
    partition,
    offset: -1,
    timestamp: -1,
    serializedKeySize: -1,
    serializedValueSize: -1,
    record: record as ProducerRecord,
  }
}
