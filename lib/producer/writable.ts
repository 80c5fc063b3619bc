import type { ConnectionError } from '../errors/connection-error.ts'
import type { DeliveryError } from '../errors/delivery-error.ts'
import type { Feed, ProducerRecord, Receipt } from '../model.ts'
import type { Closing } from './closing.ts'
import type { Engine } from './engine.ts'
import type { EventSource } from './events.ts'
import type { Pass } from './pass.ts'

// A producer as a WritableStream: a feed of the engine on one side, an underlying sink on the other. A
// write is done when its record is accepted and the gate is open for it, so a caller that awaits writes, or
// pipes, is no further ahead than the producer can use.
//
// Invariant: the stream calls write or close one at a time, so at most one promise is pending. Once it is
// over (a record failed, it was aborted, the producer was closed or can deliver nothing any more), no
// caller gets results: failures are events.

/** A stream that delivers what is written into it. */
export function writableInto<R extends ProducerRecord>(
  engine: Engine,
  events: EventSource,
  closing: Pick<Closing, 'watch'>,
): WritableStream<R> {
  return new WritableStream<R>(new Sink(engine, events, closing))
}

/** What a pending write or close waits for. */
interface Pending {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Node's types lack the signal. */
type Controller = WritableStreamDefaultController & { readonly signal: AbortSignal }

class Sink implements Feed {
  #engine: Engine
  #events: EventSource
  #closing: Pick<Closing, 'watch'>
  #pass: Pass
  #controller: WritableStreamDefaultController | null = null
  #outstanding = 0
  #pending: Pending | null = null
  #isClosing = false
  #unwatch: readonly (() => void)[] = []
  /** What ended it before its close; null until then. */
  #end: { readonly error: unknown } | null = null

  constructor(engine: Engine, events: EventSource, closing: Pick<Closing, 'watch'>) {
    this.#engine = engine
    this.#events = events
    this.#closing = closing
    this.#pass = engine.gate.passFor(this)
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller
    // A sink's `abort` waits for the pending write; the signal does not.
    const { signal } = controller as Controller
    signal.addEventListener('abort', () => this.#aborted(signal.reason))
    this.#watch()
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
    this.#isClosing = true
    if (this.#outstanding > 0) return this.#wait(() => this.#engine.flush(nothing))
    this.#leave()
  }

  settle({ error }: Receipt): void {
    this.#outstanding -= 1
    if (error !== null) this.#failed(error)
    else if (this.#isClosing && this.#outstanding === 0) {
      this.#leave()
      this.#pending?.resolve()
    }
  }

  /** A stream without a pending write is also told that its producer is gone. */
  #watch(): void {
    const closed = (reason: ConnectionError) => this.#over(reason, nothing)
    const unwatch = [
      this.#closing.watch({ closing: nothing, closed }),
      this.#engine.watchFatal((error) => this.#over(error, nothing)),
    ]
    this.#unwatch = unwatch
    if (this.#end !== null) this.#leave()
  }

  #leave(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }

  /** Pending until resolved, or until the stream is over. */
  #wait(begin: () => void): Promise<void> {
    const waiting = new Promise<void>((resolve, reject) => {
      this.#pending = { resolve, reject }
      begin()
    })
    return waiting.finally(() => {
      this.#pending = null
    })
  }

  #failed(error: DeliveryError): void {
    if (this.#end === null) {
      this.#over(error, () => this.#engine.failWaiting(this, 'SIBLING_FAILED', error))
    } else if (error !== this.#end.error) this.#events.publish({ type: 'undelivered', error })
  }

  /** No more input, and no consumer of results; `drop` withdraws waiting records. */
  #over(error: unknown, drop: () => void): void {
    if (this.#end !== null) return
    this.#end = { error }
    this.#leave()
    this.#controller?.error(error)
    this.#pending?.reject(error)
    drop()
  }

  /** The stream knows that it has ended; an error now would be an exception. */
  #aborted(reason: unknown): void {
    this.#controller = null
    this.#over(reason, () => this.#withdraw())
  }

  #withdraw(): void {
    this.#outstanding -= this.#engine.withdraw(this)
  }
}

function nothing(): void {}
