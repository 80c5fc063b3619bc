import type { DeliveryError } from '../errors/delivery-error.ts'
import type { RecordMetadata } from '../model.ts'
import type { Closing } from '../producer/closing.ts'
import type { Engine } from '../producer/engine.ts'
import type { EventSource } from '../producer/events.ts'
import type { AsyncContext } from '../runtime.ts'

// What a delivery is made of: the producer on one side, the way out on the other. Put together by
// to-kafka.ts, for delivery.ts.

/** How results leave. */
export interface Outlet<R> {
  /** `position` counts the records of the stream. */
  acknowledged(metadata: RecordMetadata<R>, position: number): void
  /** Absent where every failure ends the stream. */
  rejected?(error: DeliveryError<R>): void
  /** Whether this failure ends the stream, although others do not. Absent: none does. */
  endsOn?(error: DeliveryError<R>): boolean
}

export interface DeliveryParts {
  readonly engine: Engine
  readonly events: EventSource
  readonly closing: Pick<Closing, 'watch'>
  /** The engine is this subscription's own: nobody else has records in it. */
  readonly owned: boolean
  /** What becomes of accepted records on unsubscribe; 'discard' only where owned. */
  readonly onUnsubscribe: 'deliver' | 'discard'
  /**
   * How many records may be on their way where results leave in the order of all input; null where
   * they leave as they come.
   */
  readonly maxOutstanding: number | null
  /** That of the subscriber; null if it is the engine's, or there are none. */
  readonly context: AsyncContext | null
  /** Unsubscribes from the source; it does not throw. */
  readonly release: () => void
}
