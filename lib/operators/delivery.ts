import type { Subscriber } from 'rxjs'
import { DeliveryError, type Undelivered } from '../errors/delivery-error.ts'
import type { Feed, ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import type { Engine } from '../producer/engine.ts'
import type { EventSource } from '../producer/events.ts'
import type { Stage } from '../stages/operator.ts'

// One subscription of toKafka or toKafkaSettled: a feed of the engine on one side, a subscriber on
// the other. It decides nothing about delivery, only what an end means.
//
//   open ─ source ends ─► draining ─ last result ─► done
//     ├─ a record fails (toKafka) ─► failing ─ last result ─► done
//     └─ unsubscribed, from any ─► abandoned
//
// Invariant: `outstanding` is what was given to the engine and has no result here yet; the stream
// ends only at 0, so every input has had its result, or its place in the lists of the error.

type State = 'open' | 'draining' | 'failing' | 'abandoned' | 'done'

/** How results leave. */
export interface Outlet<R> {
  acknowledged(metadata: RecordMetadata<R>): void
  /** True where the failure has been handed on; false where it ends the stream. */
  rejected(error: DeliveryError<R>): boolean
}

export interface DeliveryParts {
  readonly engine: Engine
  readonly events: EventSource
  /** The engine is this subscription's own: nobody else has records in it. */
  readonly owned: boolean
  /** What becomes of accepted records on unsubscribe; 'discard' only where owned. */
  readonly onUnsubscribe: 'deliver' | 'discard'
  /** Unsubscribes from the source. */
  readonly release: () => void
}

export class Delivery<R extends ProducerRecord> implements Stage<R>, Feed {
  #parts: DeliveryParts
  #out: Subscriber<unknown>
  #outlet: Outlet<R>
  #state: State = 'open'
  #outstanding = 0
  #acknowledged = 0
  #failure: DeliveryError<R> | null = null
  #fatal: unknown = null
  #unwatch: () => void
  #sourceFailed = false
  #sourceError: unknown = undefined
  #unsent: Undelivered<R>[] = []
  #unknown: Undelivered<R>[] = []

  constructor(parts: DeliveryParts, out: Subscriber<unknown>, outlet: Outlet<R>) {
    this.#parts = parts
    this.#out = out
    this.#outlet = outlet
    this.#unwatch = parts.engine.watchFatal((error) => this.#ended(error))
  }

  next(record: R): void {
    if (this.#state !== 'open') return
    this.#outstanding += 1
    this.#parts.engine.enter(this, null, record)
  }

  complete(): void {
    this.#drain()
  }

  fail(cause: unknown): void {
    this.#sourceFailed = true
    this.#sourceError = cause
    this.#drain()
  }

  /** The subscriber has gone, or has had its last notification. */
  close(): void {
    const { engine, owned, onUnsubscribe } = this.#parts
    this.#unwatch()
    if (this.#state === 'done') return
    this.#state = 'abandoned'
    this.#outstanding -= engine.withdraw(this).length
    if (!owned) return
    if (onUnsubscribe === 'discard') engine.halt('DISCARDED')
    else engine.refuse('DISCARDED')
    engine.whenIdle(() => engine.stop())
  }

  settle({ metadata, error }: Receipt): void {
    this.#outstanding -= 1
    if (metadata !== null) {
      this.#acknowledged += 1
      if (this.#state !== 'abandoned') this.#outlet.acknowledged(metadata as RecordMetadata<R>)
    } else {
      this.#rejected(error as DeliveryError<R>)
    }
    this.#checkDone()
  }

  #rejected(error: DeliveryError<R>): void {
    if (this.#state === 'abandoned') {
      if (error.code !== 'DISCARDED') this.#parts.events.publish({ type: 'undelivered', error })
      return
    }
    if (this.#outlet.rejected(error)) return
    this.#list(error)
    if (this.#failure !== null) return
    this.#failure = error
    this.#stop(error)
  }

  /** A record has failed: no more input, no new attempt; what is on its way is awaited. */
  #stop(cause: DeliveryError<R>): void {
    const { engine, owned, release } = this.#parts
    this.#state = 'failing'
    release()
    if (owned) {
      engine.halt('SIBLING_FAILED', cause)
      return
    }
    const waiting = engine.withdraw(this)
    this.#outstanding -= waiting.length
    for (const { original, record } of waiting) {
      const facts = { record: original, topic: record.topic, persisted: 'no', cause } as const
      this.#list(new DeliveryError<R>('SIBLING_FAILED', facts))
    }
  }

  /** The producer can deliver nothing any more; what was outstanding has had its result. */
  #ended(fatal: unknown): void {
    if (this.#state === 'done' || this.#state === 'abandoned') return
    this.#fatal = fatal
    this.#state = 'failing'
    this.#parts.release()
    this.#checkDone()
  }

  #list(error: DeliveryError<R>): void {
    const list = error.persisted === 'no' ? this.#unsent : this.#unknown
    list.push({ record: error.record, error })
  }

  #drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'draining'
    if (this.#parts.owned) this.#parts.engine.hurry()
    this.#checkDone()
  }

  #checkDone(): void {
    if (this.#outstanding > 0) return
    if (this.#state !== 'draining' && this.#state !== 'failing') return
    this.#state = 'done'
    if (this.#parts.owned) this.#parts.engine.stop()
    if (this.#failure !== null) this.#out.error(this.#loss(this.#failure))
    else if (this.#fatal !== null) this.#out.error(this.#fatal)
    else if (this.#sourceFailed) this.#out.error(this.#sourceError)
    else this.#out.complete()
  }

  #loss(failure: DeliveryError<R>): DeliveryError<R> {
    failure.unsent = this.#unsent
    failure.unknown = this.#unknown
    failure.sourceError = this.#sourceError
    failure.counts = {
      acknowledged: this.#acknowledged,
      unsent: this.#unsent.length,
      unknown: this.#unknown.length,
    }
    return failure
  }
}
