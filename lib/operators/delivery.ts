import type { Subscriber } from 'rxjs'
import { inContext } from '../collections/in-context.ts'
import type { ConnectionError } from '../errors/connection-error.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Feed, ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import type { Stage } from '../stages/operator.ts'
import { contained, failedBy, reportUnhandled } from '../stages/unhandled.ts'
import type { DeliveryParts, Outlet } from './delivery-parts.ts'
import { InputOrder } from './input-order.ts'
import { isGuiltier, UndeliveredRecords } from './undelivered.ts'

// One subscription of toKafka or toKafkaSettled: a feed of the engine on one side, a subscriber on the
// other. It decides only what an end means, nothing about delivery.
//
//   open ─ source ends ─► draining ─ last result ─► done
//     ├─ a record fails (toKafka) ─► failing ─ last result ─► done
//     ├─ the producer is closed ─► closing ─ last result of all its streams ─► done
//     └─ unsubscribed, from any ─► abandoned
//
// Invariant: `outstanding` counts the records that were given to the engine and have no result here yet.
// The stream ends only at 0, so every input has had its result, or is in the lists of the error. These are
// in input order, so sending them again keeps it. In the order of all input, a result that waits for its
// turn still counts as outstanding; a failure that ends the stream is noted immediately, and takes no turn.

type State = 'open' | 'draining' | 'closing' | 'failing' | 'abandoned' | 'done'

export class Delivery<R extends ProducerRecord> implements Stage<R>, Feed {
  #parts: DeliveryParts
  #out: Subscriber<unknown>
  #outlet: Outlet<R>
  /** Null if results leave as they come. */
  #order: InputOrder | null = null
  #state: State = 'open'
  /** The number of records so far: the position of the next one, which is its ticket. */
  #given = 0
  #outstanding = 0
  #acknowledged = 0
  #failure: DeliveryError<R> | null = null
  #fatal: { readonly error: unknown } | null = null
  /** The producer was closed before the source had ended. */
  #closed: ConnectionError | null = null
  #unwatch: readonly (() => void)[]
  #sourceFailed = false
  #sourceError: unknown = undefined
  #undelivered = new UndeliveredRecords<R>()
  /** Failures that were noted when they came, before their turn in the order of all input. */
  #noted = new Set<unknown>()

  constructor(parts: DeliveryParts, out: Subscriber<unknown>, outlet: Outlet<R>) {
    this.#parts = parts
    this.#out = out
    this.#outlet = outlet
    if (parts.maxOutstanding !== null) {
      this.#order = new InputOrder((receipt) => this.#leave(receipt))
      parts.engine.turnstiles.add(this, parts.maxOutstanding)
    }
    this.#unwatch = [
      parts.engine.watchFatal((error) => this.#here(this.#ended, error)),
      parts.closing.watch({
        closing: () => this.#here(this.#closing, null),
        closed: (reason) => this.#here(this.#closedWith, reason),
      }),
    ]
  }

