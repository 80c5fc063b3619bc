import type { ProducerRecord } from '../model.ts'
import type { Engine } from './engine.ts'
import type { Pass } from './pass.ts'
import { refuseNested } from './transaction-body.ts'
import type { TransactionQueue } from './transaction-queue.ts'
import type { TransactionRun } from './transaction-run.ts'

// A transaction as a WritableStream: `close()` commits; `abort()`, or anything else that ends the stream,
// aborts. A write is done when its record is accepted and the gate is open for it.
//
// Invariant: the stream calls write or close one at a time, so at most one promise is pending. It settles
// when the gate opens, when the commit is answered, or when the transaction is over.

/** A stream that is one transaction. */
export function transactionInto<R extends ProducerRecord>(
  engine: Engine,
  queue: TransactionQueue,
): WritableStream<R> {
  refuseNested(queue)
  return new WritableStream<R>(new TransactionSink(engine, queue))
}

/** What a pending write or close waits for. */
interface Pending {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Node's types lack the signal. */
type Controller = WritableStreamDefaultController & { readonly signal: AbortSignal }

class TransactionSink {
  #engine: Engine
  #queue: TransactionQueue
  #run!: TransactionRun
  #pass!: Pass
  #controller: WritableStreamDefaultController | null = null
  #pending: Pending | null = null
  /** What ended it; null until then. */
  #end: { readonly error: unknown } | null = null
  #isCommitted = false

  constructor(engine: Engine, queue: TransactionQueue) {
    this.#engine = engine
    this.#queue = queue
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller
    const { signal } = controller as Controller
    this.#run = this.#queue.join({
      committed: () => {
        this.#isCommitted = true
        this.#pending?.resolve()
      },
      failed: (error) => this.#failed(error),
    })
    this.#pass = this.#engine.gate.passFor(this.#run)
    // A sink's `abort` waits for the pending write; the signal does not.
    signal.addEventListener('abort', () => {
      this.#controller = null
      this.#run.abort({ error: signal.reason })
    })
  }

  write(record: ProducerRecord): void | Promise<void> {
    if (this.#end !== null) throw this.#end.error
    this.#run.next(record)
    if (this.#pass.isOpen || !this.#run.isTaking) return
    let unwait = () => {}
    return this.#wait(() => {
      unwait = this.#pass.wait(() => this.#pending?.resolve())
    }).finally(() => unwait())
  }

  close(): void | Promise<void> {
    if (this.#end !== null) throw this.#end.error
    return this.#wait(() => {
      this.#run.complete()
      if (this.#isCommitted) this.#pending?.resolve()
    })
  }

  /** Resolves when the coordinator has answered. */
  abort(reason: unknown): void | Promise<void> {
    this.#controller = null
    if (this.#end !== null) return
    return this.#wait(() => this.#run.abort({ error: reason })).catch(nothing)
  }

  #wait(begin: () => void): Promise<void> {
    const waiting = new Promise<void>((resolve, reject) => {
      this.#pending = { resolve, reject }
      begin()
    })
    return waiting.finally(() => {
      this.#pending = null
    })
  }

  #failed(error: unknown): void {
    this.#end = { error }
    this.#controller?.error(error)
    this.#pending?.reject(error)
  }
}

function nothing(): void {}
