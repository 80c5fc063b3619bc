import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Feed, ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import { onAbort } from './abort-listeners.ts'
import type { Engine } from './engine.ts'

// Single records, each with a promise, and a signal that withdraws it as long as it is in no batch.
// Invariant: each has one result, and a signal has a listener only as long as its record has no result.
// Used by the producer.

/** What `send()` passes along, to get its one result back. */
interface Ticket {
  resolve(metadata: RecordMetadata): void
  reject(error: unknown): void
}

/** All `send()` calls of a producer are one feed, so their records keep their order. */
const sends: Feed = {
  settle({ ticket, metadata, error }: Receipt): void {
    if (metadata === null) (ticket as Ticket).reject(error as DeliveryError)
    else (ticket as Ticket).resolve(metadata)
  },
}

/** Gives the engine one record. */
export function enterOne(
  engine: Engine,
  record: ProducerRecord,
  ticket: Ticket,
  signal: AbortSignal | undefined,
): void {
  if (signal === undefined) engine.enter(sends, ticket, record, true)
  else if (signal.aborted) ticket.reject(signal.reason)
  else enterRevocable(engine, record, ticket, signal)
}

function enterRevocable(
  engine: Engine,
  record: ProducerRecord,
  { resolve, reject }: Ticket,
  signal: AbortSignal,
): void {
  const recall = () => engine.recall(envelope, () => reject(signal.reason))
  let over = () => {}
  let isOver = false
  const settling = <T>(settle: (outcome: T) => void) => {
    return (outcome: T) => {
      isOver = true
      over()
      settle(outcome)
    }
  }
  const ticket = { resolve: settling(resolve), reject: settling(reject) }
  const envelope = engine.enter(sends, ticket, record, true)
  if (isOver) return
  over = onAbort(signal, recall)
  // For example by its own serializer, before the listener was added.
  if (signal.aborted) recall()
}
