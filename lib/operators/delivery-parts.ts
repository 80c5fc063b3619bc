import type { DeliveryError } from '../errors/delivery-error.ts'
import type { RecordMetadata } from '../model.ts'
import type { Closing } from '../producer/closing.ts'
import type { Engine } from '../producer/engine.ts'
import type { EventSource } from '../producer/events.ts'
import type { AsyncContext } from '../runtime.ts'

// The parts of a delivery: the producer on one side, the outlet of results on the other. Made by
// to-kafka.ts, for delivery.ts.

/** How results leave. */
export interface Outlet<R> {
  /** `position` counts the records of the stream. */
  acknowledged(metadata: RecordMetadata<R>, position: number): void
  /** Absent if every failure ends the stream. */
  rejected?(error: DeliveryError<R>): void
  /** Whether this failure ends the stream, although others do not. Absent: none does. */
  endsOn?(error: DeliveryError<R>): boolean
}

export interface DeliveryParts {
  readonly engine: Engine
  readonly events: EventSource
  readonly closing: Pick<Closing, 'watch'>
  /** The engine belongs to this subscription: no other stream has records in it. */
  readonly owned: boolean
  /** What happens to accepted records on unsubscribe; 'discard' only if it is owned. */
  readonly onUnsubscribe: 'deliver' | 'discard'
  /**
   * How many records may be inside if results leave in the order of all input; null if they leave as they
   * come.
   */
  readonly maxOutstanding: number | null
  /** The subscriber's async context; null if it is the engine's, or there are none. */
  readonly context: AsyncContext | null
  /** Unsubscribes from the source; it does not throw. */
  readonly release: () => void
}