  next(record: R): void {
    if (this.#state !== 'open') return
    const position = this.#given
    this.#given += 1
    this.#outstanding += 1
    this.#parts.engine.enter(this, position, record)
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
    for (const unwatch of this.#unwatch) unwatch()
    if (this.#state === 'done') return
    this.#state = 'abandoned'
    // First report the earlier failures that have no listener any more: withdrawing the rest may end a
    // producer that is closing.
    for (const error of this.#undelivered.takeAll()) this.#unheard(error)
    this.#order?.release()
    this.#outstanding -= engine.withdraw(this)
    this.#disorder()
    if (!owned) return
    if (onUnsubscribe === 'discard') engine.halt('DISCARDED')
    else engine.refuse('DISCARDED')
    engine.whenIdle(() => engine.stop())
  }

  settle(receipt: Receipt): void {
    this.#here(this.#settle, receipt)
  }

  /** Calls this stream's subscriber in its async context. */
  #here<Given>(tell: (this: this, given: Given) => void, given: Given): void {
    inContext<this, Given, void>(this.#parts.context, tell, this, given)
  }

  #settle(receipt: Receipt): void {
    if (this.#state === 'done') return
    if (this.#order === null) this.#leave(receipt)
    else {
      // The stream stops now, not when it is this result's turn.
      if (receipt.error !== null && this.#ends(receipt.error)) {
        this.#noted.add(receipt.ticket)
        this.#failed(receipt)
      }
      this.#order?.take(receipt)
    }
  }

  /** It is this result's turn to leave. */
  #leave(receipt: Receipt): void {
    try {
      if (receipt.metadata === null) this.#rejected(receipt)
      else this.#acked(receipt.metadata as RecordMetadata<R>, receipt.ticket as number)
    } catch (thrown) {
      // A subscriber that lets exceptions through: this concerns its stream, not the others.
      failedBy(thrown, this.#out)
    }
    // After it was passed on: if the source ends meanwhile, the end must not overtake the result.
    this.#outstanding -= 1
    if (this.#order !== null) this.#parts.engine.turnstiles.left(this, receipt.ticket)
    this.#checkDone()
  }

  #acked(metadata: RecordMetadata<R>, position: number): void {
    if (this.#state === 'abandoned') return
    this.#acknowledged += 1
    this.#outlet.acknowledged(metadata, position)
  }

  #rejected(receipt: Receipt): void {
    const error = receipt.error as DeliveryError<R>
    if (this.#noted.delete(receipt.ticket)) return
    if (this.#state === 'abandoned') this.#unheard(error)
    else if (this.#order === null && this.#ends(error)) this.#failed(receipt)
    else this.#outlet.rejected?.(error)
  }

  /** Whether it is a failure that ends the stream, or a consequence of one. */
  #ends(error: DeliveryError): boolean {
    const outlet = this.#outlet
    if (outlet.rejected === undefined || this.#failure !== null) return true
    if (outlet.endsOn === undefined || this.#state === 'abandoned') return false
    try {
      return outlet.endsOn(error as DeliveryError<R>)
    } catch (thrown) {
      reportUnhandled(thrown)
      return true
    }
  }

  #unheard(error: DeliveryError): void {
    if (error.code !== 'DISCARDED') this.#parts.events.publish({ type: 'undelivered', error })
  }

  #failed({ ticket, error: failure }: Receipt): void {
    const error = failure as DeliveryError<R>
    this.#undelivered.add(ticket as number, error)
    const first = this.#failure
    if (first === null || isGuiltier(error, first)) this.#failure = error
    if (first === null && this.#fatal === null) this.#stop(error)
  }

  /** A record has failed: no more input, no new attempt; requests in flight are awaited. */
  #stop(cause: DeliveryError<R>): void {
    const { engine, owned, release } = this.#parts
    this.#state = 'failing'
    release()
    if (owned) engine.halt('SIBLING_FAILED', cause)
    else engine.failWaiting(this, 'SIBLING_FAILED', cause)
  }

  /** The producer can deliver nothing any more; outstanding records are about to get their results. */
  #ended(fatal: unknown): void {
    if (this.#state === 'done' || this.#state === 'abandoned') return
    this.#fatal = { error: fatal }
    this.#state = 'failing'
    this.#parts.release()
    if (this.#parts.engine.isBroken) {
      this.#disorder()
      this.#outstanding = 0
    }
    this.#checkDone()
  }

  /** The producer takes no more input; given records still get their results. */
  #closing(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#parts.release()
  }

  #closedWith(reason: ConnectionError): void {
    if (this.#state !== 'closing') return
    this.#state = 'failing'
    this.#closed = reason
    this.#checkDone()
  }

  /** From now on no result waits for its turn: the missing ones have no subscriber, or are lost. */
  #disorder(): void {
    if (this.#order === null) return
    this.#order.release()
    this.#order = null
    this.#parts.engine.turnstiles.delete(this)
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
    this.#disorder()
    if (this.#parts.owned) this.#parts.engine.stop()
    contained(() => this.#end())
  }

  #end(): void {
    if (this.#failure !== null) this.#out.error(this.#loss(this.#failure))
    else if (this.#fatal !== null) this.#out.error(this.#fatal.error)
    else if (this.#closed !== null) this.#out.error(this.#closed)
    else if (this.#sourceFailed) this.#out.error(this.#sourceError)
    else this.#out.complete()
  }

  #loss(failure: DeliveryError<R>): DeliveryError<R> {
    if (this.#sourceFailed) failure.sourceError = this.#sourceError
    return this.#undelivered.listedBy(failure, this.#acknowledged)
  }
}
