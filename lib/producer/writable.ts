import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Feed, ProducerRecord, Receipt } from '../model.ts'
import type { Engine } from './engine.ts'
import type { EventSource } from './events.ts'
import type { Pass } from './pass.ts'

// A producer as a WritableStream: a feed of the engine on one side, an underlying sink on the other.
// A write is done when its record is accepted and the gate is open for it, so that who awaits it, or
// pipes into it, is no further ahead than the producer can use.
//
// Invariant: the stream calls one of write and close at a time, so at most one promise is pending.
// Once it is over (a record failed, or it was aborted) results have nobody to go to: failures are
// events.

/** A stream that delivers what is written into it. */
export function writableInto<R extends ProducerRecord>(
  engine: Engine,
  events: EventSource,
): WritableStream<R> {
  return new WritableStream<R>(new Sink(engine, events))
}

/** What a write or a close waits for. */
interface Pending {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Node's types leave the signal out. */
type Controller = WritableStreamDefaultController & { readonly signal: AbortSignal }

class Sink implements Feed {
  #engine: Engine
  #events: EventSource
  #pass: Pass
  #controller: WritableStreamDefaultController | null = null
  #outstanding = 0
  #pending: Pending | null = null
  #isClosing = false
  /** What ended it before its close; null while nothing has. */
  #end: { readonly error: unknown } | null = null

  constructor(engine: Engine, events: EventSource) {
    this.#engine = engine
    this.#events = events
    this.#pass = engine.gate.passFor(this)
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller
    // `abort` of a sink waits for the write that is pending; the signal does not.
    const { signal } = controller as Controller
    signal.addEventListener('abort', () => this.#aborted(signal.reason))
  }

  write(record: ProducerRecord): void | Promise<void> {
    this.#outstanding += 1
    this.#engine.enter(this, null, record)
    if (this.#end !== null) throw this.#end.error
    if (this.#pass.isOpen) return
    let unwait = () => {}
    return this.#wait(() => {
      unwait = this.#pass.wait(() => this.#pending?.resolve())
    }).finally(() => unwait())
  }

  close(): void | Promise<void> {
    if (this.#outstanding === 0) return
    this.#isClosing = true
    return this.#wait(() => this.#engine.flush(nothing))
  }

  settle({ error }: Receipt): void {
    this.#outstanding -= 1
    if (error !== null) this.#failed(error)
    else if (this.#isClosing && this.#outstanding === 0) this.#pending?.resolve()
  }

  /** Until somebody resolves it, or it is over, or the producer can deliver nothing any more. */
  #wait(begin: () => void): Promise<void> {
    let unwatch = () => {}
    const waiting = new Promise<void>((resolve, reject) => {
      this.#pending = { resolve, reject }
      unwatch = this.#engine.watchFatal((error) => this.#over(error, nothing))
      begin()
    })
    return waiting.finally(() => {
      this.#pending = null
      unwatch()
    })
  }

  #failed(error: DeliveryError): void {
    if (this.#end === null) {
      this.#over(error, () => this.#engine.failWaiting(this, 'SIBLING_FAILED', error))
    } else if (error !== this.#end.error) this.#events.publish({ type: 'undelivered', error })
  }

  /** No more input, and nobody for what comes out; `drop` takes back what waits. */
  #over(error: unknown, drop: () => void): void {
    if (this.#end !== null) return
    this.#end = { error }
    this.#controller?.error(error)
    this.#pending?.reject(error)
    drop()
  }

  /** The stream knows that it has ended: to tell it would upset it. */
  #aborted(reason: unknown): void {
    this.#controller = null
    this.#over(reason, () => this.#withdraw())
  }

  #withdraw(): void {
    this.#outstanding -= this.#engine.withdraw(this)
  }
}

function nothing(): void {}
