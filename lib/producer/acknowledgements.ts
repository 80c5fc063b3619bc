import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Header, Interceptor, ProducerRecord, Receipt } from '../model.ts'
import { isThenable, watchRejection } from '../stages/thenable.ts'
import { reportUnhandled } from '../stages/unhandled.ts'

// What became of a record, told to the interceptors and then to its feed: each is called, whatever the
// others do. Nobody waits for what interceptors do by promises.
// Called by the engine for every receipt.

/** `failed` is told which interceptor threw what, or was rejected with it, later. */
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
 * Gives a receipt to its feed. Feeds contain what the user's code throws; if something escapes all the
 * same, that is no reason to end the other feeds.
 */
export function tellFeed(receipt: Receipt): void {
  try {
    receipt.feed.settle(receipt)
  } catch (thrown) {
    reportUnhandled(thrown)
  }
}

/** What an interceptor is told of a record that failed. */
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
