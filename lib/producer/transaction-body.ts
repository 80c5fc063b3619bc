import { AsyncLocalStorage } from 'node:async_hooks'
import { TransactionError } from '../errors/transaction-error.ts'
import type { ProducerRecord, Receipt, RecordMetadata } from '../model.ts'
import { onAbort } from './abort-listeners.ts'
import { type GroupMetadata, membershipOf, offsetOf, type SourceOffset } from './group-metadata.ts'
import { signalOf } from './producer-options.ts'
import type { RecordFor } from './record-for.ts'
import type { TransactionQueue } from './transaction-queue.ts'
import type { TransactionRun } from './transaction-run.ts'

// A transaction as a function: it commits when the function's promise fulfils and all its records are
// acknowledged, and aborts when the promise rejects.
//
// Invariants: the result is given after the end is answered, and once. Whatever waits for the end of a
// transaction is refused inside its function, because each would wait for the other. Sends need not be
// awaited: a record that fails aborts the transaction, which reports it.

/** What the function of `producer.transaction()` uses to send. */
export interface Transaction<K = never, V = never> {
  /**
   * Sends a record in the transaction. You need not await it: the transaction is committed only if every
   * record was acknowledged.
   *
   * @returns the metadata of the record when it is in the log; it is not committed yet
   */
  send<R extends RecordFor<K, V>>(record: R): Promise<RecordMetadata<R>>
  /**
   * Commits offsets of a consumer group with the transaction.
   *
   * @param offsets - for each source partition, the offset of the next record to read
   * @param group - the consumer's membership at this moment, or the consumer itself, if it has these
   * properties
   * @returns a promise that resolves when the group's coordinator has them
   */
  sendOffsets(offsets: Iterable<SourceOffset>, group: GroupMetadata): Promise<void>
}

/** Options of `producer.transaction()`. */
export interface TransactionOptions {
  /** Aborts the transaction when it is aborted, unless the commit has been sent. */
  readonly signal?: AbortSignal | undefined
}

/** The function of a transaction, as what it calls sees it. */
interface Scope {
  readonly queue: TransactionQueue
  /** Whether its promise is pending. Timers and connections that it made keep its async context after that. */
  readonly isRunning: boolean
}

/** The functions of transactions that the running code is part of. */
const inside = new AsyncLocalStorage<readonly Scope[]>()

/** Throws `NESTED` for code inside the function of a transaction of the same queue, while that runs. */
export function refuseNested(queue: TransactionQueue): void {
  const isInside = inside.getStore()?.some((scope) => scope.queue === queue && scope.isRunning)
  if (isInside !== true) return
  throw new TransactionError('NESTED', { transactionalId: queue.transactionalId })
}

/** Runs `body` as a transaction. */
export function transact<T>(
  queue: TransactionQueue,
  body: (tx: Transaction) => T | PromiseLike<T>,
  options: TransactionOptions,
): Promise<T> {
  const signal = signalOf('transaction', options)
  if (typeof body !== 'function') throw new TypeError('transaction() needs a function')
  return new Promise((resolve, reject) => {
    refuseNested(queue)
    // Not throwIfAborted(), which some replacements of AbortSignal lack (jsdom).
    if (signal?.aborted) throw signal.reason
    new Body(queue, body, signal, { resolve, reject }).begin()
  })
}

/** The callers that wait for a record's acknowledgement. */
interface Asker {
  resolve(metadata: RecordMetadata): void
  reject(error: unknown): void
}

class Body<T> implements Transaction, Scope {
  readonly queue: TransactionQueue
  isRunning = true
  #body: (tx: Transaction) => T | PromiseLike<T>
  #signal: AbortSignal | undefined
  #outcome: { resolve(value: T): void; reject(error: unknown): void }
  #run!: TransactionRun
  /** By the ticket of a record, or a negative number for offsets. */
  #askers = new Map<number, Asker>()
  #offsetTickets = 0
  #value!: T
  #isOver = false
  #unlisten = () => {}

  constructor(
    queue: TransactionQueue,
    body: (tx: Transaction) => T | PromiseLike<T>,
    signal: AbortSignal | undefined,
    outcome: { resolve(value: T): void; reject(error: unknown): void },
  ) {
    this.queue = queue
    this.#body = body
    this.#signal = signal
    this.#outcome = outcome
  }

  begin(): void {
    const scopes = [...(inside.getStore() ?? []).filter(({ isRunning }) => isRunning), this]
    this.#run = this.queue.join({
      opened: () => inside.run(scopes, () => this.#begun()),
      settled: (receipt) => this.#settled(receipt),
      committed: () => {
        this.#over(null)
        this.#outcome.resolve(this.#value)
      },
      failed: (error) => {
        this.#over(error)
        this.#outcome.reject(error)
      },
    })
    const signal = this.#signal
    if (signal === undefined || this.#isOver) return
    const abort = () => this.#run.abort({ error: signal.reason })
    this.#unlisten = onAbort(signal, abort)
    // By the results of others, whose turn that was: before anybody listened.
    if (signal.aborted) abort()
  }

  send<R extends ProducerRecord>(record: R): Promise<RecordMetadata<R>> {
    const sent = new Promise<RecordMetadata>((resolve, reject) => {
      if (this.#isOver || !this.#run.isTaking) throw this.#ended()
      this.#askers.set(this.#run.count, { resolve, reject })
      this.#run.next(record)
    })
    sent.catch(nothing) // a caller that does not await it learns of a failure by the transaction
    return sent as Promise<RecordMetadata<R>>
  }

  sendOffsets(offsets: Iterable<SourceOffset>, group: GroupMetadata): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => {
      const given = { group: membershipOf(group), offsets: [...offsets].map(offsetOf) }
      if (this.#isOver || !this.#run.isTaking) throw this.#ended()
      if (given.offsets.length === 0) {
        resolve()
        return
      }
      this.#offsetTickets -= 1
      const ticket = this.#offsetTickets
      this.#askers.set(ticket, { resolve: () => resolve(), reject })
      this.#run.sendOffsets(given, () => {
        this.#askers.delete(ticket)
        resolve()
      })
    })
    sent.catch(nothing)
    return sent
  }

  #begun(): void {
    // Not inside the turn, because the body's first part is user code.
    Promise.resolve()
      .then(() => this.#body(this))
      .finally(() => {
        this.isRunning = false
      })
      .then(
        (value) => {
          this.#value = value
          this.#run.complete()
        },
        (error) => this.#run.abort({ error }),
      )
  }

  #settled({ ticket, metadata, error }: Receipt): void {
    const asker = this.#askers.get(ticket as number)
    if (asker === undefined) return
    this.#askers.delete(ticket as number)
    if (metadata !== null) asker.resolve(metadata)
    else asker.reject(error)
  }

  #over(error: unknown): void {
    this.#isOver = true
    this.isRunning = false
    this.#unlisten()
    for (const { reject } of this.#askers.values()) reject(error)
    this.#askers.clear()
  }

  #ended(): TransactionError {
    const { transactionalId } = this.queue
    const message = `${transactionalId}: OUTSIDE_TRANSACTION: the transaction has ended, or is ending`
    return new TransactionError('OUTSIDE_TRANSACTION', { transactionalId, message })
  }
}

function nothing(): void {}
