import type { OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames, wrongOption } from '../config/options.ts'
import type { ProducerRecord, RecordMetadata } from '../model.ts'
import type { RecordFor } from '../producer/record-for.ts'
import { refuseNested } from '../producer/transaction-body.ts'
import type { TransactionQueue } from '../producer/transaction-queue.ts'
import type { TransactionRun } from '../producer/transaction-run.ts'
import { operator, type Stage } from '../stages/operator.ts'
import { contained, failedBy } from '../stages/unhandled.ts'
import { type GroupSource, type MessagePosition, SourceOffsets } from './source-offsets.ts'
import { queuesOf, type TransactionalProducer } from './transactional-source.ts'

// One subscription is one transaction, and a result means that it is committed.

/** Options of {@link inTransaction}. */
export interface InTransactionOptions<R> {
  /** The offsets of a consumer group that are committed with the transaction. */
  readonly offsets?:
    | {
        /**
         * Returns where the record was read, or null if it was not consumed. The offset after it is
         * committed.
         */
        readonly position: (record: R) => MessagePosition | null
        /**
         * The consumer's group membership, or a function that returns it. The function is called at each
         * commit.
         */
        readonly group: GroupSource
      }
    | undefined
  /**
   * The maximum number of records in one transaction, because their results are held until the commit.
   * One more aborts the transaction (`TRANSACTION_TOO_LARGE`). An integer, 1 or more, or `Infinity`.
   *
   * @defaultValue `100_000`
   *
   */
  readonly maxRecords?: number | undefined
}

const optionNames: OptionNames<InTransactionOptions<unknown>> = { offsets: true, maxRecords: true }

/**
 * Delivers the records of each subscription as one transaction. When the transaction is committed, it
 * emits their results, all at once and in input order, and completes.
 *
 * The transaction is committed when the source has completed and every record is acknowledged. Without
 * any record, nothing is sent. The transaction is aborted
 *
 * - when the source fails: the stream then fails with the source's error;
 * - when a record fails, or the transaction takes too long: the stream then fails with a {@link
 *   TransactionError};
 * - on unsubscribe.
 *
 * Use RxJS operators to set the boundaries of transactions: `bufferTime` with `concatMap`, or windows and
 * groups with `mergeMap`. While another transaction of the producer is open, a subscription takes its
 * source's records and holds them until its turn.
 *
 * @param producer - a producer with a `transactional.id`, whose transactions take turns. Or a pool, which
 * chooses its producer with the fewest transactions
 * @throws ConfigError, synchronously, if the producer has no `transactional.id`, or an option is unknown
 * or out of range
 *
 * @example
 * ```ts
 * records$.pipe(
 *   bufferTime(100, null, 5000),
 *   filter((batch) => batch.length > 0),
 *   concatMap((batch) => from(batch).pipe(inTransaction(producer))),
 * )
 * ```
 *
 */
export function inTransaction<R extends RecordFor<K, V>, K = never, V = never>(
  producer: TransactionalProducer<K, V>,
  options: InTransactionOptions<R> = {},
): OperatorFunction<R, RecordMetadata<R>> {
  checkOptions<InTransactionOptions<R>>('inTransaction', options, optionNames)
  const maxRecords = countOf('maxRecords', options.maxRecords, 100_000)
  const next = queuesOf(producer)
  return operator((out, release) => {
    const queue = next()
    refuseNested(queue)
    return new InTransaction<R>(queue, out, { maxRecords, release, offsets: options.offsets })
  })
}

/** An option that limits a number of things, checked. */
export function countOf(key: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual
  if ((Number.isInteger(value) && value >= 1) || value === Number.POSITIVE_INFINITY) return value
  throw wrongOption('OUT_OF_RANGE', key, value, 'an integer, 1 or more, or Infinity')
}

/** Emits results to a subscriber, as long as it is subscribed. */
export function emit<O>(out: Subscriber<O>, results: readonly O[]): void {
  try {
    for (const result of results) {
      if (out.closed) return
      out.next(result)
    }
  } catch (thrown) {
    failedBy(thrown, out)
  }
}

interface Parts<R> {
  readonly maxRecords: number
  readonly release: () => void
  readonly offsets: InTransactionOptions<R>['offsets']
}

class InTransaction<R extends ProducerRecord> implements Stage<R> {
  #parts: Parts<R>
  #run: TransactionRun
  #offsets: SourceOffsets | null
  #isOver = false

  constructor(queue: TransactionQueue, out: Subscriber<RecordMetadata<R>>, parts: Parts<R>) {
    const { offsets, release, maxRecords } = parts
    this.#parts = parts
    this.#offsets = offsets === undefined ? null : new SourceOffsets()
    const events = {
      stopped: release,
      ...(offsets !== undefined && {
        offsets: (send: Parameters<SourceOffsets['give']>[1]) =>
          this.#offsets!.give(offsets.group, send, (error) => this.#run.abortWith(error)),
      }),
      committed: (results: readonly RecordMetadata[]) => {
        this.#isOver = true
        emit(out, results as readonly RecordMetadata<R>[])
        contained(() => out.complete())
      },
      failed: (error: unknown) => {
        this.#isOver = true
        contained(() => out.error(error))
      },
    }
    this.#run = queue.join(events, { maxRecords })
  }

  next(record: R): void {
    if (this.#offsets !== null && !this.#note(record, this.#offsets)) return
    this.#run.next(record)
  }

  complete(): void {
    this.#run.complete()
  }

  fail(cause: unknown): void {
    this.#run.abort({ error: cause })
  }

  close(): void {
    if (!this.#isOver) this.#run.leave()
  }

  /** An exception of the user's `position` is an error of the source. */
  #note(record: R, offsets: SourceOffsets): boolean {
    try {
      const position = this.#parts.offsets!.position(record)
      if (position !== null) offsets.note(position)
      return true
    } catch (error) {
      this.#run.abort({ error })
      return false
    }
  }
}
